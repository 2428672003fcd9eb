import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import Postgres
import TestSupport
import Testing

@testable import InventoryService

@Suite("Feeds of JSON, and files that are compressed")
struct JSONFeedTests {
    /// Runs a feed that takes all files of its folder.
    private func with(
        _ change: @escaping (inout FeedTable) -> Void, _ body: (FeedHarness) async throws -> Void
    ) async throws {
        try await FeedHarness.with { harness in
            try await harness.put { feed in
                feed.source = .dropFolder(DropFolder(folder: "acme", filePattern: "*", completion: .renamed))
                feed.fallLimits = FeedFallLimits(skusPercent: 100, unitsPercent: 100)
                if var table = feed.table {
                    change(&table)
                    feed.table = table
                }
            }
            try await body(harness)
        }
    }

    private func run(_ harness: FeedHarness, _ name: String, _ text: String) async throws -> FeedRun {
        try harness.drop(name, text)
        try await harness.run()
        return try await harness.lastRun()
    }

    @Test("a list of objects, whose members are mapped as columns are")
    func list() async throws {
        try await self.with {
            $0.format = .json
            $0.locationID = ""
            $0.locationColumn = "site"
            $0.locations = [FeedLocationName(theirs: "7", ours: "WHS2")]
            $0.words = [FeedQuantityWord(word: "true", quantity: 3)]
        } _: { harness in
            var run = try await self.run(
                harness, "one.json",
                """
                [{"ITEM": "A", "qty": 10, "site": "WHS1", "other": {"x": [1]}},
                 {"item": 77, "Qty": "20", "Site": 7}, {"item": "C", "qty": 5.00, "site": "WHS1"},
                 {"item": "D", "qty": true, "site": "WHS1"}]
                """)
            #expect(run.state == .succeeded && run.rows == 4 && run.rowsChanged == 4, "\(run)")
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("77", at: "WHS2") == 20)
            #expect(try await harness.available("C") == 5)
            #expect(try await harness.available("D") == 3)
            // Objects that cannot be used harm no other, and what they name stays as it was. 77 is named no more.
            run = try await self.run(
                harness, "two.json",
                """
                [{"item": "A", "qty": null, "site": "WHS1"}, {"item": "C", "qty": {}, "site": "WHS1"},
                 {"item": "D", "qty": 4}, 12, {"item": "E", "qty": 1,}, {"item": "E", "qty": 9, "site": "WHS1"}]
                """)
            #expect(run.state == .succeeded && run.rows == 6 && run.rowsFailed == 5 && run.rowsAbsent == 1, "\(run)")
            #expect(run.faults.map(\.row) == [1, 2, 3, 4, 5], "\(run.faults)")
            let expected = [("A", "WHS1", 10), ("C", "WHS1", 5), ("D", "WHS1", 3), ("77", "WHS2", 0), ("E", "WHS1", 9)]
            for (sku, location, units) in expected {
                #expect(try await harness.available(sku, at: location) == Int64(units), "\(sku)")
            }
            try await harness.inventory.expectSoundLedger()
        }
    }

    @Test("a file that is not as a whole what it must be changes nothing: a full file's absences above all")
    func refused() async throws {
        try await self.with {
            $0.format = .json
            $0.listMember = "items"
        } _: { harness in
            var run = try await self.run(
                harness, "one.json",
                "{\"page\": 1, \"items\": [{\"Item\": \"A\", \"Qty\": 1}, {\"Item\": \"B\", \"Qty\": 2}]}")
            #expect(run.state == .succeeded && run.rowsChanged == 2)
            for (number, (text, code)) in [
                ("{\"items\": [{\"Item\": \"A\", \"Qty\": 5}", "json-incomplete"),
                ("{\"items\": [{\"Item\": \"A\", \"Qty\": 5}]", "json-incomplete"), ("", "json-incomplete"),
                ("{\"error\": \"too many requests\"}", "list-missing"),
                ("[{\"Item\": \"A\", \"Qty\": 5}]", "list-missing"),
                ("{\"items\": [{\"Item\": \"A\", \"Qty\": 5}] \"x\"", "json-malformed"),
                ("{\"items\": []}", "file-empty"),
                ("{\"items\": [{\"Part\": \"A\", \"Stock\": 5}]}", "rows-unreadable"),
            ].enumerated() {
                run = try await self.run(harness, "\(number).json", text)
                #expect(
                    run.state == .failed && run.problem?.code == code, "\(text): \(String(describing: run.problem))")
            }
            #expect(try await harness.available("A") == 1)
            #expect(try await harness.available("B") == 2)
            #expect(try await harness.inventory.number("select count(*) from feed_row") == 0)
        }
    }

    @Test("an object in each line; a line that is cut off refuses the file, any other harms only itself")
    func lines() async throws {
        try await self.with {
            $0.format = .jsonLines
        } _: { harness in
            var run = try await self.run(
                harness, "one.jsonl",
                "{\"Item\":\"A\",\"Qty\":1}\r\n\n{\"Item\":\"B\",\"Qty\":2\n[1]\n{\"Item\":\"C\",\"Qty\":3}")
            #expect(run.state == .succeeded && run.rows == 4 && run.rowsChanged == 2)
            #expect(run.faults.map(\.row) == [3, 4])
            run = try await self.run(harness, "two.jsonl", "{\"Item\":\"A\",\"Qty\":9}\n{\"Item\":\"C\",\"Q")
            #expect(run.problem?.code == "json-incomplete")
            run = try await self.run(
                harness, "list.jsonl", "[\n{\"Item\":\"A\",\"Qty\":9},\n{\"Item\":\"C\",\"Qty\":9},\n]\n")
            #expect(run.problem?.code == "rows-unreadable")
            let long = String(repeating: "x", count: 200_000)
            run = try await self.run(
                harness, "long.jsonl", "{\"Item\":\"A\",\"Qty\":4,\"x\":\"\(long)\"}\n{\"Item\":\"C\",\"Qty\":5}\n")
            #expect(run.state == .succeeded && run.rows == 2 && run.faults.map(\.row) == [1], "\(run)")
            // Of the long line nobody knows what it is about.
            #expect(try await harness.available("A") == 0)
            #expect(try await harness.available("C") == 5)
        }
    }

    @Test("stock documents, as updates take them; a document that is at fault leaves all that it may be about")
    func documents() async throws {
        try await self.with {
            $0 = FeedTable(
                format: .json, quantity: .stockAvailable,
                locations: [FeedLocationName(theirs: "EAST", ours: "WHS2")], stockDocuments: true)
        } _: { harness in
            var run = try await self.run(
                harness, "one.json",
                """
                [{"sku":"ABC1234","warehouses":[{"locationId":"WHS1","stockAvailable":100},
                  {"locationId":"EAST","stockAvailable":50}],"dropShip":true,"reorderThreshold":20},
                 {"sku":"B","warehouses":[{"locationId":"WHS1","stockAvailable":7},{"locationId":"WHS2","stockAvailable":8}]}]
                """)
            #expect(run.state == .succeeded && run.rows == 4 && run.rowsChanged == 4, "\(run)")
            #expect(try await harness.available("ABC1234", at: "WHS2") == 50)
            #expect(try await harness.inventory.number("select coalesce(max(reorder_threshold), 0) from item") == 0)
            run = try await self.run(
                harness, "two.json",
                """
                [{"sku":"ABC1234","warehouses":[{"locationId":"WHS1","stockAvailable":-1}]},
                 {"sku":"B","warehouses":[{"locationId":"WHS1","onHand":1}]},
                 {"sku":"C","warehouses":[{"locationId":"WHS1","stockAvailable":1}]}]
                """)
            #expect(run.state == .succeeded && run.rowsFailed == 2 && run.rowsAbsent == 1, "\(run)")
            #expect(run.faults.map(\.row) == [1, 2], "\(run.faults)")
            let expected = [
                ("ABC1234", "WHS1", 100), ("ABC1234", "WHS2", 50), ("B", "WHS1", 7), ("B", "WHS2", 0), ("C", "WHS1", 1),
            ]
            for (sku, location, units) in expected {
                #expect(try await harness.available(sku, at: location) == Int64(units), "\(sku) \(location)")
            }
            try await harness.inventory.expectSoundLedger()
        }
    }

    @Test("what objects that are at fault leave counts as kept by the limits of what may fall")
    func fall() async throws {
        try await FeedHarness.with { harness in
            func put(_ percent: UInt32) async throws {
                try await harness.put { feed in
                    feed.source = .dropFolder(DropFolder(folder: "acme", filePattern: "*", completion: .renamed))
                    feed.table = FeedTable(format: .jsonLines, quantity: .onHand, stockDocuments: true)
                    feed.fallLimits = FeedFallLimits(skusPercent: percent, unitsPercent: percent)
                }
            }
            try await put(10)
            func line(_ sku: String, _ first: Int, _ second: Int) -> String {
                """
                {"sku":"\(sku)","warehouses":[{"locationId":"WHS1","onHand":\(first)},\
                {"locationId":"WHS2","onHand":\(second)}]}\n
                """
            }
            var run = try await self.run(harness, "one", line("A", 5, 5) + line("B", 5, 5))
            #expect(run.state == .succeeded)
            run = try await self.run(harness, "two", line("A", -1, 5) + line("B", 6, 5))
            #expect(run.state == .succeeded && run.rowsAbsent == 0, "\(run)")
            run = try await self.run(harness, "three", line("B", 6, 5))
            #expect(run.state == .refused)
        }
    }

    @Test("a file is decompressed, whatever its name; what is damaged, cut off or swells is refused as a whole")
    func compressed() async throws {
        try await self.with { _ in
        } _: { harness in
            let rows = (0..<2_000).map { "SKU-\($0),\($0 + 1)\n" }.joined()
            let file = try GzipCommand.compress("\u{FEFF}Item,Qty\n" + rows)
            for (number, name) in ["stock.csv.gz", "stock.csv"].enumerated() {
                try harness.drop(name, file)
                try await harness.run()
                let run = try await harness.lastRun()
                #expect(run.state == .succeeded && run.rows == 2_000 && run.bytes == Int64(file.count), "\(run)")
                #expect(run.rowsChanged == (number == 0 ? 2_000 : 0))
            }
            #expect(try await harness.available("SKU-1999") == 2_000)
            var damaged = file
            damaged[file.count / 2] ^= 1
            let bomb = try GzipCommand.compress("Item,Qty\nSKU-1,9\n" + String(repeating: "\n", count: 2 << 20))
            for (name, bytes, code) in [
                ("cut.csv.gz", Array(file.dropLast(1)), "gzip-truncated"),
                ("cut.csv", Array(file.prefix(file.count / 2)), "gzip-truncated"),
                ("damaged.csv", damaged, "gzip-damaged"),
                ("plain.csv.gz", Array("Item,Qty\nSKU-1,9\n".utf8), "gzip-damaged"),
                ("bomb.csv", bomb, "gzip-ratio-too-high"),
                ("twice.csv.gz", try GzipCommand.compress(file), "gzip-twice"),
            ] {
                try harness.drop(name, bytes)
                let feed = try await harness.run()
                #expect(feed.status?.problem?.code == code, "\(name): \(String(describing: feed.status?.problem))")
                #expect(harness.names("failed").contains(name))
            }
            #expect(try await harness.inventory.number("select count(*) from feed_row") == 0)
            #expect(try await harness.inventory.number("select count(*) from movement") == 2_000)
            #expect(try await harness.inventory.number("select count(*) from feed_level") == 2_000)
        }
    }
}
