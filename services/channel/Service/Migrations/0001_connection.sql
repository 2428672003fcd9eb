-- Connections, their secrets, and their mappings.
create table connection (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- By which notifications find the connection: unique over all brands, and not to be guessed.
    notification_key text collate "C" not null,
    platform text not null,
    -- driveline.channel.v1.Connection, without credentials and health.
    document bytea not null,
    status smallint not null,
    status_reason text not null default '',
    status_since timestamptz not null default now(),
    version bigint not null check (version > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (brand_id, connection_id)
);
create unique index connection_notification_key on connection (notification_key);

-- AES-256-GCM under a key of the configuration; brand, connection and name are authenticated with it.
create table connection_secret (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    name text collate "C" not null,
    key_id text not null,
    sealed bytea not null,
    updated_at timestamptz not null default now(),
    primary key (brand_id, connection_id, name),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

-- How a connection fares; written often, and by whoever works for it.
create table connection_health (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    succeeded_at timestamptz,
    failed_at timestamptz,
    error text not null default '',
    circuit smallint not null default 1,
    circuit_until timestamptz,
    notified_at timestamptz,
    subscribed_at timestamptz,
    -- Orders changed before then are here.
    orders_through timestamptz,
    -- The page of an interrupted poll.
    orders_page text not null default '',
    primary key (brand_id, connection_id),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

create table mapping (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- driveline.channel.v1.Mapping; null: the adapter's own counts again, and the version goes on from here.
    document bytea,
    version bigint not null check (version > 0),
    updated_at timestamptz not null default now(),
    primary key (brand_id, connection_id),
    foreign key (brand_id, connection_id) references connection on delete cascade
);
