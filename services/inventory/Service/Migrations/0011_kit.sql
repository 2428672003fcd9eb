-- So that whoever holds a brand's kits in memory reads only those that changed: the setup's version of their last change,
-- and the kits that ended.
alter table kit add column setup_version bigint not null default 0;
create index kit_by_change on kit (brand_id, setup_version);
create table removed_kit (
    brand_id uuid not null references setup (brand_id),
    sku text collate "C" not null,
    setup_version bigint not null,
    primary key (brand_id, sku)
);
create index removed_kit_by_change on removed_kit (brand_id, setup_version);
-- Which kits hold a SKU.
create index kit_component_by_sku on kit_component (brand_id, sku);

-- SKUs whose kits are still to be told of, and how far that is: the kits go round in the order of their SKUs, from behind
-- `position` to the end, and from the start to `goal`. A SKU that changes again makes its goal the present position.
create table kit_announcement (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    position text collate "C" not null default '',
    goal text collate "C" not null default '',
    has_wrapped boolean not null default false,
    primary key (bucket, brand_id, sku),
    constraint kit_announcement_bucket_range check (bucket between 0 and 63)
) with (fillfactor = 70);
