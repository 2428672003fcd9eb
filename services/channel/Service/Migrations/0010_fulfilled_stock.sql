-- How far each connection has read what its platform holds and ships.
create table fulfilled_poll (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- When to read, or, while a process is at it, when another one may take it over.
    due_at timestamptz not null default now(),
    -- Counts who took it: what a process stores counts only for the last one.
    claim bigint not null default 0,
    -- Of the last reading that came to its end; ids of commands are made of it. It begins with the time, so that a connection
    -- that was deleted and made anew repeats none.
    number bigint not null default (extract(epoch from clock_timestamp()) * 1000)::bigint,
    -- When that reading came to its end; null: none did.
    read_at timestamptz,
    -- The platform's SKUs in it that no listing has, and those of ours that inventory refused.
    skipped bigint not null default 0,
    refused bigint not null default 0,
    tries integer not null default 0,
    error_code text not null default '',
    error text not null default '',
    primary key (brand_id, connection_id),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

-- What the last reading found, by where it is written to; a SKU that is set to zero is forgotten.
create table fulfilled_stock (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    location_id text collate "C" not null,
    sku text collate "C" not null,
    quantity bigint not null check (quantity >= 0),
    -- It is not known yet that inventory has it.
    is_pending boolean not null,
    primary key (brand_id, connection_id, location_id, sku),
    foreign key (brand_id, connection_id) references connection on delete cascade
);
create index fulfilled_stock_pending on fulfilled_stock (brand_id, connection_id) where is_pending;
