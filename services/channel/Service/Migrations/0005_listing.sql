-- What inventory says of a SKU: a copy kept by its events. Its row is what all who decide what the SKU's listings are to
-- show lock first, in the order of the key.
create table stock_sku (
    bucket smallint not null check (bucket between 0 and 63),
    brand_id uuid not null,
    sku text collate "C" not null,
    -- Of inventory; 0: it has not said anything yet.
    version bigint not null default 0,
    -- Counts the changes of the copy.
    revision bigint not null default 1,
    -- Units over all locations that no channel is told of.
    safety_buffer bigint not null default 0,
    -- Units that single channels are not told of, by channel.
    channel_buffers jsonb not null default '{}',
    -- Inventory is to be asked: the copy was never filled, or an event did not say all.
    is_asked boolean not null default false,
    -- Inventory was asked before; until then nothing is decided by the copy.
    is_filled boolean not null default false,
    primary key (bucket, brand_id, sku)
);
create index stock_sku_asked on stock_sku (brand_id) where is_asked;

-- The same, by location. A kit has no locations of its own: what it gives stands under the location ''.
create table stock_copy (
    bucket smallint not null check (bucket between 0 and 63),
    brand_id uuid not null,
    sku text collate "C" not null,
    location_id text collate "C" not null,
    available bigint not null,
    version bigint not null,
    primary key (bucket, brand_id, sku, location_id)
);

-- The brand's locations: a copy. Nothing is sold from one that is not known here.
create table location_copy (
    brand_id uuid not null,
    location_id text collate "C" not null,
    -- It is active, and not a marketplace's own.
    is_sold boolean not null,
    safety_buffer bigint not null,
    primary key (brand_id, location_id)
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
    -- Before the last push: what shows that a push was lost.
    shelf_previous bigint,
    shelf_price bigint,
    shelf_currency text not null default '',
    price_previous bigint,
    shelf_content text not null default '',
    stock_pushed_at timestamptz,
    price_pushed_at timestamptz,
    content_pushed_at timestamptz,
    read_at timestamptz,
    read_quantity bigint,
    read_price bigint,
    -- When it is to be read back.
    read_due_at timestamptz not null default now(),
    -- DriftCause of the last read-back; 0: it was as thought.
    drift_cause smallint not null default 0,
    -- The platform does not have it: nothing is sent before it is matched again.
    is_gone boolean not null default false,
    version bigint not null default 1,
    updated_at timestamptz not null default now(),
    primary key (bucket, brand_id, sku, connection_id),
    foreign key (brand_id, connection_id) references connection on delete cascade
);
create index listing_connection on listing (brand_id, connection_id, sku);
create index listing_platform_sku on listing (brand_id, connection_id, platform_sku);
-- By any of the platform's ids, as its notifications name them.
create index listing_platform_ids on listing
    using gin (jsonb_path_query_array(platform_ids, '$.*') jsonb_path_ops);
create index listing_read_due on listing (brand_id, connection_id, read_due_at);

-- What is to be sent: at most one row for each kind of a listing, and so changes of one listing come together. It is gone
-- when the platform has what is wanted.
create table sync_work (
    bucket smallint not null,
    brand_id uuid not null,
    connection_id text collate "C" not null,
    sku text collate "C" not null,
    -- SyncKind.
    kind smallint not null,
    -- SyncLane: 0: stock to zero, 1: stock, 2: price, 3: content.
    lane smallint not null check (lane between 0 and 3),
    -- SyncStatus: pending, retrying, refused.
    status smallint not null,
    wanted_quantity bigint,
    -- Null: pricing is to be asked.
    wanted_price bigint,
    wanted_currency text not null default '',
    -- Empty: it is to be made.
    wanted_content text not null default '',
    -- Counts the changes of what is wanted: an answer counts only for the one that was sent.
    revision bigint not null default 1,
    since timestamptz not null default now(),
    -- 'infinity': not before something changes.
    due_at timestamptz not null default now(),
    tries integer not null default 0,
    -- Counts the calls for this revision that are known to have done nothing: the next one gets another key.
    attempt integer not null default 0,
    -- Of the call that is under way or whose outcome is unknown: it is repeated with the same key and the same rows.
    attempt_key text not null default '',
    -- The most rows of its next call: larger ones were refused as a whole. 0: as many as the platform takes.
    group_limit integer not null default 0,
    -- More than is shown is not sent before all orders until then are taken in; null: nothing holds it up.
    raise_after timestamptz,
    error_code text not null default '',
    error text not null default '',
    primary key (bucket, brand_id, sku, connection_id, kind),
    foreign key (bucket, brand_id, sku, connection_id) references listing on delete cascade
);
create index sync_work_due on sync_work (brand_id, connection_id, lane, due_at, since);

-- Walks over all listings of a connection whose wanted values may have changed, in pieces.
create table sync_pass (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- SyncKind.
    kind smallint not null,
    -- The last SKU that was dealt with.
    position text collate "C" not null default '',
    -- Send also what the platform is thought to have.
    is_forced boolean not null default false,
    -- Counts the reasons for it: a walk that ends behind a new reason begins anew.
    revision bigint not null default 1,
    primary key (brand_id, connection_id, kind),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

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
create index drift_found on drift (brand_id, found_at desc, drift_id desc);
create index drift_open on drift (bucket, brand_id, sku, connection_id) where healed_at is null;

-- What is left of a platform's limits, so that a new owner of a connection begins where the last one was.
create table quota (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- The bucket of the platform's operations.
    operation text collate "C" not null,
    available double precision not null,
    rate_per_second double precision not null,
    burst double precision not null,
    observed_at timestamptz not null,
    blocked_until timestamptz,
    primary key (brand_id, connection_id, operation),
    foreign key (brand_id, connection_id) references connection on delete cascade
);
