-- What a part fits: a driveline.catalog.v1.Fitment as a document, and of it what look-ups and reports go by. A range of
-- years is one row.
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
    -- 0 where a make and years are named.
    base_vehicle_id integer not null,
    year_from smallint not null,
    year_to smallint not null,
    -- Folded names; '#54' where the id alone is known.
    make_key text collate "C" not null,
    model_key text collate "C" not null,
    part_type_id integer not null,
    position_id integer not null,
    document bytea not null,
    primary key (bucket, brand_id, sku, fitment_id),
    constraint fitment_bucket_range check (bucket between 0 and 63),
    constraint fitment_origin_range check (origin between 1 and 3),
    constraint fitment_years check (year_to >= year_from)
);
create index fitment_by_base_vehicle on fitment (brand_id, base_vehicle_id, sku) where base_vehicle_id <> 0;
create index fitment_by_model on fitment (brand_id, make_key, model_key, year_from, sku) where make_key <> '';
