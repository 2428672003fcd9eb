-- How far the events have been settled in the cache, by process of Redis. A process that is gone leaves its row: one for
-- each restart.
create table stock_cache_cursor (
    run_id text primary key,
    -- One for each bucket, ascending.
    sequences bigint[] not null,
    saved_at timestamptz not null,
    constraint stock_cache_cursor_size check (cardinality(sequences) = 64)
);
