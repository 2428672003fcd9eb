import DrivelineTesting
import Events
import InventoryAPI
import InventoryMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

@Suite("Locations, kits and rules, over RPC")
struct SetupTests {
    @Test("a location is read back as it was put; versions guard it")
    func locations() async throws {
        try await InventoryHarness.with(locations: []) { harness in
            let client = harness.client
            let location = Location(
                name: "West", kind: .warehouse, region: "west", country: "US", priority: 3, cutOffMinute: 900,
                timeZone: "America/Chicago", leadTime: ProtoDuration(seconds: 86_400), active: true, safetyBuffer: 2,
                staleAfter: ProtoDuration(seconds: 3_600), staleRule: .hide)
            var put = PutLocationRequest(locationID: "W1", location: location, expectedVersion: 0)
            let first = try await client.putLocation(put)
            var expected = location
            expected.locationID = "W1"
            expected.version = 1
            #expect(first == expected)
            let error = await #expect(throws: RPCError.self) { try await client.putLocation(put) }
            #expect(error?.code == .aborted && error?.problem?.version == 1)
            put.expectedVersion = 1
            #expect(try await client.putLocation(put).version == 2)
            try await harness.putLocation("A1")
            let all = try await client.listLocations(ListLocationsRequest())
            #expect(all.locations.map(\.locationID) == ["A1", "W1"])
            #expect(try await client.getLocation(GetLocationRequest(locationID: "W1")).version == 2)
            let missing = await #expect(throws: RPCError.self) {
                try await client.getLocation(GetLocationRequest(locationID: "NO"))
            }
            #expect(missing?.code == .notFound)
        }
    }

    @Test("each change of locations and rules is told of by an event with what is so then")
    func events() async throws {
        try await InventoryHarness.with(locations: []) { harness in
            try await harness.putLocation("W1") { $0.safetyBuffer = 2 }
            try await harness.putLocation("W1") { $0.safetyBuffer = 3 }
            let rules = InventoryRules(
                acceptsUnknownSkus: true, channelBuffers: [ChannelBuffer(channel: "amazon", quantity: 2)])
            let put = try await harness.client.putRules(PutRulesRequest(rules: rules))
            let refused = PutRulesRequest(rules: rules, expectedVersion: 0)
            await #expect(throws: RPCError.self) { try await harness.client.putRules(refused) }
            let rows = try await harness.pool.query(
                PostgresStatement("select type, subject, payload from event order by occurred_at, sequence"))
            let events = try rows.map { row in try row.decode(String.self, String.self, [UInt8].self) }
            #expect(
                events.map { "\($0.0) \($0.1)" } == [
                    "inventory.location.changed W1", "inventory.location.changed W1", "inventory.rules.changed rules",
                ])
            let buffers = try events.prefix(2).map { event in
                try LocationChanged(decoding: event.2).location?.safetyBuffer
            }
            #expect(buffers == [2, 3])
            #expect(try RulesChanged(decoding: try #require(events.last).2).rules == put)
        }
    }

    @Test("what one copy sets up, the other decides on with its next command")
    func copies() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            try await harness.adjust("A", 5, copy: 1)
            try await harness.putLocation("WHS1") { $0.active = false }
            let error = await #expect(throws: RPCError.self) { try await harness.reserve("A", 1, copy: 1) }
            #expect(error?.problem?.type == "insufficient-stock")
            try await harness.putLocation("WHS1")
            try await harness.reserve("A", 1, copy: 1)
        }
    }

    @Test("what one copy sets up, the other decides on, though it remembers all that it needs")
    func recalled() async throws {
        try await InventoryHarness.with(copies: 2) { harness in
            for _ in 0..<4 { try await harness.adjust("A", 5, copy: 1) }
            try await harness.putLocation("WHS1") { $0.active = false }
            let error = await #expect(throws: RPCError.self) { try await harness.reserve("A", 1, copy: 1) }
            #expect(error?.problem?.type == "insufficient-stock")
            try await harness.putLocation("WHS1")
            try await harness.reserve("A", 1, copy: 1)
            try await harness.expectSoundLedger()
        }
    }

    @Test("kits that cannot be are refused; a kit may be read, replaced and ended")
    func kits() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            func put(_ sku: String, _ components: [(String, Int64)]) async throws -> Kit {
                try await client.putKit(
                    PutKitRequest(
                        sku: sku,
                        components: components.map { KitComponent(sku: $0.0, quantity: $0.1, position: "front") }))
            }
            _ = try await put("INNER", [("PAD", 2)])
            #expect(try await put("OUTER", [("INNER", 2), ("DISC", 1)]).version == 1)
            for bad in [[("INNER", 1), ("INNER", 1)], [("OUTER", 1)]] as [[(String, Int64)]] {
                let error = await #expect(throws: RPCError.self) { try await put("INNER", bad) }
                #expect(error?.problem?.type == "kit-invalid")
            }
            #expect(try await put("INNER", [("PAD", 3)]).version == 2)
            let read = try await client.getKit(GetKitRequest(sku: "INNER"))
            #expect(read.components == [KitComponent(sku: "PAD", quantity: 3, position: "front")])
            let error = await #expect(throws: RPCError.self) { try await harness.adjust("INNER", 1) }
            #expect(error?.problem?.type == "is-kit")
            _ = try await client.deleteKit(DeleteKitRequest(sku: "INNER"))
            _ = try await client.deleteKit(DeleteKitRequest(sku: "INNER"))
            await #expect(throws: RPCError.self) { try await client.getKit(GetKitRequest(sku: "INNER")) }
            #expect(try await harness.number("select count(*) from event where type = 'inventory.kit.deleted'") == 1)
            let rows = try await harness.pool.query(
                PostgresStatement(
                    """
                    select payload from event where type = 'inventory.kit.changed' and subject = 'INNER'
                    order by occurred_at
                    """))
            let told = try rows.map { row in try KitChanged(decoding: try row.decode([UInt8].self)).kit }
            #expect(told.map(\.?.version) == [1, 2] && told.last == read)
            try await harness.adjust("INNER", 1)
        }
    }

    @Test("all locations of a brand may change in one transaction, with an event each")
    func manyLocations() async throws {
        try await InventoryHarness.with { harness in
            let count = EventLog.maximumEventsPerTransaction + 5
            try await harness.pool.runScript(
                """
                insert into location (brand_id, location_id, name, kind, region, country, priority, cut_off_minute, time_zone,
                    is_active, safety_buffer, stale_rule, version, told_version)
                select '\(harness.brand)', 'L' || n, '', 1, '', '', 0, 0, '', true, 0, 1, 2, 1
                from generate_series(1, \(count)) n
                """)
            try await harness.pool.withTransaction { transaction in
                let news = try await LocationNotices.news(of: harness.brand, in: transaction)
                _ = try await transaction.commit(with: try news.commands())
            }
            let told: StaticString =
                "select count(*) from event where type = 'inventory.location.changed' and subject like 'L%'"
            #expect(try await harness.number(told) == count)
        }
    }

    @Test("texts that are too long are refused with their field")
    func longTexts() async throws {
        try await InventoryHarness.with { harness in
            let long = String(repeating: "x", count: 257)
            let changes: [(String, (inout InventoryMessages.Location) -> Void)] = [
                ("location.name", { $0.name = long }), ("location.region", { $0.region = long }),
                ("location.country", { $0.country = long }), ("location.timeZone", { $0.timeZone = long }),
            ]
            for (field, change) in changes {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.putLocation("WHS1", change)
                }
                #expect(error?.problem?.fields.first?.field == field)
            }
            let error = await #expect(throws: RPCError.self) {
                try await harness.client.putKit(
                    PutKitRequest(
                        sku: "KIT", components: [KitComponent(sku: "PAD", quantity: 1, position: long)]))
            }
            #expect(error?.problem?.fields.first?.field == "components[0].position")
        }
    }

    @Test("a SKU that becomes a kit gets a new version, with an event")
    func kitOfKnownSKU() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("SET", 1)
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "SET", components: [KitComponent(sku: "PAD", quantity: 1)]))
            #expect(try await harness.number("select version from item") == 2)
            try await harness.expectSoundLedger()
        }
    }

    @Test("rules are the defaults until they are put; what they say is followed, and the loser is told of")
    func rules() async throws {
        try await InventoryHarness.with { harness in
            let client = harness.client
            let before = try await client.getRules(GetRulesRequest())
            #expect(before.acceptsUnknownSkus && before.version == 0 && before.conflicts.isEmpty)
            let rules = InventoryRules(
                conflicts: [
                    ConflictRule(
                        field: .stock, policy: .sourcePriority, ranking: [.warehouse, .erp],
                        countsFor: ProtoDuration(seconds: 3_600)),
                    ConflictRule(field: .reorder, policy: .expectedVersion),
                ], acceptsUnknownSkus: false, backorderCap: 5,
                channelBuffers: [ChannelBuffer(channel: "amazon", quantity: 2)])
            let put = try await client.putRules(PutRulesRequest(rules: rules, expectedVersion: 0))
            var expected = rules
            expected.version = 1
            #expect(put == expected)
            #expect(try await client.getRules(GetRulesRequest()) == expected)
            let unknown = await #expect(throws: RPCError.self) { try await harness.adjust("A", 1) }
            #expect(unknown?.problem?.type == "unknown-sku")
            var lenient = rules
            lenient.acceptsUnknownSkus = true
            await #expect(throws: RPCError.self) {
                try await client.putRules(PutRulesRequest(rules: lenient, expectedVersion: 0))
            }
            _ = try await client.putRules(PutRulesRequest(rules: lenient, expectedVersion: 1))
            func set(_ units: Int64, _ source: Source) async throws -> Effect {
                try await client.setStock(
                    SetStockRequest(
                        commandID: "\(source)-\(units)", context: CommandContext(source: source), sku: "A",
                        locationID: "WHS1", amount: .onHand(units), versionExpectation: .anyVersion(true))
                ).effect
            }
            #expect(try await set(10, .warehouse) == .applied)
            #expect(try await set(99, .channel) == .superseded)
            #expect(try await harness.balance("A").onHand == 10)
            #expect(try await harness.eventTypes()["inventory.update.superseded"] == 1)
            var twice = rules
            twice.conflicts.append(ConflictRule(field: .stock, policy: .lastWriter))
            let error = await #expect(throws: RPCError.self) {
                try await client.putRules(PutRulesRequest(rules: twice))
            }
            #expect(error?.problem?.fields.first?.field == "rules.conflicts[2].field")
            try await harness.expectSoundLedger()
        }
    }

    @Test("scopes and brands are those of the caller")
    func callers() async throws {
        try await InventoryHarness.with { harness in
            let reader = try harness.client(of: harness.brand, scopes: "inventory:read")
            defer { reader.shutDown() }
            let error = await #expect(throws: RPCError.self) {
                try await InventoryServiceClient(reader).putLocation(
                    PutLocationRequest(locationID: "X", location: Location()))
            }
            #expect(error?.code == .permissionDenied)
            let nobody = try harness.copies[0].server.client(credential: "tester \(InventoryHarness.scopes)")
            defer { nobody.shutDown() }
            let brandless = await #expect(throws: RPCError.self) {
                try await InventoryServiceClient(nobody).adjustStock(
                    AdjustStockRequest(
                        commandID: "x", sku: "A", locationID: "WHS1", delta: 1, reason: .found))
            }
            #expect(brandless?.problem?.type == "brand-missing")
        }
    }
}
