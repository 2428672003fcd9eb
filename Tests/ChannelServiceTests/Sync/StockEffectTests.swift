import ChannelDomain
import ChannelMessages
import DrivelineTesting
import InventoryMessages
import Postgres
import Testing

@testable import ChannelService

@Suite(.timeLimit(.minutes(5))) struct StockEffectTests {
    @Test("changes of one listing come together in one row, which keeps its place and its age")
    func coalesced() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 5)
            try await harness.stock("A", 7)
            let first = try await harness.texts("select since::text || due_at::text from sync_work")
            for units in Int64(8)...20 { try await harness.stock("A", units) }
            #expect(try await harness.number("select count(*) from sync_work") == 1)
            #expect(try await harness.number("select wanted_quantity from sync_work") == 20)
            #expect(try await harness.number("select revision from sync_work") == 15)
            #expect(try await harness.texts("select since::text || due_at::text from sync_work") == first)
        }
    }

    @Test("what the platform shows already is not sent, and what was to be sent goes when it is so again")
    func inStep() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 5)
            try await harness.stock("A", 5)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            try await harness.stock("A", 6)
            #expect(try await harness.number("select count(*) from sync_work") == 1)
            try await harness.stock("A", 5)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
        }
    }

    @Test("an event that comes again, or behind a later answer of inventory, changes nothing")
    func versions() async throws {
        try await SyncHarness.with { harness in
            let (old, new) = (harness.inventory.set("A", 3), harness.inventory.set("A", 4))
            try await harness.list(["A"], shelf: 4)
            try await harness.apply(old)
            try await harness.apply(new)
            #expect(try await harness.number("select available from stock_copy") == 4)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            let later = harness.inventory.set("A", 9)
            try await harness.apply(later, later, old)
            #expect(try await harness.number("select wanted_quantity from sync_work") == 9)
            #expect(try await harness.number("select revision from sync_work") == 1)
        }
    }

    @Test("stock to zero has the first lane, and leaves it with the next units")
    func lanes() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 5)
            try await harness.stock("A", 0)
            #expect(try await harness.number("select lane::bigint from sync_work") == 0)
            try await harness.stock("A", 1)
            #expect(try await harness.number("select lane::bigint from sync_work") == 1)
        }
    }

    @Test("a location that is not known yet is not sold from, and its units count once it is")
    func unknownLocation() async throws {
        try await SyncHarness.with { harness in
            harness.inventory.setLocations([LocationFact(id: "WHS1", isSold: true, safetyBuffer: 2)])
            try await harness.list(["A"], shelf: 0)
            try await harness.stock("A", 5)
            try await harness.stock("A", 4, at: "WHS2")
            #expect(try await harness.number("select wanted_quantity from sync_work") == 3)
            harness.inventory.setLocations([
                LocationFact(id: "WHS1", isSold: true, safetyBuffer: 2),
                LocationFact(id: "WHS2", isSold: true, safetyBuffer: 0),
            ])
            try await harness.fill()
            #expect(try await harness.number("select count(*) from sync_pass") == 1)
            try await harness.withWorkers { try await until { harness.shop.shelf["A"] == 7 } }
        }
    }

    @Test("behind each event of locations and rules inventory is asked for them once, and by nothing else")
    func setups() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 0)
            try await harness.stock("A", 9)
            var expected: Int64 = 9
            for (number, type) in BrandCopy.types.sorted().enumerated() {
                harness.inventory.setLocations([
                    LocationFact(id: "WHS1", isSold: true, safetyBuffer: Int64(number + 1))
                ])
                try await harness.fillAsked()
                #expect(try await harness.number("select max(safety_buffer) from location_copy") == 9 - expected)
                try await harness.follow([SyncHarness.rulesChanged(of: harness.brand, type: type)])
                try await harness.fillAsked()
                expected = 9 - Int64(number + 1)
                #expect(try await harness.number("select max(safety_buffer) from location_copy") == 9 - expected)
            }
            try await harness.withWorkers { try await until { harness.shop.shelf["A"] == expected } }
        }
    }

    @Test("what comes while inventory is being asked has it asked again")
    func askedMeanwhile() async throws {
        try await SyncHarness.with { harness in
            let first = try #require(try await BrandCopy.asked(harness.pool).first)
            try await harness.follow([SyncHarness.rulesChanged(of: harness.brand)])
            func write(_ asked: BrandCopy.Asked) async throws {
                _ = try await harness.pool.withTransaction { transaction in
                    try await BrandCopy.write(
                        BrandFact(locations: [], channelBuffers: [:]), asked, in: transaction)
                }
            }
            try await write(first)
            let second = try #require(try await BrandCopy.asked(harness.pool).first)
            try await harness.follow([SyncHarness.rulesChanged(of: harness.brand)])
            try await write(second)
            let third = try #require(try await BrandCopy.asked(harness.pool).first)
            try await write(third)
            #expect(try await BrandCopy.asked(harness.pool).isEmpty)
            try await harness.pool.runScript("update brand_copy set answered_at = now() - interval '300 s'")
            #expect(try await BrandCopy.asked(harness.pool).isEmpty)
            try await harness.pool.runScript("update brand_copy set answered_at = now() - interval '600 s'")
            try await write(try #require(try await BrandCopy.asked(harness.pool).first))
            #expect(try await BrandCopy.asked(harness.pool).isEmpty)
        }
    }

    @Test("what the brand's rules keep back from a channel counts where the SKU says nothing else")
    func brandBuffers() async throws {
        try await SyncHarness.with { harness in
            harness.inventory.setBrandBuffers(["shop": 3, "other": 1_000])
            harness.inventory.setChannelBuffers("B", ["shop": 1])
            for sku in ["A", "B"] { _ = harness.inventory.set(sku, 10) }
            harness.inventory.setKit("K", 10)
            try await harness.list(["A", "B", "K"], shelf: 0)
            let wanted = PostgresStatement("select sku, wanted_quantity from sync_work order by sku")
            func quantities() async throws -> [String: Int64] {
                var quantities: [String: Int64] = [:]
                for row in try await harness.pool.query(wanted) {
                    let (sku, quantity) = try row.decode(String.self, Int64.self)
                    quantities[sku] = quantity
                }
                return quantities
            }
            #expect(try await quantities() == ["A": 7, "B": 9, "K": 7])
            harness.inventory.setBrandBuffers(["shop": 4])
            try await harness.fill()
            try await harness.withWorkers {
                try await until { harness.shop.shelf["A"] == 6 && harness.shop.shelf["K"] == 6 }
            }
            #expect(harness.shop.shelf["B"] == 9)
        }
    }

    @Test("what inventory says of a brand is new where it differs from what it said before, and only there")
    func brandNews() async throws {
        try await SyncHarness.with { harness in
            func isNew(_ buffers: [String: Int64], _ locations: [LocationFact] = []) async throws -> Bool {
                try await harness.pool.withTransaction { transaction in
                    let fact = BrandFact(locations: locations, channelBuffers: buffers)
                    let asked = BrandCopy.Asked(brand: harness.brand, reason: 0)
                    let isNew = try await BrandCopy.write(fact, asked, in: transaction)
                    _ = try await transaction.commit()
                    return isNew
                }
            }
            let isFirstNew = try await isNew([:])
            #expect(!isFirstNew, "none, as before anything was said")
            #expect(try await isNew(["shop": 3]))
            #expect(try await isNew(["shop": 3]) == false)
            #expect(try await isNew(["shop": 4]))
            #expect(try await isNew([:]))
            #expect(try await isNew([:]) == false)
            let location = LocationFact(id: "WHS1", isSold: true, safetyBuffer: 0)
            #expect(try await isNew([:], [location]))
            #expect(try await isNew([:], [location]) == false)
            try await harness.pool.runScript("update brand_copy set answered_at = '-infinity'")
            #expect(try await isNew([:], [location]), "what was written before may not have been told of")
            #expect(try await isNew([:], [location]) == false)
        }
    }

    @Test("nothing is decided by a copy that inventory was not asked for yet")
    func unfilled() async throws {
        try await SyncHarness.with { harness in
            _ = harness.inventory.set("A", 5)
            let key = SKUKey(brand: harness.brand, sku: "A")
            _ = try await harness.pool.query(StockCopy.adding([key]))
            try await harness.stock("A", 6, at: "WHS2")
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            #expect(try await harness.number("select count(*) from stock_sku where is_asked and not is_filled") == 1)
        }
    }

    @Test("the units that a SKU keeps back are asked for where an event says that settings changed")
    func settings() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 0)
            var change = harness.inventory.set("A", 10)
            change.settingsChanged = true
            harness.inventory.setSafety("A", 4)
            try await harness.apply(change)
            try await harness.fill()
            #expect(try await harness.number("select wanted_quantity from sync_work") == 6)
        }
    }

    @Test("what a connection may sell, and what SKU, channel and locations keep back, decide what is wanted")
    func policy() async throws {
        let policy = StockPolicy(buffer: 2, cap: 8, locations: ["WHS1", "FBA1"])
        try await SyncHarness.with(Connection(stock: policy)) { harness in
            harness.inventory.setLocations([
                LocationFact(id: "WHS1", isSold: true, safetyBuffer: 1),
                LocationFact(id: "WHS2", isSold: true, safetyBuffer: 0),
                LocationFact(id: "FBA1", isSold: false, safetyBuffer: 0),
            ])
            harness.inventory.setSafety("A", 3)
            harness.inventory.setChannelBuffers("A", ["shop": 4, "other": 1_000])
            _ = harness.inventory.set("A", 12)
            _ = harness.inventory.set("A", 1_000, at: "WHS2")
            _ = harness.inventory.set("A", 1_000, at: "FBA1")
            try await harness.list(["A"], shelf: 0)
            // 12, less 1 at the location, 3 of the SKU, 4 of the channel and 2 of the connection.
            #expect(try await harness.number("select wanted_quantity from sync_work") == 2)
            try await harness.stock("A", 17)
            #expect(try await harness.number("select wanted_quantity from sync_work") == 7)
            try await harness.stock("A", 19)
            #expect(try await harness.number("select wanted_quantity from sync_work") == 8)
            try await harness.stock("A", 10)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
        }
    }

    @Test("a sale on the platform and the event of its reservation, in either order, send nothing")
    func echo() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A", "B"], shelf: 10)
            for sku in ["A", "B"] { try await harness.stock(sku, 10) }
            #expect(harness.shop.sell("A", 2) == 2)
            try await self.sold(harness, "A", 2)
            try await harness.apply(harness.inventory.take("A", 2))
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            #expect(harness.shop.sell("B", 3) == 3)
            try await harness.apply(harness.inventory.take("B", 3))
            try await self.sold(harness, "B", 3)
            try await harness.apply(harness.inventory.set("B", 7))
            #expect(try await harness.number("select count(*) from sync_work") == 0)
        }
    }

    @Test("a sale that the last push may have covered leaves something to be sent, and a later one does not")
    func coveredSale() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 10)
            let adapter = FakePlatformAdapter(harness.shop, pushSettleSeconds: 60)
            try await harness.stock("A", 12)
            // The platform has sold before it puts the number that was pushed.
            #expect(harness.shop.sell("A", 2) == 2)
            try await harness.withWorkers(adapter) {
                try await harness.untilInStep()
                #expect(harness.shop.shelf["A"] == 12)
                try await self.sold(harness, "A", 2, secondsFromNow: 30, settleSeconds: 60)
                try await harness.apply(harness.inventory.take("A", 2))
                try await harness.untilInStep()
                #expect(harness.shop.shelf["A"] == 10)
                try await self.sold(harness, "A", 3, secondsFromNow: 90, settleSeconds: 60)
                #expect(try await harness.number("select shelf_quantity from listing") == 7)
            }
            #expect(harness.shop.calls.map(\.quantities) == [[12], [10]])
        }
    }

    @Test(
        "where sales change nothing of what is wanted, it is sent all the same: they took from what is shown, or did not"
    )
    func coveredSaleBeyondCap() async throws {
        try await SyncHarness.with { harness in
            try await harness.list(["A"], shelf: 10)
            _ = try await harness.pool.query(PostgresStatement("update listing set cap = 10, stock_pushed_at = now()"))
            try await harness.stock("A", 50)
            #expect(try await harness.number("select count(*) from sync_work") == 0)
            for isSoldFirst in [true, false] {
                #expect(harness.shop.sell("A", 2) == 2)
                if isSoldFirst { try await self.sold(harness, "A", 2, settleSeconds: 60) }
                try await harness.apply(harness.inventory.take("A", 2))
                if !isSoldFirst { try await self.sold(harness, "A", 2, settleSeconds: 60) }
                try await harness.withWorkers(FakePlatformAdapter(harness.shop, pushSettleSeconds: 60)) {
                    try await harness.untilInStep()
                }
                #expect(harness.shop.shelf["A"] == 10)
            }
            #expect(harness.shop.calls.map(\.quantities) == [[10], [10]])
            // A reading says what is shown only when the push has settled.
            for (age, expected) in [("59 s", 1), ("61 s", 0)] {
                _ = try await harness.pool.query(
                    PostgresStatement("update listing set read_at = now() + interval '1 s', shelf_quantity = 10"))
                try await harness.pool.runScript("update listing set stock_pushed_at = read_at - interval '\(age)'")
                try await self.sold(harness, "A", 2, settleSeconds: 60)
                #expect(try await harness.number("select count(*) from sync_work") == Int64(expected))
                try await harness.pool.runScript("delete from sync_work")
            }
        }
    }

    private func sold(
        _ harness: SyncHarness, _ sku: String, _ units: Int64, secondsFromNow: Int64 = 0, settleSeconds: Int64? = nil
    ) async throws {
        try await harness.pool.withTransaction { transaction in
            try await Shelf.sold(
                [Shelf.Sold(sku: sku, units: units)],
                at: PostgresTimestamp(microseconds: MicrosecondClock.now + secondsFromNow * 1_000_000),
                settleSeconds: settleSeconds, on: harness.key, in: transaction)
        }
    }
}
