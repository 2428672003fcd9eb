-- What imported files say, before anything of it is done. Unlogged: after a crash of the server an import reads its file
-- again. What is left of imports that have ended is vacuumed away, but no import is made to wait for that.
create unlogged table import_price (
    job_id uuid not null,
    -- The record's place in its file, from 1 on.
    number bigint not null,
    line bigint not null,
    -- 1 put, 2 remove, 3 refused: in a full file, what stands stays
    action smallint not null,
    bucket smallint not null,
    sku text collate "C" not null,
    -- 0: of a refused record whose list is not known.
    list_number integer not null,
    minimum_quantity bigint not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    amount bigint not null,
    primary key (job_id, bucket, sku, number)
) with (autovacuum_vacuum_insert_threshold = -1);

-- What imports have changed, so that they can be undone: kept as long as their jobs. A row for each change of prices, which
-- the prices that it made and those that it replaced name; so it tells of thousands of prices.
create table undo_price (
    brand_id uuid not null,
    job_id uuid not null,
    part integer not null,
    created_at timestamptz not null,
    bucket smallint not null,
    list_number integer not null,
    -- Null: no price changed, some were held.
    change_id uuid,
    skus text[] not null,
    hold_ids uuid[] not null,
    primary key (brand_id, job_id, part, created_at)
) partition by range (created_at);
