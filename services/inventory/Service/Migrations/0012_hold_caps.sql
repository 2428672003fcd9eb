-- How much one client may hold without confirming it; 0: as much as it likes.
alter table setup
    add column held_reservations_cap bigint not null default 0,
    add column held_units_cap bigint not null default 0,
    add constraint setup_hold_caps_range check (
        held_reservations_cap between 0 and 1000000 and held_units_cap between 0 and 9007199254740991);
-- Who made a reservation, and of how many units; null where the brand had no such caps then, so that others pay nothing.
alter table reservation add column holder text collate "C", add column units bigint;
create index reservation_by_holder on reservation (brand_id, holder) include (units, expires_at)
    where state = 1 and holder is not null;
