-- Kits that are to be told of because what the brand has set up changed: not before every transaction has ended that may
-- have decided by the setup before. The SKU '' stands for all of the brand's kits.
alter table kit_announcement
    add column is_of_setup boolean not null default false,
    -- The transactions before this one are waited for; null: not looked up yet.
    add column begun_behind xid8;
-- Until now kits were told of with units that channels may not be told of.
insert into kit_announcement (bucket, brand_id, sku, is_of_setup) select distinct 0, brand_id, '', true from kit;

-- What events have told of a location: its version, and of that what decides what is sold there.
alter table location add column told_version bigint not null default 1, add column told_sale text;
update location set told_version = version;

-- Who won is not always known: a write that built on an old version lost against whoever raised it.
alter table conflict alter column winner drop not null, alter column winner_written_at drop not null;
