-- What portions of a reservation took before it ended; what became of the rest, the reservation's state says. So a
-- reservation that is shipped or given back whole writes no allocation.
alter table allocation
    add column committed bigint not null default 0,
    add column released bigint not null default 0,
    add constraint allocation_portions_range check (
        committed >= 0 and released >= 0 and committed + released <= quantity);
