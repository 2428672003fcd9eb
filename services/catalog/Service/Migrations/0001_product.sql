-- Names compare by bytes (collate "C"). The numbers' largest is 2^53 - 1.

-- One row for a brand that has anything in its catalog: the lock under which its graphs (kits, supersessions) change.
create table brand_catalog (
    brand_id uuid primary key,
    version bigint not null,
    constraint brand_catalog_version_range check (version >= 1)
);

-- A product as a document, a driveline.catalog.v1.Product without what only answers have, and of it what lists and other rules go by.
create table product (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    -- Rises by one with every change of the product or of its fitments' number.
    version bigint not null,
    status smallint not null,
    variant_group text collate "C" not null,
    name text not null,
    part_type text not null,
    part_type_id integer not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    -- The import that changed it last.
    import_id uuid,
    document bytea not null,
    primary key (bucket, brand_id, sku),
    constraint product_bucket_range check (bucket between 0 and 63),
    constraint product_sku_size check (octet_length(sku) between 1 and 64),
    constraint product_version_range check (version between 1 and 9007199254740991),
    constraint product_status_range check (status between 1 and 12)
);
create index product_by_sku on product (brand_id, sku);
create index product_by_variant_group on product (brand_id, variant_group, sku) where variant_group <> '';

-- Every number by which a part is asked for, folded: capitals and digits alone. The bucket is that of the folded number.
create table part_number (
    bucket smallint not null,
    brand_id uuid not null,
    folded text collate "C" not null,
    -- 1 SKU, 2 GTIN, 3 interchange
    kind smallint not null,
    sku text collate "C" not null,
    -- Its place among the numbers of its kind of the part.
    part smallint not null,
    number text not null,
    brand_label text not null,
    brand_code text not null,
    primary key (bucket, brand_id, folded, kind, sku, part),
    constraint part_number_bucket_range check (bucket between 0 and 63),
    constraint part_number_kind_range check (kind between 1 and 3)
);

-- Who has a GTIN. The bucket is that of the GTIN, padded to 14 digits.
create table gtin (
    bucket smallint not null,
    brand_id uuid not null,
    gtin text collate "C" not null,
    sku text collate "C" not null,
    primary key (bucket, brand_id, gtin),
    constraint gtin_bucket_range check (bucket between 0 and 63),
    constraint gtin_form check (gtin ~ '^[0-9]{14}$')
);

-- What kits are made of, as far as it is the brand's own.
create table kit_component (
    bucket smallint not null,
    brand_id uuid not null,
    kit_sku text collate "C" not null,
    sku text collate "C" not null,
    quantity bigint not null,
    primary key (bucket, brand_id, kit_sku, sku),
    constraint kit_component_bucket_range check (bucket between 0 and 63),
    constraint kit_component_quantity_range check (quantity between 1 and 9007199254740991)
);
create index kit_component_by_kit on kit_component (brand_id, kit_sku);
create index kit_component_by_sku on kit_component (brand_id, sku);

-- Which part takes the place of which. The bucket is that of the old one.
create table supersession (
    bucket smallint not null,
    brand_id uuid not null,
    old_sku text collate "C" not null,
    new_sku text collate "C" not null,
    effective_from date not null,
    effective_to date,
    is_partial boolean not null,
    use_up_old_stock boolean not null,
    quantity integer not null,
    note text not null,
    primary key (bucket, brand_id, old_sku, new_sku),
    constraint supersession_bucket_range check (bucket between 0 and 63),
    constraint supersession_not_itself check (old_sku <> new_sku),
    constraint supersession_days check (effective_to >= effective_from)
);
create index supersession_by_old on supersession (brand_id, old_sku);
create index supersession_by_new on supersession (brand_id, new_sku);
