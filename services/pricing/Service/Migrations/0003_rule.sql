create table price_rule (
    brand_id uuid not null,
    rule_id text collate "C" not null,
    version bigint not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    -- A driveline.pricing.v1.PriceRule without what only answers have.
    document bytea not null,
    primary key (brand_id, rule_id)
);

create table price_kit (
    brand_id uuid not null,
    sku text collate "C" not null,
    version bigint not null,
    -- A driveline.pricing.v1.PriceKit without what only answers have.
    document bytea not null,
    primary key (brand_id, sku)
);

-- What is in kits: as the documents say, for what leads to a kit or on from it.
create table price_kit_component (
    brand_id uuid not null,
    kit_sku text collate "C" not null,
    sku text collate "C" not null,
    primary key (brand_id, kit_sku, sku)
);
create index price_kit_component_by_part on price_kit_component (brand_id, sku, kit_sku);

-- Coupons, by their code in capitals. There may be far more of them than of anything in the book.
create table coupon (
    brand_id uuid not null,
    folded_code text collate "C" not null,
    code text not null,
    rule_id text collate "C" not null,
    version bigint not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    -- 0: as often as the rule.
    uses bigint not null,
    uses_per_customer bigint not null,
    primary key (brand_id, folded_code),
    constraint coupon_uses_range check (uses >= 0 and uses_per_customer >= 0),
    constraint coupon_period check (valid_from < valid_to)
);
create index coupon_by_rule on coupon (brand_id, rule_id, folded_code);

-- How many coupons a rule has: counting them takes longer the more there are.
create table coupon_count (
    brand_id uuid not null,
    rule_id text collate "C" not null,
    coupons bigint not null,
    primary key (brand_id, rule_id),
    constraint coupon_count_range check (coupons >= 0)
);

-- How often rules and coupons were used: by how many redemptions that stand. Each row is the lock under which its limit
-- holds. Rows outlive their rule or coupon, so that one that is made again goes on counting.
create table use_count (
    brand_id uuid not null,
    -- 1 rule, 2 coupon
    kind smallint not null,
    -- The rule's id, or the coupon's folded code.
    id text collate "C" not null,
    -- Empty: by all customers.
    customer_id text collate "C" not null,
    uses bigint not null,
    primary key (brand_id, kind, id, customer_id),
    constraint use_count_kind_range check (kind between 1 and 2),
    constraint use_count_range check (uses >= 0)
);

-- For how much rules were used, in each currency. Changes under the lock of the rule's row for all customers above.
create table use_amount (
    brand_id uuid not null,
    rule_id text collate "C" not null,
    currency text collate "C" not null,
    amount bigint not null,
    primary key (brand_id, rule_id, currency),
    constraint use_amount_range check (amount >= 0)
);

create table redemption (
    brand_id uuid not null,
    redemption_id text collate "C" not null,
    -- 1 redeemed, 2 reversed
    state smallint not null,
    currency text collate "C" not null,
    customer_id text collate "C" not null,
    reference text not null,
    -- Null: reversed before it was made.
    redeemed_at timestamptz,
    reversed_at timestamptz,
    created_at timestamptz not null,
    primary key (brand_id, redemption_id),
    constraint redemption_state_range check (state between 1 and 2)
);
create index redemption_by_time on redemption (brand_id, created_at, redemption_id);
create index redemption_by_customer on redemption (brand_id, customer_id, created_at, redemption_id) where customer_id <> '';

create table redemption_use (
    brand_id uuid not null,
    redemption_id text collate "C" not null,
    part smallint not null,
    rule_id text collate "C" not null,
    -- Folded; empty: none.
    coupon text collate "C" not null,
    -- As it was said.
    coupon_code text not null,
    amount bigint not null,
    -- The redemption's.
    created_at timestamptz not null,
    primary key (brand_id, redemption_id, part)
);
create index redemption_use_by_rule on redemption_use (brand_id, rule_id, created_at, redemption_id);
