-- What a part fits: a driveline.catalog.v1.Fitment as a document, without what its row has, and of it what look-ups and
-- reports go by. A range of years is one row. docs/fitment.md has the keys.
create table fitment (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    -- Made of the content, so that the same fitment has the same id wherever it comes from.
    fitment_id uuid not null,
    -- 1 product, 2 call, 3 import
    origin smallint not null,
    import_id uuid,
    -- Of imports: the document that a full file replaces.
    document_name text collate "C" not null,
    -- 'b1939' a base vehicle; 'toyota/camry', 'toyota/', '#54/#688' folded names, or ids; 'e12', 'm1/2/3' equipment.
    vehicle_key text collate "C" not null,
    -- 0 where a base vehicle or equipment is named.
    year_from smallint not null,
    year_to smallint not null,
    -- Part type, position and manufacturer's label: what fitments of one vehicle are compared within.
    review_key text collate "C" not null,
    document bytea not null,
    primary key (bucket, brand_id, sku, fitment_id),
    constraint fitment_bucket_range check (bucket between 0 and 63),
    constraint fitment_origin_range check (origin between 1 and 3),
    constraint fitment_vehicle_key_size check (octet_length(vehicle_key) between 1 and 1000),
    constraint fitment_years check (year_to >= year_from and (year_from = 0 and year_to = 0 or year_from >= 1896))
);

-- Finds what fits a vehicle in the order of SKUs, a page at a time, and leaves other years out within the index. Reports
-- read vehicle by vehicle by it.
create index fitment_by_vehicle on fitment (brand_id, vehicle_key, sku, year_from, year_to);
