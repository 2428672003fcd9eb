-- Rows that are looked for by their key must be found by it, also in a table that has no statistics yet: these indexes begin
-- with the brand, too, and going through all of a brand's rows seemed as cheap. So they are only for who says
-- "bucket >= 0", which is true of every row; and no update has to look whether it still is.
drop index reservation_by_brand;
create index reservation_by_brand on reservation (brand_id, created_at desc, reservation_id) where bucket >= 0;
drop index allocation_by_sku;
create index allocation_by_sku on allocation (brand_id, sku) where bucket >= 0;
drop index level_by_location;
create index level_by_location on level (brand_id, location_id, sku) include (is_in_stock) where bucket >= 0;
drop index lot_by_expiry;
create index lot_by_expiry on lot (brand_id, coalesce(expires_at, 'infinity'), sku, location_id, lot_id)
    where bucket >= 0;
