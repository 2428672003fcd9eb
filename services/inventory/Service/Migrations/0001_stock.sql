-- Names compare by bytes (collate "C"), as the service's own order of locks does. The numbers' largest is 2^53 - 1.

-- One row for each SKU that something is known of: the lock under which all of its stock is read and changed.
-- What lists filter by stands in columns that rarely change, so that most updates leave all indexes alone (HOT).
create table item (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    -- Rises by one with every command that changes the SKU.
    version bigint not null,
    -- Over all levels, on hand minus reserved.
    total_available bigint not null,
    reorder_threshold bigint not null default 0,
    reorder_quantity bigint not null default 0,
    safety_buffer bigint not null default 0,
    is_drop_ship boolean not null default false,
    -- Channels with a buffer of their own, ascending, and their units.
    channels text[] not null default '{}',
    channel_buffers bigint[] not null default '{}',
    -- Who wrote threshold and quantity, the buffers and the flag last, where the brand's rules rank sources.
    reorder_source smallint,
    reorder_written_at timestamptz,
    buffers_source smallint,
    buffers_written_at timestamptz,
    drop_ship_source smallint,
    drop_ship_written_at timestamptz,
    -- No index has it: every change would have to write to all indexes.
    changed_at timestamptz not null,
    -- Whether some level has free units; the total may be negative all the same.
    is_in_stock boolean not null,
    is_below_threshold boolean generated always as (total_available < reorder_threshold) stored,
    primary key (bucket, brand_id, sku),
    constraint item_bucket_range check (bucket between 0 and 63),
    constraint item_sku_size check (octet_length(sku) between 1 and 64),
    constraint item_version_range check (version between 1 and 9007199254740991),
    constraint item_settings_range check (
        reorder_threshold between 0 and 9007199254740991 and reorder_quantity between 0 and 9007199254740991
        and safety_buffer between 0 and 9007199254740991),
    constraint item_channel_buffers check (
        cardinality(channels) = cardinality(channel_buffers) and cardinality(channels) <= 64),
    constraint item_marks check (
        (reorder_source is null) = (reorder_written_at is null) and (buffers_source is null) = (buffers_written_at is null)
        and (drop_ship_source is null) = (drop_ship_written_at is null))
) with (fillfactor = 70);
-- Lists and prefixes, in the order of SKUs.
create index item_by_sku on item (brand_id, sku);
create index item_in_stock on item (brand_id, sku) where is_in_stock;
-- For counting alone: of equal keys only the rows' places are kept, so that it is a tenth as large.
create index item_in_stock_count on item (brand_id) where is_in_stock;
create index item_below_threshold on item (brand_id, sku) where is_below_threshold;

-- The stock of a SKU at a location. Read and written under the lock of its item.
create table level (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    location_id text collate "C" not null,
    -- On hand minus reserved; negative where more is promised than is there.
    available bigint not null,
    reserved bigint not null,
    quarantined bigint not null,
    in_transit bigint not null,
    incoming bigint not null,
    -- The item's version when it changed last.
    version bigint not null,
    -- Who set the stock last, where the brand's rules rank sources.
    written_source smallint,
    written_at timestamptz,
    is_in_stock boolean generated always as (available > 0) stored,
    primary key (bucket, brand_id, sku, location_id),
    constraint level_bucket_range check (bucket between 0 and 63),
    constraint level_location_size check (octet_length(location_id) between 1 and 64),
    constraint level_version_range check (version between 1 and 9007199254740991),
    constraint level_on_hand_range check (available + reserved between 0 and 9007199254740991),
    constraint level_units_range check (
        reserved between 0 and 9007199254740991 and quarantined between 0 and 9007199254740991
        and in_transit between 0 and 9007199254740991 and incoming between 0 and 9007199254740991),
    constraint level_mark check ((written_source is null) = (written_at is null))
) with (fillfactor = 70);
create index level_by_location on level (brand_id, location_id, sku) include (is_in_stock);

-- The ledger: units that went from one state to another. Never changed, never deleted.
create table movement (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    -- The item's version after the command, and the movement's place among those of the command, from 0 on.
    version bigint not null,
    part smallint not null,
    occurred_at timestamptz not null,
    location_id text collate "C" not null,
    from_state smallint not null,
    to_state smallint not null,
    quantity bigint not null,
    reason text not null,
    -- The level's numbers after it.
    available bigint not null,
    reserved bigint not null,
    quarantined bigint not null,
    in_transit bigint not null,
    incoming bigint not null,
    reservation_id text collate "C",
    command_id text collate "C" not null,
    actor text not null,
    reference text not null,
    primary key (bucket, brand_id, sku, version, part, occurred_at),
    constraint movement_bucket_range check (bucket between 0 and 63),
    constraint movement_states check (
        from_state between 1 and 10 and to_state between 1 and 10 and from_state <> to_state),
    constraint movement_quantity_range check (quantity between 1 and 9007199254740991)
) partition by range (occurred_at);

-- Units held for an order. The bucket is that of the reservation's id.
create table reservation (
    bucket smallint not null,
    brand_id uuid not null,
    reservation_id text collate "C" not null,
    -- 1 held, 2 confirmed, 3 committed, 4 released, 5 expired
    state smallint not null,
    -- Of held ones only.
    expires_at timestamptz,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    reference text collate "C" not null,
    version bigint not null,
    -- What a partial one left out, by line.
    unfilled_lines smallint[] not null default '{}',
    unfilled_skus text[] not null default '{}',
    unfilled_quantities bigint[] not null default '{}',
    primary key (bucket, brand_id, reservation_id),
    constraint reservation_bucket_range check (bucket between 0 and 63),
    constraint reservation_id_form check (reservation_id ~ '^[!-~]{1,255}$'),
    constraint reservation_state_range check (state between 1 and 5),
    constraint reservation_expiry check ((state = 1) = (expires_at is not null)),
    constraint reservation_version_range check (version >= 1),
    constraint reservation_unfilled check (
        cardinality(unfilled_lines) = cardinality(unfilled_skus)
        and cardinality(unfilled_lines) = cardinality(unfilled_quantities))
) with (fillfactor = 80);
-- What the sweeper looks for.
create index reservation_by_expiry on reservation (bucket, expires_at) where expires_at is not null;
-- Lists, the newest first.
create index reservation_by_brand on reservation (brand_id, created_at desc, reservation_id);
create index reservation_by_reference on reservation (brand_id, reference, created_at desc) where reference <> '';

-- What a reservation holds or held; never changed. It stands in the bucket of its reservation.
create table allocation (
    bucket smallint not null,
    brand_id uuid not null,
    reservation_id text collate "C" not null,
    -- Its place among the allocations of the reservation, from 0 on.
    part smallint not null,
    line smallint not null,
    sku text collate "C" not null,
    location_id text collate "C" not null,
    quantity bigint not null,
    backordered bigint not null,
    kit_sku text collate "C",
    primary key (bucket, brand_id, reservation_id, part),
    constraint allocation_bucket_range check (bucket between 0 and 63),
    constraint allocation_quantity_range check (
        quantity between 1 and 9007199254740991 and backordered between 0 and quantity)
);
create index allocation_by_sku on allocation (brand_id, sku);

-- The commands that were carried out, under the bucket of their id, so that a repeat gets the first answer. Kept for the
-- present day and the one before, in UTC. The receipt is a driveline.inventory.v1.CommandResponse.
create table command_record (
    bucket smallint not null,
    brand_id uuid not null,
    command_id text collate "C" not null,
    day date not null,
    fingerprint bigint not null,
    receipt bytea not null,
    primary key (bucket, brand_id, command_id, day),
    constraint command_record_bucket_range check (bucket between 0 and 63),
    constraint command_record_id_form check (command_id ~ '^[!-~]{1,255}$')
) partition by range (day);

-- What a brand has set up: few rows, read everywhere, changed rarely. On Citus these are reference tables.

-- One row for a brand that has set up anything. The version rises with every change of its locations, kits and rules:
-- whoever holds a copy of them sees by it that the copy is old.
create table setup (
    brand_id uuid primary key,
    version bigint not null,
    -- 0: the rules are those of a brand that never gave any.
    rules_version bigint not null default 0,
    accepts_unknown_skus boolean not null default true,
    backorder_cap bigint not null default 0,
    channels text[] not null default '{}',
    channel_buffers bigint[] not null default '{}',
    constraint setup_version_range check (version >= 1 and rules_version between 0 and version),
    constraint setup_backorder_cap_range check (backorder_cap between 0 and 9007199254740991),
    constraint setup_channel_buffers check (
        cardinality(channels) = cardinality(channel_buffers) and cardinality(channels) <= 64)
);

-- Who wins for a contested field, where it is not the last writer.
create table conflict_rule (
    brand_id uuid not null references setup (brand_id),
    -- 1 stock, 2 reorder, 3 buffers, 4 drop ship
    field smallint not null,
    -- 2 expected version, 3 source priority
    policy smallint not null,
    ranking smallint[] not null default '{}',
    counts_for_seconds bigint,
    primary key (brand_id, field),
    constraint conflict_rule_field check (field between 1 and 4),
    constraint conflict_rule_policy check (policy in (2, 3)),
    constraint conflict_rule_counts_for check (counts_for_seconds > 0)
);

create table location (
    brand_id uuid not null references setup (brand_id),
    location_id text collate "C" not null,
    name text not null,
    -- 0 not said, 1 warehouse, 2 third party, 3 drop ship, 4 marketplace
    kind smallint not null,
    region text collate "C" not null,
    country text collate "C" not null,
    priority integer not null,
    cut_off_minute smallint not null,
    time_zone text not null,
    lead_time_seconds bigint,
    is_active boolean not null,
    safety_buffer bigint not null,
    -- When its feed brought figures last.
    fed_at timestamptz,
    stale_after_seconds bigint,
    -- 1 sell, 2 hide
    stale_rule smallint not null,
    version bigint not null,
    primary key (brand_id, location_id),
    constraint location_id_size check (octet_length(location_id) between 1 and 64),
    constraint location_kind_range check (kind between 0 and 4),
    constraint location_cut_off_range check (cut_off_minute between 0 and 1439),
    constraint location_safety_buffer_range check (safety_buffer between 0 and 9007199254740991),
    constraint location_stale_rule_range check (stale_rule in (1, 2)),
    constraint location_version_range check (version >= 1)
);

create table kit (
    brand_id uuid not null references setup (brand_id),
    sku text collate "C" not null,
    version bigint not null,
    primary key (brand_id, sku),
    constraint kit_version_range check (version >= 1)
);

create table kit_component (
    brand_id uuid not null,
    kit_sku text collate "C" not null,
    -- Its place in the kit, from 0 on.
    part smallint not null,
    sku text collate "C" not null,
    quantity bigint not null,
    position text not null,
    primary key (brand_id, kit_sku, part),
    foreign key (brand_id, kit_sku) references kit (brand_id, sku) on delete cascade,
    constraint kit_component_quantity_range check (quantity between 1 and 10000)
);
