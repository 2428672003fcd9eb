-- What partners tell of stock, and what came of it.

create table feed (
    brand_id uuid not null,
    feed_id text collate "C" not null,
    -- A driveline.inventory.v1.Feed, as it was put.
    definition bytea not null,
    version bigint not null,
    -- When it is looked after next; null: by hand only.
    due_at timestamptz,
    -- When somebody asked for a look that has not been yet; and to take what comes, however much falls by it.
    asked_at timestamptz,
    accepts_fall boolean not null default false,
    -- Looks that failed one behind the other, and why the last one did.
    failures integer not null default 0,
    failure_code text,
    failure_message text,
    looked_at timestamptz,
    -- 0 not yet looked, 1 nothing, 2 unchanged, 3 a file, 4 a fault
    finding smallint not null default 0,
    -- What the source said of the file that was imported last, and the SHA-256 of its bytes.
    entity_tag text,
    last_modified text,
    digest bytea,
    primary key (brand_id, feed_id),
    constraint feed_id_form check (feed_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    constraint feed_version_range check (version >= 1),
    constraint feed_failures check (failures >= 0 and (failure_code is null) = (failure_message is null)),
    constraint feed_finding_range check (finding between 0 and 4)
);
create index feed_by_due on feed (due_at) where due_at is not null;

-- The locations that a feed has brought figures to, or is to bring.
create table feed_location (
    brand_id uuid not null,
    feed_id text collate "C" not null,
    location_id text collate "C" not null,
    -- When the latest figures were made.
    fed_at timestamptz,
    primary key (brand_id, feed_id, location_id),
    foreign key (brand_id, feed_id) references feed (brand_id, feed_id) on delete cascade
);
create index feed_location_by_location on feed_location (brand_id, location_id);

-- Files of feeds, from their fetching to their end. The latest ones are kept.
create table feed_run (
    brand_id uuid not null,
    feed_id text collate "C" not null,
    run_id uuid not null,
    -- 1 fetching, 2 importing, 3 succeeded, 4 refused, 5 failed
    state smallint not null,
    is_by_hand boolean not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    figures_at timestamptz,
    -- The file's name, or the URL without its query.
    file text not null,
    bytes bigint not null default 0,
    digest bytea,
    entity_tag text,
    last_modified text,
    -- Whether its numbers are units on hand.
    is_on_hand boolean not null,
    rows_read bigint not null default 0,
    rows_changed bigint not null default 0,
    rows_unchanged bigint not null default 0,
    rows_superseded bigint not null default 0,
    rows_failed bigint not null default 0,
    rows_absent bigint not null default 0,
    import_id text,
    failure_code text,
    failure_message text,
    fault_rows bigint[] not null default '{}',
    fault_messages text[] not null default '{}',
    primary key (brand_id, feed_id, run_id),
    foreign key (brand_id, feed_id) references feed (brand_id, feed_id) on delete cascade,
    constraint feed_run_state_range check (state between 1 and 5),
    constraint feed_run_end check ((state >= 3) = (ended_at is not null)),
    constraint feed_run_failure check (
        (state >= 4) = (failure_code is not null) and (failure_code is null) = (failure_message is null)),
    constraint feed_run_faults check (
        cardinality(fault_rows) = cardinality(fault_messages) and cardinality(fault_rows) <= 20)
);
-- One run of a feed at a time.
create unique index feed_run_open on feed_run (brand_id, feed_id) where state <= 2;

-- What the file of an open run says, until it is imported.
create table feed_row (
    bucket smallint not null,
    brand_id uuid not null,
    feed_id text collate "C" not null,
    run_id uuid not null,
    location_id text collate "C" not null,
    sku text collate "C" not null,
    -- The row's place in the file; for what a full file does not name any more, places behind its end.
    number bigint not null,
    -- null: the file names the SKU, but its number cannot be read.
    units bigint,
    -- Whether the import is to leave nothing free, whatever the number is.
    is_none_free boolean not null default false,
    is_absent boolean not null default false,
    primary key (brand_id, feed_id, run_id, location_id, sku),
    foreign key (brand_id, feed_id, run_id) references feed_run (brand_id, feed_id, run_id) on delete cascade,
    constraint feed_row_bucket_range check (bucket between 0 and 63),
    constraint feed_row_units_range check (units between 0 and 9007199254740991)
);
create index feed_row_by_number on feed_row (brand_id, feed_id, run_id, number);

-- What a feed said last of each SKU at each location: what its files are compared with.
create table feed_level (
    bucket smallint not null,
    brand_id uuid not null,
    feed_id text collate "C" not null,
    location_id text collate "C" not null,
    sku text collate "C" not null,
    units bigint not null,
    primary key (brand_id, feed_id, location_id, sku),
    foreign key (brand_id, feed_id) references feed (brand_id, feed_id) on delete cascade,
    constraint feed_level_bucket_range check (bucket between 0 and 63),
    constraint feed_level_units_range check (units between 0 and 9007199254740991)
) with (fillfactor = 70);

-- Since when channels have been told that a location's figures are stale; null: they have not.
alter table location add column told_stale_at timestamptz;
create index location_fed on location (brand_id) where fed_at is not null or told_stale_at is not null;
