-- Names compare by bytes (collate "C"). Amounts are in millionths of their currency's unit. An order's bucket is that of the
-- key by which it came, and stands in its id: the six bits behind the variant's of the UUID.

-- How a brand keeps its orders.
create table order_settings (
    brand_id uuid primary key,
    version bigint not null,
    -- A driveline.order.v1.OrderSettings.
    document bytea not null,
    constraint order_settings_version_range check (version between 1 and 9007199254740991)
);

-- By what an order is known beside its id, each for ever.
create table order_key (
    bucket smallint not null,
    brand_id uuid not null,
    -- 1: connection, a slash, and the channel's order id; 2: the id of the command that placed it.
    kind smallint not null,
    key text collate "C" not null,
    order_id uuid not null,
    -- Of the command's content.
    fingerprint bytea not null,
    primary key (bucket, brand_id, kind, key),
    constraint order_key_bucket_range check (bucket between 0 and 63),
    constraint order_key_kind_range check (kind between 1 and 2),
    constraint order_key_size check (octet_length(key) between 1 and 255)
);

-- An order: what it is found by, the sums that must hold, and all of it as a document. Its row is the lock of all that
-- belongs to it.
create table sales_order (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    -- Rises with every change.
    version bigint not null,
    connection text collate "C" not null,
    channel_order_id text collate "C" not null,
    platform text collate "C" not null,
    -- Numbers of OrderStatus, fulfilled as shipped, and PaymentStatus.
    status smallint not null,
    payment_status smallint not null,
    has_shortfall boolean not null,
    customer_id text collate "C" not null,
    email text collate "C" not null,
    ordered_at timestamptz not null,
    -- When it shipped first; for what a settlement should have.
    shipped_at timestamptz,
    currency text collate "C" not null,
    total bigint not null,
    paid bigint not null,
    refunded bigint not null,
    -- The entries of its log.
    entries bigint not null,
    -- A driveline.order.v1.Order, all of it.
    document bytea not null,
    primary key (bucket, brand_id, order_id),
    constraint sales_order_bucket_range check (bucket between 0 and 63),
    constraint sales_order_version_range check (version between 1 and 9007199254740991),
    constraint sales_order_status_range check (status between 1 and 9 and status <> 6),
    constraint sales_order_payment_status_range check (payment_status between 1 and 8),
    constraint sales_order_total_range check (total >= 0),
    constraint sales_order_refund_within_payment check (refunded >= 0 and refunded <= paid)
);
-- Every index that does not lead to single rows is a partial one, of all rows: what looks rows up by their keys does not say
-- that buckets are not below zero, and so the planner, which knows nothing of a new table, cannot take another index than the
-- primary key's. What goes by such an index says so.
create index sales_order_by_date on sales_order (brand_id, ordered_at, order_id) where bucket >= 0;
create index sales_order_by_status on sales_order (brand_id, status, ordered_at, order_id) where bucket >= 0;
create index sales_order_by_channel_id on sales_order (brand_id, channel_order_id) where bucket >= 0;
create index sales_order_by_customer on sales_order (brand_id, customer_id, ordered_at, order_id)
    where customer_id <> '';
create index sales_order_by_email on sales_order (brand_id, lower(email), ordered_at, order_id)
    where email <> '';
create index sales_order_by_shortfall on sales_order (brand_id, ordered_at, order_id) where has_shortfall;

-- The tags of orders, to be found by.
create table order_tag (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    tag text collate "C" not null,
    -- That of the order.
    ordered_at timestamptz not null,
    primary key (bucket, brand_id, order_id, tag)
);
create index order_tag_by_tag on order_tag (brand_id, tag, ordered_at, order_id) where bucket >= 0;

-- The lines of orders, for what must hold of their units, and to be found by SKU.
create table order_line (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    -- Its place in the order, from 0 on.
    line smallint not null,
    sku text collate "C" not null,
    ordered bigint not null,
    cancelled bigint not null,
    shipped bigint not null,
    returned bigint not null,
    -- That of the order.
    ordered_at timestamptz not null,
    primary key (bucket, brand_id, order_id, line),
    constraint order_line_bucket_range check (bucket between 0 and 63),
    constraint order_line_ordered_range check (ordered between 1 and 1000000000),
    constraint order_line_within_order check (cancelled >= 0 and shipped >= 0 and cancelled + shipped <= ordered),
    constraint order_line_return_within_shipment check (returned >= 0 and returned <= shipped)
);
create index order_line_by_sku on order_line (brand_id, sku, ordered_at, order_id) where bucket >= 0;

-- What happened to orders. Nothing in it ever changes.
create table order_entry (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    number bigint not null,
    -- Of the command; empty: the service itself.
    command_id text collate "C" not null,
    -- Of the command's content; empty: the service itself.
    fingerprint bytea not null,
    -- A driveline.order.v1.OrderEntry.
    document bytea not null,
    primary key (bucket, brand_id, order_id, number),
    constraint order_entry_bucket_range check (bucket between 0 and 63)
);
-- A command has one effect.
create unique index order_entry_by_command on order_entry (bucket, brand_id, order_id, command_id) where command_id <> '';

-- Orders that are being placed: what goes on by itself behind a crash. Gone when the order is decided.
create table order_placement (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    -- When somebody looks after it, unless it is decided.
    due_at timestamptz not null,
    primary key (bucket, brand_id, order_id),
    constraint order_placement_bucket_range check (bucket between 0 and 63)
);
create index order_placement_due on order_placement (due_at);

-- What other services are still to do for an order: recorded with what asks for it, gone with the entry that says it is
-- done.
create table order_effect (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    -- The entry that asked for it, and its place there.
    number bigint not null,
    place smallint not null,
    kind smallint not null,
    due_at timestamptz not null,
    tries integer not null,
    -- The command to the other service, as its request is encoded, with its own command id.
    request bytea not null,
    -- Of the last try; empty: none failed.
    problem text not null,
    primary key (bucket, brand_id, order_id, number, place),
    constraint order_effect_bucket_range check (bucket between 0 and 63)
);
create index order_effect_due on order_effect (due_at);
