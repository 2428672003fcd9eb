-- What comes back of an order: in the order's bucket, below the order's lock.
create table order_return (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    -- 1, 2 and so on: the end of its id.
    number integer not null,
    version bigint not null,
    -- Numbers of ReturnStatus and ReturnKind.
    status smallint not null,
    kind smallint not null,
    created_at timestamptz not null,
    -- A driveline.order.v1.Return.
    document bytea not null,
    primary key (bucket, brand_id, order_id, number),
    constraint order_return_bucket_range check (bucket between 0 and 63)
);
create index order_return_by_date on order_return (brand_id, created_at, order_id, number) where bucket >= 0;

-- SKUs and fitments of returns, to be found by.
create table order_return_line (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    number integer not null,
    line smallint not null,
    sku text collate "C" not null,
    -- Empty: not said.
    fitment_id text collate "C" not null,
    -- That of the return.
    created_at timestamptz not null,
    primary key (bucket, brand_id, order_id, number, line)
);
create index order_return_line_by_sku on order_return_line (brand_id, sku, created_at, order_id, number)
    where bucket >= 0;
create index order_return_line_by_fitment on order_return_line (brand_id, fitment_id, created_at, order_id, number)
    where fitment_id <> '';

-- Warranty claims, in the same way.
create table order_claim (
    bucket smallint not null,
    brand_id uuid not null,
    order_id uuid not null,
    number integer not null,
    version bigint not null,
    status smallint not null,
    sku text collate "C" not null,
    lot_id text collate "C" not null,
    created_at timestamptz not null,
    -- A driveline.order.v1.WarrantyClaim.
    document bytea not null,
    primary key (bucket, brand_id, order_id, number),
    constraint order_claim_bucket_range check (bucket between 0 and 63)
);
create index order_claim_by_date on order_claim (brand_id, created_at, order_id, number) where bucket >= 0;
create index order_claim_by_sku on order_claim (brand_id, sku, created_at, order_id, number) where bucket >= 0;
create index order_claim_by_lot on order_claim (brand_id, lot_id, created_at, order_id, number) where lot_id <> '';
