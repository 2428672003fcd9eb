import DrivelineTesting
import Events
import InventoryAPI
import InventoryDomain
import InventoryMessages
import Logging
import Postgres
import ProtobufC
import Testing

@testable import InventoryService

@Suite("Kits that a command cannot tell of")
struct KitAnnouncementTests {
    private func announcer(_ copy: InventoryHarness.Copy) -> KitAnnouncer {
        KitAnnouncer(copy.engine, news: EventNews(), logger: Logger(label: "kits"))
    }

    /// The last number that events tell of each kit.
    private func told(_ harness: InventoryHarness) async throws -> [String: Int64] {
        let rows = try await harness.pool.query(
            PostgresStatement(
                """
                select distinct on (subject) payload from event where type = 'inventory.kit.availability.changed'
                order by subject, bucket, sequence desc
                """))
        var told: [String: Int64] = [:]
        for row in rows {
            let event = try KitAvailabilityChanged(decoding: try row.decode([UInt8].self))
            told[event.sku] = event.available
        }
        return told
    }

    /// Tells of all kits. Those of changes of the setup wait for transactions of other tests, too.
    private func announceAll(_ harness: InventoryHarness) async throws {
        try await until {
            for copy in harness.copies { while try await self.announcer(copy).tellSome() {} }
            return try await harness.number("select count(*) from kit_announcement") == 0
        }
    }

    @Test("a component of a thousand kits changes: each of them is told of, by two copies of the service")
    func thousandKits() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("PAD", 4)
            try await harness.adjust("DISC", 9)
            try await self.addKits(1_000, to: harness)
            try await harness.adjust("PAD", 2)
            #expect(try await harness.number("select count(*) from kit_announcement") == 1)
            // One that changes while its kits go round.
            _ = try await self.announcer(harness.copies[0]).tellSome()
            try await harness.adjust("PAD", 2)
            try await self.announceAll(harness)
            let told = try await self.told(harness)
            #expect(told.count == 1_000)
            #expect(told.values.allSatisfy { $0 == 4 })
            #expect(try await harness.number("select count(*) from kit_announcement") == 0)
        }
    }

    /// Kits of two pads and a disc, straight into the tables, as one change of the setup.
    private func addKits(_ count: Int, to harness: InventoryHarness) async throws {
        _ = try await harness.pool.query(
            PostgresStatement("update setup set version = version + 1 where brand_id = $1"), harness.brand)
        _ = try await harness.pool.query(
            PostgresStatement(
                """
                insert into kit (brand_id, sku, version, setup_version)
                select $1, 'KIT' || n, 1, (select version from setup where brand_id = $1) from generate_series(1, $2) n
                """), harness.brand, Int32(count))
        _ = try await harness.pool.query(
            PostgresStatement(
                """
                insert into kit_component (brand_id, kit_sku, part, sku, quantity, position)
                select k.brand_id, k.sku, c.part, c.sku, c.quantity, '' from kit k
                cross join (values (0::smallint, 'PAD', 2::bigint), (1::smallint, 'DISC', 1::bigint))
                    as c (part, sku, quantity)
                where k.brand_id = $1
                """), harness.brand)
    }

    @Test("a kit whose other parts the command does not touch, or whose parts change, is told of too")
    func fewKits() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("PAD", 4)
            try await harness.adjust("DISC", 3)
            _ = try await harness.client.putKit(
                PutKitRequest(
                    sku: "SET",
                    components: [KitComponent(sku: "PAD", quantity: 2), KitComponent(sku: "DISC", quantity: 1)]))
            try await self.announceAll(harness)
            #expect(try await self.told(harness) == ["SET": 2])
            try await harness.adjust("PAD", 2)
            try await self.announceAll(harness)
            #expect(try await self.told(harness) == ["SET": 3])
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "SET", components: [KitComponent(sku: "PAD", quantity: 6)]))
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "PAIR", components: [KitComponent(sku: "SET", quantity: 1)]))
            try await self.announceAll(harness)
            #expect(try await self.told(harness) == ["SET": 1, "PAIR": 1])
            let listed = try await harness.client.listKits(ListKitsRequest())
            #expect(listed.kits.map(\.kit?.sku) == ["PAIR", "SET"])
            #expect(listed.kits.map(\.available) == [1, 1])
            #expect(listed.kits.map(\.limitingSku) == ["PAD", "PAD"])
            let first = try await harness.client.listKits(ListKitsRequest(pageSize: 1))
            let second = try await harness.client.listKits(
                ListKitsRequest(pageSize: 1, pageToken: first.nextPageToken))
            #expect(first.kits.map(\.kit?.sku) == ["PAIR"])
            #expect(second.kits.map(\.kit?.sku) == ["SET"])
            #expect(second.nextPageToken.isEmpty)
            #expect(try await harness.client.listKits(ListKitsRequest(componentSku: "SET")).kits.count == 1)
            #expect(try await harness.client.listKits(ListKitsRequest(skuPrefix: "SE")).kits.count == 1)
        }
    }

    @Test("what locations sell changes, and all kits are told of anew, as who asks is told")
    func locations() async throws {
        try await InventoryHarness.with { harness in
            try await harness.putLocation("WHS2")
            try await harness.adjust("PAD", 4)
            try await harness.adjust("PAD", 8, at: "WHS2")
            for (kit, units) in [("PAIR", 2), ("ONE", 1)] as [(String, Int64)] {
                _ = try await harness.client.putKit(
                    PutKitRequest(sku: kit, components: [KitComponent(sku: "PAD", quantity: units)]))
            }
            func expectTold(_ expected: [String: Int64]) async throws {
                try await self.announceAll(harness)
                #expect(try await self.told(harness) == expected)
                let asked = try await harness.client.getAvailability(
                    GetAvailabilityRequest(skus: expected.keys.sorted()))
                #expect(asked.items.map(\.sellable) == expected.sorted { $0.key < $1.key }.map(\.value))
                let listed = try await harness.client.listKits(ListKitsRequest())
                #expect(listed.kits.map(\.available) == expected.sorted { $0.key < $1.key }.map(\.value))
            }
            try await expectTold(["ONE": 12, "PAIR": 6])
            try await harness.putLocation("WHS2") { $0.active = false }
            try await expectTold(["ONE": 4, "PAIR": 2])
            try await harness.putLocation("WHS2") { $0.kind = .marketplace }
            try await expectTold(["ONE": 4, "PAIR": 2])
            try await harness.putLocation("WHS2") { $0.safetyBuffer = 3 }
            try await expectTold(["ONE": 9, "PAIR": 4])
            try await harness.putLocation("WHS2") {
                $0.safetyBuffer = 3
                $0.name = "Another name"
            }
            #expect(
                try await harness.number("select count(*) from kit_announcement") == 0, "nothing else is sold by a name"
            )
        }
    }

    @Test("behind a change of the setup kits are told of once all have ended who may not know of it")
    func setupHorizon() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("PAD", 4)
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "ONE", components: [KitComponent(sku: "PAD", quantity: 1)]))
            try await self.announceAll(harness)
            try await harness.pool.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("select pg_current_xact_id()::text"))
                try await harness.putLocation("WHS1") { $0.active = false }
                for _ in 0..<10 {
                    _ = try await self.announcer(harness.copies[0]).tellSome()
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try await self.told(harness) == ["ONE": 4], "this one may still tell by the setup before")
                #expect(try await harness.number("select count(*) from kit_announcement") == 1)
            }
            try await self.announceAll(harness)
            #expect(try await self.told(harness) == ["ONE": 0])
        }
    }

    @Test("kits wait, too, for who began behind a change of the setup and before it was committed")
    func laterIdentity() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("PAD", 4)
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "ONE", components: [KitComponent(sku: "PAD", quantity: 1)]))
            try await self.announceAll(harness)
            try await harness.pool.withTransaction { change in
                _ = try await SetupChange.begin(of: harness.brand, in: change)
                _ = try await change.query(PostgresStatement("update location set is_active = false"))
                _ = try await change.execute([KitAnnouncements.addingAll(of: [harness.brand])])
                try await harness.pool.withTransaction { other in
                    _ = try await other.query(PostgresStatement("select pg_current_xact_id()::text"))
                    _ = try await change.commit()
                    for _ in 0..<10 {
                        _ = try await self.announcer(harness.copies[0]).tellSome()
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(try await self.told(harness) == ["ONE": 4], "this one may not know of the change")
                }
            }
            try await self.announceAll(harness)
            #expect(try await self.told(harness) == ["ONE": 0])
        }
    }

    @Test("what somebody else is changing is no reason to look again at once")
    func changedMeanwhile() async throws {
        try await InventoryHarness.with { harness in
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "ONE", components: [KitComponent(sku: "PAD", quantity: 1)]))
            try await harness.pool.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("select from kit_announcement for update"))
                #expect(try await self.announcer(harness.copies[0]).tellSome() == false)
            }
            #expect(try await self.announcer(harness.copies[0]).tellSome())
        }
    }

    @Test("a kit that changes is announced behind the lock of its item, as commands announce the kits of theirs")
    func announcedLast() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("SET", 1)
            try await harness.pool.runScript(
                """
                create function refuse() returns trigger language plpgsql as $$ begin
                    if not exists (select from item where sku = new.sku and version = 2) then
                        raise 'the item is not changed yet';
                    end if;
                    return new;
                end $$;
                create trigger refuse before insert on kit_announcement for each row execute function refuse();
                """)
            let request = PutKitRequest(sku: "SET", components: [KitComponent(sku: "PAD", quantity: 1)])
            _ = try await harness.client.putKit(request)
            #expect(try await harness.number("select count(*) from kit_announcement where sku = 'SET'") == 1)
        }
    }

    @Test("a round tells of every kit once, and after a change of all of them again, wherever it was")
    func rounds() throws {
        let kits = try (0..<9).map { try SKU("K\($0)") }
        for limit in 1...10 {
            for stop in 0...9 {
                var round = KitRound()
                var told: [SKU] = []
                var portions = 0
                var since = 0
                while !round.isOver {
                    told += round.next(of: kits, limit: limit)
                    portions += 1
                    if portions == stop, !round.isOver {
                        round.restart()
                        since = told.count
                    }
                    try #require(portions < 100)
                }
                let again = told[since...]
                #expect(Set(again) == Set(kits) && again.count <= kits.count, "\(limit) at a time, after \(stop)")
            }
        }
    }
}
