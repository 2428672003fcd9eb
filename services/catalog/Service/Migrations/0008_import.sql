-- What imported files say, before anything of it is done. Unlogged: after a crash of the server an import reads its file
-- again.
create unlogged table import_fitment (
    job_id uuid not null,
    -- The record's place in its file, from 1 on.
    number bigint not null,
    line bigint not null,
    is_deletion boolean not null,
    bucket smallint not null,
    sku text collate "C" not null,
    fitment_id uuid not null,
    vehicle_key text collate "C" not null,
    year_from smallint not null,
    year_to smallint not null,
    review_key text collate "C" not null,
    -- Equal where the conditions are; null without any.
    conditions uuid,
    asset_name text collate "C" not null,
    document bytea not null,
    primary key (job_id, bucket, sku, fitment_id, number)
) with (autovacuum_enabled = off);

create unlogged table import_product (
    job_id uuid not null,
    number bigint not null,
    line bigint not null,
    -- 1 add, 2 change, 3 delete
    action smallint not null,
    sku text collate "C" not null,
    -- The fields that are said, as a list in JSON; null: all.
    fields text,
    document bytea not null,
    primary key (job_id, number)
) with (autovacuum_enabled = off);
create index import_product_by_sku on import_product (job_id, sku, number);

-- Which document brought a product: a full file of the same document removes those that it does not have.
create table product_source (
    bucket smallint not null,
    brand_id uuid not null,
    document_name text collate "C" not null,
    sku text collate "C" not null,
    primary key (bucket, brand_id, document_name, sku)
);

-- What imports have changed, so that they can be undone: kept as long as their jobs.
create table undo_product (
    bucket smallint not null,
    brand_id uuid not null,
    job_id uuid not null,
    sku text collate "C" not null,
    created_at timestamptz not null,
    -- The version that the import gave it; undone only where it is still that one. 0: the import removed the product.
    version bigint not null,
    -- Null: it was not there.
    previous bytea,
    primary key (bucket, brand_id, job_id, sku, created_at)
) partition by range (created_at);

-- Fitments that an import removed or replaced. Those that it added carry its id.
create table undo_fitment (
    bucket smallint not null,
    brand_id uuid not null,
    job_id uuid not null,
    sku text collate "C" not null,
    fitment_id uuid not null,
    created_at timestamptz not null,
    origin smallint not null,
    import_id uuid,
    document_name text collate "C" not null,
    vehicle_key text collate "C" not null,
    year_from smallint not null,
    year_to smallint not null,
    review_key text collate "C" not null,
    document bytea not null,
    primary key (bucket, brand_id, job_id, sku, fitment_id, created_at)
) partition by range (created_at);
