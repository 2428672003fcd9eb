-- What inventory says of a brand as a whole: a copy, with that of its locations in `location_copy`.
create table brand_copy (
    brand_id uuid primary key,
    -- Units of each SKU that single channels are not told of, by channel, where the SKU itself says nothing else.
    channel_buffers jsonb not null default '{}',
    -- Counts the reasons to ask inventory, and which of them the copy has answered.
    asked bigint not null,
    answered bigint not null
);
