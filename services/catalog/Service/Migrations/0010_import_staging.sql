-- What imported files say is kept apart by other means: what was kept before is read from its file again.
drop table import_fitment;
drop table import_product;

-- The imports that keep records apart. Unlogged as their records are, so that a crash of the server empties all three
-- together: an import whose row is gone has to read its file again.
create unlogged table import_staging (
    job_id uuid primary key,
    brand_id uuid not null
);

-- Without a key, which would take longer than the rest of a row: the records of a part are found by the index, which has
-- each part once.
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
    document bytea not null
-- Cleaned up when an import's records are removed, and not while they come.
) with (autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 2147483647);
create index import_fitment_by_part on import_fitment (job_id, bucket, sku);

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
) with (autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 2147483647);
create index import_product_by_sku on import_product (job_id, sku, number);

-- Which documents brought fitments of a part: a full file of the same document removes those that it does not have. A row
-- may outlast the fitments.
create table fitment_source (
    bucket smallint not null,
    brand_id uuid not null,
    document_name text collate "C" not null,
    sku text collate "C" not null,
    primary key (bucket, brand_id, document_name, sku)
);
insert into fitment_source (bucket, brand_id, document_name, sku)
select distinct bucket, brand_id, document_name, sku from fitment where origin = 3;
