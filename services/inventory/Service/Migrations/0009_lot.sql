-- The units of a level that are in a lot; those beyond are in none. Read and written under the lock of the item. A lot of
-- which nothing is left has no row.
create table lot (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    location_id text collate "C" not null,
    lot_id text collate "C" not null,
    -- From then on its units are promised to nobody; null: never.
    expires_at timestamptz,
    -- On hand minus reserved; negative where a count found less than is promised of the lot.
    available bigint not null,
    reserved bigint not null,
    quarantined bigint not null,
    primary key (bucket, brand_id, sku, location_id, lot_id),
    constraint lot_bucket_range check (bucket between 0 and 63),
    constraint lot_id_size check (octet_length(lot_id) between 1 and 64),
    constraint lot_units_range check (
        available + reserved between 0 and 9007199254740991 and reserved between 0 and 9007199254740991
        and quarantined between 0 and 9007199254740991),
    constraint lot_is_not_empty check (available <> 0 or reserved <> 0 or quarantined <> 0)
) with (fillfactor = 70);
-- Lists, those that expire first in front.
create index lot_by_expiry on lot (brand_id, coalesce(expires_at, 'infinity'), sku, location_id, lot_id);
-- What the sweeper looks for.
create index lot_to_expire on lot (bucket, expires_at) where available > 0;

-- Whether rows of lots must be read with the item: one without lots costs no statement more.
alter table item add column has_lots boolean not null default false;
alter table allocation add column lot_id text collate "C";
alter table movement add column lot_id text collate "C";
