-- Writes that lost against a source of higher rank, to be shown. Kept for 12 months.
create table conflict (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    occurred_at timestamptz not null,
    command_id text collate "C" not null,
    -- Its place among those of the command, from 0 on.
    part smallint not null,
    -- For stock.
    location_id text collate "C",
    -- "stock", "reorder", "buffers" or "dropShip"
    field text not null,
    loser smallint not null,
    winner smallint not null,
    winner_written_at timestamptz not null,
    -- Null where that part was not in the update.
    offered bigint,
    kept bigint not null,
    primary key (bucket, brand_id, sku, command_id, part, occurred_at),
    constraint conflict_bucket_range check (bucket between 0 and 63)
) partition by range (occurred_at);
create index conflict_by_time on conflict (brand_id, occurred_at desc, sku, command_id, part);
