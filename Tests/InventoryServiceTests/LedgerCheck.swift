import InventoryMessages
import Postgres
import Testing

@testable import InventoryService

extension InventoryHarness {
    /// What must hold of the tables whatever was done: each count must be zero. By SQL alone, so that it shares no fault
    /// with the service.
    static let faults: [(what: String, count: StaticString)] = [
        (
            "levels that their movements do not add up to",
            """
            select count(*) from level l left join (
                select bucket, brand_id, sku, location_id, sum(units) filter (where state = 1) as available,
                    sum(units) filter (where state = 2) as reserved, sum(units) filter (where state = 3) as quarantined,
                    sum(units) filter (where state = 4) as in_transit, sum(units) filter (where state = 5) as incoming
                from (
                    select bucket, brand_id, sku, location_id, to_state as state, quantity as units from movement
                    union all
                    select bucket, brand_id, sku, location_id, from_state, -quantity from movement) m
                group by bucket, brand_id, sku, location_id) m using (bucket, brand_id, sku, location_id)
            where l.available <> coalesce(m.available, 0) or l.reserved <> coalesce(m.reserved, 0)
                or l.quarantined <> coalesce(m.quarantined, 0) or l.in_transit <> coalesce(m.in_transit, 0)
                or l.incoming <> coalesce(m.incoming, 0)
            """
        ),
        (
            "movements of no level",
            """
            select count(*) from movement m where not exists (
                select from level l where l.bucket = m.bucket and l.brand_id = m.brand_id and l.sku = m.sku
                    and l.location_id = m.location_id)
            """
        ),
        (
            "transfers that are not zero over all locations",
            """
            select count(*) from (
                select brand_id, sku from movement where 10 in (from_state, to_state) group by brand_id, sku
                having sum(case when to_state = 10 then quantity else -quantity end) <> 0) t
            """
        ),
        (
            "items whose totals are not those of their levels",
            """
            select count(*) from item i where
                row(i.total_available, i.is_in_stock) is distinct from (
                select row(coalesce(sum(available), 0)::bigint, coalesce(bool_or(available > 0), false)) from level l
                where l.bucket = i.bucket and l.brand_id = i.brand_id and l.sku = i.sku)
            """
        ),
        (
            "levels that reservations do not explain",
            """
            select count(*) from level l where l.reserved <> (
                select coalesce(sum(a.quantity - a.committed - a.released), 0)
                from allocation a join reservation r on r.bucket = a.bucket and r.brand_id = a.brand_id and r.reservation_id = a.reservation_id
                where r.state in (1, 2) and a.bucket >= 0 and a.brand_id = l.brand_id and a.sku = l.sku
                    and a.location_id = l.location_id)
            """
        ),
        (
            "levels that are short by more than was promised beyond them or found missing",
            """
            select count(*) from level l where -l.available > (
                select coalesce(sum(a.backordered), 0) from allocation a
                where a.brand_id = l.brand_id and a.sku = l.sku and a.location_id = l.location_id) + (
                select coalesce(sum(m.quantity), 0) from movement m
                where m.bucket = l.bucket and m.brand_id = l.brand_id and m.sku = l.sku
                    and m.location_id = l.location_id and m.from_state = 1 and m.reason in ('count', 'repair'))
            """
        ),
        (
            "lots that their movements do not add up to",
            """
            select count(*) from (
                select bucket, brand_id, sku, location_id, lot_id, available, reserved, quarantined from lot) l
            full join (
                select bucket, brand_id, sku, location_id, lot_id,
                    coalesce(sum(units) filter (where state = 1), 0) as available,
                    coalesce(sum(units) filter (where state = 2), 0) as reserved,
                    coalesce(sum(units) filter (where state = 3), 0) as quarantined
                from (
                    select bucket, brand_id, sku, location_id, lot_id, to_state as state, quantity as units from movement
                    union all
                    select bucket, brand_id, sku, location_id, lot_id, from_state, -quantity from movement) m
                where lot_id is not null group by bucket, brand_id, sku, location_id, lot_id) m
                using (bucket, brand_id, sku, location_id, lot_id)
            where coalesce(l.available, 0) <> coalesce(m.available, 0)
                or coalesce(l.reserved, 0) <> coalesce(m.reserved, 0)
                or coalesce(l.quarantined, 0) <> coalesce(m.quarantined, 0)
            """
        ),
        (
            "lots beyond their level, or at an item that says it has none",
            """
            select count(*) from (
                select bucket, brand_id, sku, location_id, sum(available + reserved) as on_hand,
                    sum(reserved) as reserved, sum(quarantined) as quarantined
                from lot group by bucket, brand_id, sku, location_id) l
            join level v using (bucket, brand_id, sku, location_id) join item i using (bucket, brand_id, sku)
            where l.on_hand > v.available + v.reserved or l.reserved > v.reserved or l.quarantined > v.quarantined
                or not i.has_lots
            """
        ),
        (
            "versions without an event",
            """
            select count(*) from item i left join (
                select brand_id, subject as sku, count(*) as events from event
                where type = 'inventory.stock.changed' group by brand_id, subject) e using (brand_id, sku)
            where i.version <> coalesce(e.events, 0)
            """
        ),
        (
            "commands that left two records",
            """
            select count(*) from (
                select brand_id, command_id from command_record group by brand_id, command_id having count(*) > 1) c
            """
        ),
        (
            "commands with movements and no record",
            """
            select count(*) from (select distinct brand_id, command_id from movement where reason <> 'repair') m
            where not exists (
                select from command_record c where c.brand_id = m.brand_id and c.command_id = m.command_id)
                and not exists (
                select from job j where j.brand_id = m.brand_id
                    and starts_with(m.command_id, 'inventory-' || j.id::text || '.'))
            """
        ),
    ]

    /// Expects that the ledger, the levels, reservations, records and events say the same.
    func expectSoundLedger(_ location: SourceLocation = #_sourceLocation) async throws {
        for fault in Self.faults {
            let count = try await self.number(fault.count)
            #expect(count == 0, "\(fault.what): \(count)", sourceLocation: location)
        }
    }
}
