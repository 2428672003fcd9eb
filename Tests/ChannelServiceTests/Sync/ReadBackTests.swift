import ChannelAdapter
import ChannelMessages
import DrivelineTesting
import Leasing
import Postgres
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct ReadBackTests {
    /// Reads back, and writes down, as the worker of the connection.
    private struct Reader {
        let harness: SyncHarness
        let lease: Lease

        init(_ harness: SyncHarness) async throws {
            self.harness = harness
            let leases = Leases(harness.pool, holder: SyncHarness.newID())
            self.lease = try #require(
                try await leases.acquire(ConnectionWorker.leaseName(harness.key), milliseconds: 60_000))
        }

        var outcomes: Outcomes {
            Outcomes(
                key: self.harness.key, pool: self.harness.pool, lease: self.lease, revisions: nil, comparesShelf: true)
        }

        func now() async throws -> PostgresTimestamp {
            let rows = try await self.harness.pool.query(PostgresStatement("select clock_timestamp()"))
            return try #require(rows.first).decode(PostgresTimestamp.self)
        }

        /// - Parameter since: When the platform was asked; nil: now.
        func read(
            _ quantity: Int64, since: PostgresTimestamp? = nil, settleSeconds: Int64 = 0
        ) async throws -> ReadBack.Finding {
            let back = ReadBack(
                key: self.harness.key, pool: self.harness.pool, lease: self.lease, sellsFromShelf: true,
                pollsOrders: true, settleSeconds: settleSeconds, everySeconds: 600)
            let asked = if let since { since } else { try await self.now() }
            return try await back.apply(
                [ShelfReading(sku: "A", quantity: quantity)], asked: ["A"], since: asked
            ) { 0.5 }
        }
    }

    private static func with(_ body: (SyncHarness, Reader) async throws -> Void) async throws {
        try await SyncHarness.with { harness in
            _ = harness.inventory.set("A", 5)
            try await harness.list(["A"], shelf: 5)
            try await body(harness, try await Reader(harness))
        }
    }

    @Test("our own push that comes back, before or behind its answer, is no drift")
    func echo() async throws {
        try await Self.with { harness, reader in
            try await harness.stock("A", 8)
            let asked = try await reader.now()
            let attempt = try #require(try await reader.outcomes.begin(["A"], kind: .stock))
            // The platform has it already, and its answer is not here.
            #expect(try await reader.read(8).drifted == 0)
            #expect(try await harness.number("select shelf_quantity from listing") == 5)
            try await reader.outcomes.end(attempt, kind: .stock, endings: [.done])
            // It was asked before the push, and what it says comes behind it.
            #expect(try await reader.read(5, since: asked).drifted == 0)
            #expect(try await harness.number("select shelf_quantity from listing") == 8)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            #expect(try await reader.read(8).drifted == 0)
            #expect(try await harness.number("select count(*) from drift") == 0)
            // Asked for behind it, the same number is drift.
            #expect(try await reader.read(5).drifted == 1)
            #expect(try await harness.texts("select cause::text from drift") == ["\(DriftCause.lostWrite.rawValue)"])
        }
    }

    @Test("units that a reading has shown as gone are not taken off again by their order, later ones are")
    func soldBeforeReading() async throws {
        try await Self.with { harness, reader in
            let soldAt = try await reader.now()
            #expect(try await reader.read(3).mayHaveSold)
            for (moment, expected) in [(soldAt, 3), (try await reader.now(), 1)] {
                try await harness.pool.withTransaction { transaction in
                    try await Shelf.sold(
                        [Shelf.Sold(sku: "A", units: 2)], at: moment, settleSeconds: nil, on: harness.key,
                        in: transaction)
                }
                #expect(try await harness.number("select shelf_quantity from listing") == Int64(expected))
            }
        }
    }

    @Test("drift that is found while a push may still come to the shelf is looked at again when it has")
    func unsettled() async throws {
        try await Self.with { harness, reader in
            func nextReading() async throws -> Int64 {
                let statement: StaticString =
                    "select round(extract(epoch from read_due_at - now()) / 10)::bigint * 10 from listing"
                return try #require(try await harness.number(statement))
            }
            try await harness.stock("A", 8)
            let attempt = try #require(try await reader.outcomes.begin(["A"], kind: .stock))
            try await reader.outcomes.end(attempt, kind: .stock, endings: [.done])
            #expect(try await reader.read(8, settleSeconds: 60).drifted == 0)
            #expect(try await nextReading() == 600)
            #expect(try await reader.read(5, settleSeconds: 60).drifted == 1)
            #expect(try await nextReading() == 60)
            // What was not known is nothing else than thought, and may change all the same.
            _ = try await harness.pool.query(PostgresStatement("update listing set shelf_quantity = null"))
            #expect(try await reader.read(8, settleSeconds: 60).drifted == 0)
            #expect(try await nextReading() == 60)
            _ = try await harness.pool.query(
                PostgresStatement("update listing set stock_pushed_at = now() - interval '61 s'"))
            #expect(try await reader.read(4, settleSeconds: 60).drifted == 1)
            #expect(try await nextReading() == 600)
        }
    }

    @Test("what became of a call that nobody knows of is read soon, and the call keeps its key until then")
    func unknown() async throws {
        try await Self.with { harness, reader in
            try await harness.stock("A", 8)
            let attempt = try #require(try await reader.outcomes.begin(["A"], kind: .stock))
            let fault = PlatformFault(.retry, code: "no-answer", "no answer came", isOutcomeUnknown: true)
            let endings = RowEnding.endings([RowOutcome(sku: "A", fault: fault)], of: attempt.rows, chance: 1)
            try await reader.outcomes.end(attempt, kind: .stock, endings: endings)
            #expect(
                try await harness.number("select count(*) from listing where read_due_at < now() + interval '1 min'")
                    == 1)
            #expect(try await harness.texts("select attempt_key from sync_work") == [attempt.key])
            #expect(try await harness.number("select shelf_quantity from listing") == 5)
        }
    }

    @Test("drift is told once while it stays, has what is wanted sent again, and is over when the platform shows that")
    func healed() async throws {
        try await Self.with { harness, reader in
            let found = try await reader.read(9)
            #expect(found.drifted == 1)
            #expect(try await harness.number("select wanted_quantity from sync_work") == 5)
            #expect(try await harness.number("select shelf_quantity from listing") == 9)
            // Somebody has put it right by hand: nothing is left to be sent.
            #expect(try await reader.read(5).drifted == 1)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            #expect(try await harness.number("select count(*) from drift where healed_at is null") == 2)
            #expect(try await reader.read(5).drifted == 0)
            #expect(try await harness.number("select count(*) from drift where healed_at is null") == 0)
        }
    }

    @Test("a price that somebody has changed on the platform is told, and put right")
    func price() async throws {
        try await SyncHarness.with(Connection(prices: PricePolicy(push: true))) { harness in
            try await harness.list(["A"], shelf: 0)
            harness.prices.set("A", 12_990_000)
            try await harness.pool.withTransaction { transaction in
                try await SyncPass.request(harness.key, kinds: [.price], in: transaction)
            }
            try await harness.withWorkers {
                try await until { harness.shop.items["A"]?.priceMicros == 12_990_000 }
                try await harness.untilInStep()
                harness.shop.edit("A") { $0.priceMicros = 1_000_000 }
                _ = try await harness.pool.query(PostgresStatement("update listing set read_due_at = now()"))
                harness.news.wake([harness.key])
                try await until {
                    try await harness.number("select count(*) from drift where kind = 2 and healed_at is not null") == 1
                }
                #expect(harness.shop.items["A"]?.priceMicros == 12_990_000)
            }
            #expect(try await harness.texts("select expected || ' ' || found from drift") == ["12.99 USD 1.00 USD"])
        }
    }

    @Test("a notification of what was pushed just now is its echo and read later; any other has it read at once")
    func hints() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A", "B", "C"], shelf: 5)
            _ = try await harness.pool.query(
                PostgresStatement(
                    """
                    update listing set platform_ids = jsonb_build_object('id', 'p-' || sku),
                        stock_pushed_at = case when sku = 'A' then now() else now() - interval '1 hour' end
                    """))
            for sku in ["A", "B"] {
                try await harness.pool.withTransaction { transaction in
                    let hint = ShelfHint(
                        key: harness.key, kind: .stock, topic: "inventory/update", subject: "p-\(sku)", body: [])
                    try await ListingHints(news: harness.news).readBack(hint, in: transaction)
                }
            }
            #expect(
                try await harness.texts("select sku from listing where read_due_at <= now() order by sku") == ["B"])
            #expect(
                try await harness.texts("select sku from listing where read_due_at = 'infinity' order by sku") == ["C"])
        }
    }
}
