import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService

@Suite("Feeds from a drop folder")
struct FolderFeedTests {
    @Test("a full file sets stock; what it does not name any more is set to none, once, and only what the feed told of")
    func full() async throws {
        try await FeedHarness.with { harness in
            try await harness.put { $0.staleAfter = ProtoDuration(seconds: 3_600) }
            try await harness.inventory.adjust("OWN", 5)
            try await harness.inventory.adjust("B", 1)
            try harness.drop("one.csv", "Item,Qty\nA,10\nB,20\nC,30\n")
            let feed = try await harness.run()
            #expect(feed.status?.finding == .file && feed.status?.failures == 0 && feed.status?.problem == nil)
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("B") == 20)
            var run = try await harness.lastRun()
            #expect(run.state == .succeeded && run.byHand && run.file == "one.csv" && run.bytes == 24)
            #expect(run.rows == 3 && run.rowsChanged == 3 && run.rowsFailed == 0 && !run.importID.isEmpty)
            #expect(harness.names("done") == ["one.csv"] && harness.names(".").filter { $0.hasSuffix("csv") }.isEmpty)
            let location = try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1"))
            #expect(location.fedAt != nil && location.staleAfter == ProtoDuration(seconds: 3_600))
            #expect(feed.status?.locations.map(\.locationID) == ["WHS1"] && feed.status?.locations.first?.age != nil)

            try harness.drop("two.csv", "Item,Qty\nA,10\nB,19\n")
            try await harness.run()
            run = try await harness.lastRun()
            #expect(run.state == .succeeded && run.rows == 2 && run.rowsAbsent == 1)
            #expect(try await harness.available("C") == 0)
            #expect(try await harness.available("OWN") == 5)
            // From now on somebody else tells of it.
            try await harness.inventory.adjust("C", 4)
            try harness.drop("three.csv", "Item,Qty\nA,9\nB,19\n")
            try await harness.run()
            #expect(try await harness.available("C") == 4)
            #expect(try await harness.available("A") == 9)
            #expect(try await harness.lastRun().rowsAbsent == 0)
            let movements = try await harness.client.listMovements(ListMovementsRequest(sku: "A"))
            #expect(movements.movements.allSatisfy { $0.actor == "feed:acme" && $0.reference.hasPrefix("feed acme ") })
            try await harness.inventory.expectSoundLedger()
        }
    }

    @Test("a file by which too much would fall changes nothing, is put aside and told of, until somebody accepts it")
    func fall() async throws {
        try await FeedHarness.with { harness in
            try await harness.put { $0.fallLimits = FeedFallLimits(skusPercent: 40, unitsPercent: 50) }
            try harness.drop("one.csv", "Item,Qty\nA,10\nB,10\nC,10\nD,10\n")
            try await harness.run()
            for (name, text) in [
                ("half.csv", "Item,Qty\nA,10\nB,10\n"), ("units.csv", "Item,Qty\nA,1\nB,1\nC,1\nD,1\n"),
                ("empty.csv", "Item,Qty\n"), ("nothing.csv", ""), ("other.csv", "Part,Stock\nA,1\n"),
            ] {
                try harness.drop(name, text)
                let feed = try await harness.run()
                let run = try await harness.lastRun()
                #expect(run.state == .failed || run.state == .refused, "\(name)")
                #expect(feed.status?.problem == run.problem && run.problem?.code.isEmpty == false, "\(name)")
                #expect(harness.names("failed").contains(name) && harness.names(".processing").isEmpty)
                for sku in ["A", "B", "C", "D"] { #expect(try await harness.available(sku) == 10, "\(name)") }
            }
            #expect(try await harness.inventory.eventTypes()["inventory.feed.failed"] == 1)
            #expect(try await harness.client.getFeed(GetFeedRequest(feedID: "acme")).status?.failures == 5)
            let runs = try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme")).runs
            let half = try #require(runs.first { $0.file == "half.csv" })
            #expect(half.state == .refused && half.problem?.code == "fall-too-large")
            #expect(half.problem?.message.contains("of 4 SKUs with stock this file would leave 2") == true)

            try harness.drop("half.csv", "Item,Qty\nA,10\nB,10\n")
            try await harness.run(acceptFall: true)
            #expect(try await harness.available("C") == 0)
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.inventory.eventTypes()["inventory.feed.recovered"] == 1)
            // It was accepted once.
            try harness.drop("less.csv", "Item,Qty\nA,1\nB,1\n")
            try await harness.run()
            #expect(try await harness.lastRun().state == .refused)
        }
    }

    @Test("rows that cannot be read are told of; one that still names its SKU is not taken for absent")
    func faultyRows() async throws {
        try await FeedHarness.with { harness in
            try await harness.put {
                $0.table?.delimiter = ";"
                $0.table?.words = [FeedQuantityWord(word: "In Stock", quantity: 5)]
            }
            try harness.drop("one.csv", "Item;Qty\nA;10\nB;10\nC;10\n")
            try await harness.run()
            try harness.drop("two.csv", "\u{FEFF}Item;Qty\nA;in stock\nB;lots\n;3\nC;9\nC;8\n\"D\"x;1\nE;10+\n")
            try await harness.run()
            let run = try await harness.lastRun()
            #expect(run.state == .succeeded && run.rows == 7 && run.rowsFailed == 4 && run.rowsChanged == 3)
            #expect(run.faults.map(\.row) == [3, 4, 6, 7] || Set(run.faults.map(\.row)) == [3, 4, 6, 7])
            #expect(try await harness.available("A") == 5)
            #expect(try await harness.available("B") == 10)
            #expect(try await harness.available("C") == 9)
            #expect(try await harness.available("E") == 10)
        }
    }

    @Test("fewer units on hand than are promised leave nothing free, instead of being refused")
    func promised() async throws {
        try await FeedHarness.with { harness in
            try await harness.put { $0.table?.quantity = .onHand }
            try harness.drop("one.csv", "Item,Qty\nA,10\nB,10\n")
            try await harness.run()
            try await harness.inventory.reserve("A", 6)
            try harness.drop("two.csv", "Item,Qty\nA,3\nB,8\n")
            try await harness.run()
            #expect(try await harness.lastRun().rowsFailed == 0)
            let balance = try await harness.inventory.balance("A")
            #expect(balance.available == 0 && balance.reserved == 6)
            // What is gone altogether leaves what is promised.
            try await harness.put { feed in
                feed.table?.quantity = .onHand
                feed.fallLimits = FeedFallLimits(skusPercent: 100, unitsPercent: 100)
            }
            try harness.drop("three.csv", "Item,Qty\nB,8\n")
            try await harness.run()
            #expect(try await harness.inventory.balance("A").reserved == 6)
            try await harness.inventory.expectSoundLedger()
        }
    }

    @Test("a file of changes leaves what it does not name; several are taken one by one, the oldest first")
    func changes() async throws {
        try await FeedHarness.with { harness in
            try await harness.put {
                $0.coverage = .changes
                $0.table?.locationID = ""
                $0.table?.locationColumn = "Whse"
                $0.table?.locations = [FeedLocationName(theirs: "7", ours: "WHS2")]
            }
            try harness.drop("b.csv", "Item,Qty,Whse\nA,10,WHS1\nA,20,7\nX,1,NOWHERE\n")
            try await Task.sleep(for: .milliseconds(20))
            try harness.drop("a.csv", "Item,Qty,Whse\nA,11,WHS1\n")
            try await harness.run()
            #expect(try await harness.lastRun().file == "b.csv")
            #expect(try await harness.lastRun().rowsFailed == 1)
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("A", at: "WHS2") == 20)
            let feed = try await harness.run()
            #expect(try await harness.available("A") == 11)
            #expect(try await harness.available("A", at: "WHS2") == 20)
            #expect(feed.status?.locations.map(\.locationID) == ["WHS1", "WHS2"])
            #expect(try await harness.run().status?.finding == .nothing)
        }
    }

    @Test(
        "a feed that is due is looked after by itself; of full files only the newest counts, once its marker is there")
    func schedule() async throws {
        try await FeedHarness.with(looking: 2) { harness in
            try harness.drop("one.csv", "Item,Qty\nA,1\n")
            try await Task.sleep(for: .milliseconds(20))
            try harness.drop("two.csv", "Item,Qty\nA,2\n")
            try await Task.sleep(for: .milliseconds(20))
            try harness.drop("three.csv", "Item,Qty\nA,3\n")
            for name in ["one.csv", "two.csv"] { try harness.drop("\(name).done", "") }
            let put = try await harness.put {
                $0.active = true
                $0.source = .dropFolder(DropFolder(folder: "acme", filePattern: "*.csv", completion: .marker))
            }
            #expect(put.status?.nextDueAt != nil)
            try await until { try await harness.available("A") == 2 }
            try await until { harness.names("done") == ["one.csv", "two.csv"] }
            #expect(harness.names(".").filter { $0.hasSuffix("csv") || $0.hasSuffix("done") } == ["done", "three.csv"])
            #expect(try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme")).runs.count == 1)
            let feed = try await harness.client.getFeed(GetFeedRequest(feedID: "acme"))
            #expect(feed.status?.nextDueAt?.seconds ?? 0 > put.status?.nextDueAt?.seconds ?? 0)
        }
    }

    @Test("figures that grow older than allowed are told of once, hidden by age alone, and fresh again with new ones")
    func stale() async throws {
        try await FeedHarness.with { harness in
            try await harness.put {
                $0.staleAfter = ProtoDuration(seconds: 1_000)
                $0.staleRule = .hide
            }
            try harness.drop("one.csv", "Item,Qty\nA,10\n")
            try await harness.run()
            func sellable() async throws -> Int64? {
                let request = GetAvailabilityRequest(skus: ["A"])
                return try await harness.client.getAvailability(request).items.first?.sellable
            }
            #expect(try await sellable() == 10)
            // As if it had come long ago. The version tells every copy of the service that something has changed.
            try await harness.inventory.pool.runScript(
                "update location set fed_at = fed_at - interval '1000 s'; update setup set version = version + 1")
            #expect(try await sellable() == 0)
            try await until { try await harness.inventory.eventTypes()["inventory.location.stale"] == 1 }
            let told = try await harness.client.getFeed(GetFeedRequest(feedID: "acme"))
            #expect(told.status?.locations.first?.stale == true)
            func isStale() async throws -> [Bool] {
                let all = try await harness.client.listLocations(ListLocationsRequest()).locations
                let one = try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1"))
                return all.map(\.stale) + [one.stale]
            }
            #expect(try await isStale() == [true, false, true])
            try harness.drop("two.csv", "Item,Qty\nA,9\n")
            try await harness.run()
            #expect(try await sellable() == 9)
            #expect(try await isStale() == [false, false, false])
            let types = try await harness.inventory.eventTypes()
            #expect(types["inventory.location.fresh"] == 1 && types["inventory.location.stale"] == 1)
        }
    }

    /// The time that comparing them takes must not grow with their square: the lease is held for seconds.
    @Test("large files are compared with what was said before, also where no statistics know of their rows")
    func large() async throws {
        try await FeedHarness.with { harness in
            try await harness.put()
            let count = 12_000
            for units in 1...2 {
                // Every hundredth row of the second file is refused for its form, and every tenth SKU is missing from it.
                let rows = (0..<count).filter { units == 1 || $0 % 10 != 0 }
                let lines = rows.map { "SKU-\($0),\(units == 2 && $0 % 100 == 1 ? "?" : "\(units)")\n" }
                try harness.drop("\(units).csv", "Item,Qty\n" + lines.joined())
                try await harness.run()
                let run = try await harness.lastRun()
                #expect(run.state == .succeeded && run.rows == Int64(rows.count), "\(run)")
                #expect(run.rowsAbsent == (units == 1 ? 0 : Int64(count) / 10))
            }
            #expect(try await harness.inventory.number("select sum(available)::bigint from level") == 21_480)
        }
    }

    @Test("a row that is refused leaves its figure, is told of, and is not what the feed has said")
    func refusedRows() async throws {
        try await FeedHarness.with { harness in
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "KIT", components: [KitComponent(sku: "PART", quantity: 1)]))
            try await harness.put { feed in
                feed.table?.locationID = ""
                feed.table?.locationColumn = "Whse"
                feed.fallLimits = FeedFallLimits(skusPercent: 100, unitsPercent: 100)
            }
            try harness.drop("one.csv", "Item,Qty,Whse\nA,10,WHS1\nB,5,WHS1\nKIT,7,WHS1\nC,3,GONE\nC,4,WHS1\n")
            try await harness.run()
            var run = try await harness.lastRun()
            #expect(run.state == .succeeded && run.rows == 5 && run.rowsChanged == 3 && run.rowsFailed == 2)
            #expect(run.faults.map(\.row).sorted() == [4, 5], "\(run.faults)")
            #expect(run.faults.allSatisfy { $0.message.contains("what was said of it before stays") })
            #expect(run.faults.contains { $0.message.contains("KIT at WHS1 is refused") })
            // Only what was taken is the feed's.
            #expect(try await harness.inventory.number("select count(*) from feed_level") == 3)

            // A whose location is missing, and B whose number is, stay; C is named no more, and none is left of it.
            try harness.drop("two.csv", "Item,Qty,Whse\nA,1,\nB,many,WHS1\nD,1,WHS1\n")
            try await harness.run()
            run = try await harness.lastRun()
            #expect(run.state == .succeeded && run.rowsFailed == 2 && run.rowsAbsent == 1)
            #expect(run.faults.map(\.row) == [2, 3], "\(run.faults)")
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("B") == 5)
            #expect(try await harness.available("C") == 0)
            try await harness.inventory.expectSoundLedger()
        }
    }

    @Test("what a full file names no more, and cannot be set to none, is told of and tried again with the next file")
    func refusedAbsence() async throws {
        try await FeedHarness.with { harness in
            try await harness.put { $0.fallLimits = FeedFallLimits(skusPercent: 100, unitsPercent: 100) }
            try harness.drop("one.csv", "Item,Qty\nA,10\nB,0\n")
            try await harness.run()
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "B", components: [KitComponent(sku: "PART", quantity: 1)]))
            for name in ["two.csv", "three.csv"] {
                try harness.drop(name, "Item,Qty\nA,9\n")
                try await harness.run()
                let run = try await harness.lastRun()
                #expect(run.state == .succeeded && run.rowsAbsent == 1 && run.rowsFailed == 1, "\(run)")
                #expect(run.faults.map(\.row) == [0] && run.faults[0].message.contains("B at WHS1"), "\(run.faults)")
            }
            #expect(try await harness.inventory.number("select count(*) from feed_level") == 2)
        }
    }

    @Test("a file of which no row can be used brings no figures")
    func nothingUsable() async throws {
        try await FeedHarness.with { harness in
            try await harness.put()
            try harness.drop("one.csv", "Item,Qty\nA,10\n")
            try await harness.run()
            let before = try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1")).fedAt
            try harness.drop("two.csv", "Item,Qty\nA,lots\n,1\n")
            let feed = try await harness.run(acceptFall: true)
            #expect(feed.status?.problem?.code == "rows-unreadable" && harness.names("failed") == ["two.csv"])
            let run = try await harness.lastRun()
            #expect(run.rows == 2 && run.rowsFailed == 2 && run.faults.count == 2)
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1")).fedAt == before)
        }
    }

    @Test("a file of which every row is refused brings no figures")
    func allRefused() async throws {
        try await FeedHarness.with { harness in
            let rules = InventoryRules(conflicts: [ConflictRule(field: .stock, policy: .expectedVersion)])
            _ = try await harness.client.putRules(PutRulesRequest(rules: rules))
            try await harness.put()
            try harness.drop("one.csv", "Item,Qty\nA,10\nB,20\n")
            let feed = try await harness.run()
            #expect(feed.status?.problem?.code == "rows-refused" && harness.names("failed") == ["one.csv"])
            let run = try await harness.lastRun()
            #expect(!run.importID.isEmpty && run.rowsFailed == 2 && run.faults.map(\.row) == [2, 3], "\(run)")
            #expect(try await harness.client.getLocation(GetLocationRequest(locationID: "WHS1")).fedAt == nil)
            #expect(try await harness.inventory.number("select count(*) from feed_level") == 0)
        }
    }

    @Test("an old file does not make figures younger than it is")
    func oldFile() async throws {
        try await FeedHarness.with { harness in
            try await harness.put { $0.staleAfter = ProtoDuration(seconds: 3_600) }
            try harness.drop("one.csv", "Item,Qty\nA,10\n")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7_200)],
                ofItemAtPath: harness.folder.appending(path: "one.csv").path)
            let feed = try await harness.run()
            #expect((feed.status?.locations.first?.age?.seconds ?? 0) >= 7_200)
            #expect(feed.status?.locations.first?.stale == true)
            #expect(try await harness.inventory.eventTypes()["inventory.location.stale"] == 1)
        }
    }
}
