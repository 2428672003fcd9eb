-- Names compare by bytes (collate "C"). Amounts are in millionths of their currency's unit. Periods end before valid_to;
-- -infinity and infinity are from ever and for ever.

-- One row for a brand that has any prices: the lock under which its lists, rules, kits, settings and rates change.
create table price_book (
    brand_id uuid primary key,
    -- Rises with every such change, and is the version of what changed: who has read the book at a revision has read it as
    -- long as the revision stands.
    revision bigint not null,
    -- A driveline.pricing.v1.PricingSettings, and the revision that changed it last.
    settings bytea not null,
    settings_version bigint not null,
    -- The number that the next list gets.
    next_list_number integer not null,
    constraint price_book_revision_range check (revision between 0 and 9007199254740991)
);

create table price_list (
    brand_id uuid not null,
    list_id text collate "C" not null,
    -- Stands for it in prices; never given to another list.
    number integer not null,
    version bigint not null,
    type smallint not null,
    currency text collate "C" not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    -- A driveline.pricing.v1.PriceList without what only answers have.
    document bytea not null,
    primary key (brand_id, list_id),
    unique (brand_id, number),
    constraint price_list_type_range check (type between 1 and 5),
    constraint price_list_currency_form check (currency ~ '^[A-Z]{3}$')
);

-- Everything that the book ever said: a row for each change.
create table price_book_history (
    brand_id uuid not null,
    revision bigint not null,
    -- Several things may change at once.
    part smallint not null,
    -- 1 list, 2 rule, 3 kit, 4 settings
    kind smallint not null,
    id text collate "C" not null,
    -- Of lists.
    list_number integer not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    is_removed boolean not null,
    document bytea not null,
    primary key (brand_id, revision, part),
    constraint price_book_history_kind_range check (kind between 1 and 4)
);
create index price_book_history_by_subject on price_book_history (brand_id, kind, id, revision);

-- A change of prices: who made it, when and why. The bucket is that of the id.
create table price_change (
    bucket smallint not null,
    brand_id uuid not null,
    change_id uuid not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    reason text not null,
    import_id uuid,
    primary key (bucket, brand_id, change_id),
    constraint price_change_bucket_range check (bucket between 0 and 63)
);

-- The prices that stand. The bucket is that of the SKU.
create table price (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    list_number integer not null,
    minimum_quantity bigint not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    amount bigint not null,
    recorded_at timestamptz not null,
    change_id uuid not null,
    -- A quote reads all that it needs from the index.
    primary key (bucket, brand_id, sku, list_number, minimum_quantity, valid_from) include (valid_to, amount),
    constraint price_bucket_range check (bucket between 0 and 63),
    constraint price_sku_size check (octet_length(sku) between 1 and 64),
    constraint price_quantity_range check (minimum_quantity between 1 and 1000000000),
    constraint price_amount_range check (amount between 0 and 8999999999999999),
    constraint price_period check (valid_from < valid_to)
);
create index price_by_list on price (brand_id, list_number, sku);

-- Prices that were replaced or removed.
create table price_history (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    list_number integer not null,
    minimum_quantity bigint not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    amount bigint not null,
    recorded_at timestamptz not null,
    change_id uuid not null,
    replaced_at timestamptz not null,
    -- The change that did it.
    replaced_by uuid not null,
    primary key (bucket, brand_id, sku, list_number, minimum_quantity, valid_from, replaced_at, change_id),
    constraint price_history_bucket_range check (bucket between 0 and 63)
);

-- Instants at which prices, lists or rules begin or end to count, for the events that say so then.
create table price_due (
    due_at timestamptz not null,
    brand_id uuid not null,
    bucket smallint not null,
    -- 1 prices of a SKU, 2 a list, 3 a rule
    kind smallint not null,
    -- The SKU, or the id.
    subject text collate "C" not null,
    -- Of prices and lists.
    list_number integer not null,
    primary key (due_at, brand_id, bucket, kind, subject, list_number),
    constraint price_due_kind_range check (kind between 1 and 3)
);

-- Prices that were put under a floor and wait, or waited, for someone's decision.
create table price_hold (
    brand_id uuid not null,
    hold_id uuid not null,
    -- 1 pending, 2 approved, 3 rejected, 4 replaced
    state smallint not null,
    list_number integer not null,
    bucket smallint not null,
    sku text collate "C" not null,
    minimum_quantity bigint not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    amount bigint not null,
    reason text not null,
    floor bigint not null,
    floor_list_id text collate "C" not null,
    floor_rule_id text collate "C" not null,
    held_by text not null,
    held_at timestamptz not null,
    decided_by text not null,
    decided_at timestamptz,
    note text not null,
    primary key (brand_id, hold_id),
    constraint price_hold_state_range check (state between 1 and 4)
);
create unique index price_hold_pending on price_hold (brand_id, list_number, sku, minimum_quantity, valid_from)
    where state = 1;
create index price_hold_by_state on price_hold (brand_id, state, held_at, hold_id);

-- What a unit of one currency is worth in another, in millionths of a millionth. Of rates for one instant the one that was
-- recorded last counts.
create table exchange_rate (
    brand_id uuid not null,
    base_currency text collate "C" not null,
    quote_currency text collate "C" not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    rate bigint not null,
    source text not null,
    primary key (brand_id, base_currency, quote_currency, at, recorded_at),
    constraint exchange_rate_range check (rate > 0)
);
