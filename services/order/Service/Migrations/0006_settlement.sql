-- What marketplaces say they paid. Amounts are in millionths of the currency's unit.
create table settlement (
    brand_id uuid not null,
    -- That of the job that reads the file.
    settlement_id uuid not null,
    connection text collate "C" not null,
    -- A number of SettlementState: 1 until it is matched, 2, or 5 since it was accepted. How a job ended that did not
    -- come to its end is the job's to say.
    state smallint not null,
    -- A driveline.order.v1.Settlement.
    document bytea not null,
    primary key (brand_id, settlement_id),
    constraint settlement_state_range check (state in (1, 2, 5))
);
create index settlement_by_connection on settlement (brand_id, connection, settlement_id);

-- How often settlements of a connection were matched: two that are matched at once do not see each other, and the
-- second one begins anew.
create table settlement_turn (
    brand_id uuid not null,
    connection text collate "C" not null,
    turn bigint not null,
    primary key (brand_id, connection)
);

-- The amounts of settlements, and those that are missing from them.
create table settlement_line (
    brand_id uuid not null,
    settlement_id uuid not null,
    -- The line of the file; 0: the file does not have it.
    number bigint not null,
    -- Its place among all of the settlement: a line of the file may have several amounts.
    place bigint not null,
    -- That of the order's natural key.
    bucket smallint not null,
    channel_order_id text collate "C" not null,
    sku text collate "C" not null,
    line_id text collate "C" not null,
    quantity bigint not null,
    -- A number of SettlementAmountKind.
    kind smallint not null,
    word text collate "C" not null,
    amount bigint not null,
    posted_at timestamptz,
    is_withheld boolean not null,
    description text collate "C" not null,
    -- A number of SettlementDifference; 0 also where it was not compared yet.
    difference smallint not null,
    -- Ours; null: there is none.
    order_id uuid,
    order_amount bigint,
    expected bigint,
    primary key (brand_id, settlement_id, number, place),
    constraint settlement_line_bucket_range check (bucket between 0 and 63)
);
-- Partial ones, of all rows: what looks rows up by their keys does not say that buckets are not below zero, and so the
-- planner, which knows nothing of a new table, cannot take another index than the primary key's.
create index settlement_line_by_bucket on settlement_line (brand_id, settlement_id, bucket, channel_order_id, place)
    where bucket >= 0;
create index settlement_line_by_order on settlement_line (brand_id, channel_order_id, settlement_id)
    where bucket >= 0;

-- What a settlement should have.
create index sales_order_by_shipment on sales_order (brand_id, bucket, connection, shipped_at)
    where shipped_at is not null;
create index sales_order_by_refund on sales_order (brand_id, bucket, connection) where refunded > 0;
