-- What inventory says a SKU has, by location: a copy kept by its events.
create table stock_copy (
    bucket smallint not null check (bucket between 0 and 63),
    brand_id uuid not null,
    sku text collate "C" not null,
    location_id text collate "C" not null,
    available bigint not null,
    -- A marketplace's own stock, which is never pushed.
    is_marketplace boolean not null default false,
    version bigint not null,
    primary key (bucket, brand_id, sku, location_id)
);

-- One SKU on one connection.
create table listing (
    bucket smallint not null check (bucket between 0 and 63),
    brand_id uuid not null,
    connection_id text collate "C" not null,
    sku text collate "C" not null,
    platform_sku text collate "C" not null,
    platform_ids jsonb not null default '{}',
    overrides jsonb not null default '{}',
    buffer bigint check (buffer between 0 and 1000000000),
    cap bigint check (cap between 0 and 1000000000),
    paused boolean not null default false,
    -- What the platform itself is believed to show: what was pushed or read last, less what it has sold since by orders that
    -- we have taken in.
    shelf_quantity bigint,
    shelf_price bigint,
    shelf_currency text not null default '',
    shelf_content text not null default '',
    read_at timestamptz,
    read_quantity bigint,
    read_price bigint,
    version bigint not null default 1,
    updated_at timestamptz not null default now(),
    primary key (bucket, brand_id, sku, connection_id)
);
create index listing_connection on listing (brand_id, connection_id, sku);
create index listing_platform_sku on listing (brand_id, connection_id, platform_sku);

-- What is to be sent: at most one row for each kind of a listing, and so changes of one listing come together. It is gone
-- when the platform has what is wanted.
create table sync_work (
    bucket smallint not null,
    brand_id uuid not null,
    connection_id text collate "C" not null,
    sku text collate "C" not null,
    -- SyncKind.
    kind smallint not null,
    -- 0: stock to zero, 1: stock, 2: price, 3: content, 4: read back.
    lane smallint not null check (lane between 0 and 4),
    -- SyncStatus: pending, retrying, refused, off.
    status smallint not null,
    wanted_quantity bigint,
    wanted_price bigint,
    wanted_currency text not null default '',
    wanted_content text not null default '',
    -- Counts the changes of what is wanted: an answer counts only for the one that was sent.
    revision bigint not null default 1,
    since timestamptz not null default now(),
    -- 'infinity': not before something changes.
    due_at timestamptz not null default now(),
    tries integer not null default 0,
    -- Of the try that is under way or whose outcome is unknown: it is repeated with the same key and the same rows.
    attempt_key text not null default '',
    error_code text not null default '',
    error text not null default '',
    primary key (bucket, brand_id, sku, connection_id, kind)
);
create index sync_work_due on sync_work (brand_id, connection_id, lane, due_at, since);

create table drift (
    bucket smallint not null,
    brand_id uuid not null,
    drift_id uuid not null,
    connection_id text collate "C" not null,
    sku text collate "C" not null,
    kind smallint not null,
    cause smallint not null,
    expected text not null,
    found text not null,
    wanted text not null,
    found_at timestamptz not null default now(),
    healed_at timestamptz,
    primary key (bucket, brand_id, drift_id)
);
create index drift_found on drift (brand_id, found_at desc);
create index drift_open on drift (bucket, brand_id, sku, connection_id) where healed_at is null;

-- What is left of a platform's limits, so that a new owner of a connection begins where the last one was.
create table quota (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    operation text collate "C" not null,
    available double precision not null,
    rate_per_second double precision not null,
    burst double precision not null,
    observed_at timestamptz not null,
    blocked_until timestamptz,
    primary key (brand_id, connection_id, operation)
);
