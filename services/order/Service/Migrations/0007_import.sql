-- What imported files say, before anything of it is on record. Unlogged: after a crash of the server an import reads
-- its file again. Whoever finds the import's row here has all that it kept.
create unlogged table import_order_job (
    job_id uuid primary key,
    brand_id uuid not null
);

-- The orders of a file, with the columns that become those of sales_order and of what belongs to it. What is left of
-- imports that have ended is vacuumed away, but no import is made to wait for that.
create unlogged table import_order (
    job_id uuid not null,
    bucket smallint not null,
    -- The natural key.
    key text collate "C" not null,
    -- The record's place in its file, from 1 on.
    number bigint not null,
    line bigint not null,
    order_id uuid not null,
    fingerprint bytea not null,
    connection text collate "C" not null,
    channel_order_id text collate "C" not null,
    platform text collate "C" not null,
    status smallint not null,
    payment_status smallint not null,
    customer_id text collate "C" not null,
    email text collate "C" not null,
    ordered_at timestamptz not null,
    shipped_at timestamptz,
    currency text collate "C" not null,
    total bigint not null,
    paid bigint not null,
    refunded bigint not null,
    document bytea not null,
    -- The first entry of its log.
    entry bytea not null,
    -- Of its lines, in their order.
    skus text[] not null,
    ordered bigint[] not null,
    cancelled bigint[] not null,
    shipped bigint[] not null,
    tags text[] not null,
    primary key (job_id, bucket, key, number)
) with (autovacuum_vacuum_insert_threshold = -1);
