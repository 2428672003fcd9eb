import DrivelineTesting
import Jobs
import Postgres
import PricingAPI
import PricingMessages
import TestSupport
import Testing

@testable import PricingService

@Suite(.timeLimit(.minutes(5))) struct PriceImportTests {
    static let header = "listId,sku,minimumQuantity,amount,validFrom,validTo,action\n"

    @Test("prices are made, changed, removed and left as they are, as calls would, and what stood goes to the history")
    func prices() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            try await files.pricing.put(.sample("dealer", priority: 1))
            let first = try await files.imported(
                Self.header
                    + "retail,A,,10.50,,,\nretail,A,12,9,2026-01-01,2027-01-01,\ndealer,A,1,8,,,\nretail,B,1,5,,,\n",
                PriceImportOptions(format: .csv, reason: "spring"))
            #expect(first.state == .succeeded && first.problem == nil)
            #expect((first.records, first.pricesCreated, first.recordsFailed) == (4, 4, 0))
            let second = try await files.imported(
                Self.header
                    + "retail,A,1,10.50,,,\nretail,A,12,9,2026-01-01,,C\ndealer,A,1,7.99,,,\nretail,B,,,,,D\nretail,C,,,,,D\n"
            )
            #expect((second.unchanged, second.pricesChanged, second.pricesRemoved) == (2, 2, 1))
            #expect(
                try await files.prices() == [
                    "dealer A 1 -infinity infinity 7990000", "retail A 1 -infinity infinity 10500000",
                    "retail A 12 2026-01-01 00:00:00+00 infinity 9000000",
                ])
            #expect(
                try await files.history() == [
                    "dealer A 1 -infinity infinity 8000000",
                    "retail A 12 2026-01-01 00:00:00+00 2027-01-01 00:00:00+00 9000000",
                    "retail B 1 -infinity infinity 5000000",
                ])
            let known = try await files.pricing.history(of: "A", listID: "retail")
            #expect(known.contains { $0.reason == "spring" && $0.recordedBy == "tester" && !$0.importID.isEmpty })
            #expect(try await files.staged() == 0)
        }
    }

    @Test("what changed is told in events of the import, each of at most 500 prices of one list and bucket")
    func events() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            let rows = (1...600).map { "retail,A,\($0),\($0).5,,,\n" }.joined()
            let found = try await files.imported(Self.header + rows + "retail,B,,1,,,\n")
            #expect(found.pricesCreated == 601)
            let events = try await files.pricing.events("pricing.prices.changed", as: PricesChanged.self)
            #expect(events.map(\.changes.count).sorted() == [1, 100, 500])
            #expect(
                events.allSatisfy {
                    $0.listID == "retail" && found.importID.hasSuffix($0.importID) && !$0.importID.isEmpty
                })
        }
    }

    @Test("records that cannot be taken are named with line, SKU, list, field and reason, and harm no other")
    func failed() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            var tiered = PriceList.sample("tiered", priority: 1)
            tiered.monotoneTiers = true
            try await files.pricing.put(tiered)
            let found = try await files.imported(
                Self.header
                    + "other,A,,1,,,\nretail,A,,x,,,\nretail,A,,2,,,\nretail,A,1,3,,,\ntiered,T,1,1,,,\ntiered,T,10,2,,,\n"
                    + "tiered,U,1,2,,,\ntiered,U,10,1,,,\n")
            #expect(found.state == .succeeded && (found.records, found.recordsFailed, found.pricesCreated) == (8, 5, 3))
            let lines = try await files.lines(.failedRecords, of: found).sorted()
            #expect(lines.count == 5)
            func has(_ parts: String...) -> Bool { lines.contains { line in parts.allSatisfy { line.contains($0) } } }
            #expect(has("\"line\":2", "\"list-not-found\"", "\"listId\":\"other\"", "\"field\":\"listId\""))
            #expect(has("\"line\":3", "\"invalid-amount\"", "\"sku\":\"A\"", "\"field\":\"amount\""))
            #expect(has("\"line\":5", "\"duplicate-entry\"", "\"sku\":\"A\""))
            #expect(has("\"line\":6", "\"tiers-not-monotone\"", "\"listId\":\"tiered\""))
            #expect(has("\"line\":7", "\"tiers-not-monotone\""))
            #expect(
                try await files.prices() == [
                    "retail A 1 -infinity infinity 2000000", "tiered U 1 -infinity infinity 2000000",
                    "tiered U 10 -infinity infinity 1000000",
                ])
        }
    }

    @Test("more records of one SKU than are taken at once are refused and counted")
    func crowded() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            let rows = (1...4_100).map { "retail,A,\($0),1,,,\n" }.joined()
            let found = try await files.imported(Self.header + rows + "retail,B,,1,,,\n")
            #expect(found.state == .succeeded && (found.pricesCreated, found.recordsFailed) == (1, 4_100))
            let lines = try await files.lines(.failedRecords, of: found)
            #expect(lines.contains { $0.contains("has 1100 more records") })
        }
    }

    @Test("a bucket with more than one piece is done whole, in a full file, too")
    func pieces() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            let bucket = files.pricing.brand.bucket(of: "0")
            let skus = (0..<400_000).lazy.map { "\($0)" }.filter { files.pricing.brand.bucket(of: $0) == bucket }
                .prefix(4_500)
            let rows = skus.map { "retail,\($0),,1,,,\n" }
            let first = try await files.imported(Self.header + rows.joined())
            #expect(first.state == .succeeded && first.pricesCreated == Int64(rows.count) && rows.count > 4_000)
            let second = try await files.imported(
                Self.header + "retail,0,,1,,,\n", PriceImportOptions(format: .csv, full: true))
            #expect((second.unchanged, second.pricesRemoved) == (1, Int64(rows.count) - 1))
        }
    }

    @Test("prices under a floor are refused or held as the brand says, against the floors of the same file")
    func floors() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            try await files.pricing.put(.sample("zmap", type: .minimumAdvertised))
            let file = Self.header + "retail,A,,9,,,\nretail,B,,10,,,\nzmap,A,,10,,,\nzmap,B,,10,,,\n"
            let refused = try await files.imported(file)
            #expect((refused.recordsFailed, refused.pricesHeld, refused.pricesCreated) == (1, 0, 3))
            let lines = try await files.lines(.failedRecords, of: refused)
            #expect(lines.count == 1 && lines[0].contains("under-floor") && lines[0].contains("\"line\":2"))
            _ = try await files.pricing.lists.putSettings(
                PutPricingSettingsRequest(settings: PricingSettings(minimumAdvertisedPolicy: .hold)))
            let held = try await files.imported(file)
            #expect((held.recordsFailed, held.pricesHeld, held.unchanged) == (0, 1, 3))
            let holds = try await files.pricing.lists.listHolds(ListHoldsRequest()).holds
            #expect(holds.map(\.price?.sku) == ["A"] && holds.map(\.floorListID) == ["zmap"])
            // What waits is taken back with the import.
            #expect(try await files.undo(held).refused == [])
            #expect(try await files.pricing.lists.listHolds(ListHoldsRequest()).holds == [])
        }
    }

    @Test("a dry run changes nothing, and says exactly what the run then does", arguments: [false, true])
    func dryRun(isFull: Bool) async throws {
        try await PriceFileHarness.with { files in
            try await Self.makeLists(files)
            var random = SeededGenerator(seed: testSeed())
            _ = try await files.imported(Self.file(300, using: &random))
            let (prices, history) = (try await files.prices(), try await files.history())
            let events = try await files.pricing.events().count
            let file = Self.file(250, using: &random)
            var options = PriceImportOptions(format: .csv, dryRun: true, full: isFull)
            let dry = try await files.imported(file, options)
            #expect(dry.state == .succeeded)
            #expect(try await files.prices() == prices)
            #expect(try await files.history() == history)
            #expect(try await files.pricing.events().count == events)
            options.dryRun = false
            let real = try await files.imported(file, options)
            for count in [\PriceImport.pricesCreated, \.pricesChanged, \.pricesRemoved, \.pricesHeld, \.unchanged] {
                #expect(dry[keyPath: count] == real[keyPath: count])
            }
            #expect(dry.recordsFailed == real.recordsFailed && real.pricesChanged > 0 && real.pricesHeld > 0)
            let failed = try await files.lines(.failedRecords, of: real)
            #expect(try await files.lines(.failedRecords, of: dry) == failed)
            let differences = try await files.lines(.differences, of: dry)
            let expected = real.pricesCreated + real.pricesChanged + real.pricesRemoved + real.pricesHeld
            #expect(Int64(differences.count) == expected)
            #expect(Int64(differences.count { $0.contains("\"change\":\"created\"") }) == real.pricesCreated)
        }
    }

    /// Lists of which one sets floors, under which prices are held, and one has monotone tiers.
    static func makeLists(_ files: PriceFileHarness) async throws {
        var dealer = PriceList.sample("dealer", priority: 1)
        dealer.monotoneTiers = true
        for list in [.sample("retail"), dealer, .sample("map", type: .minimumAdvertised)] {
            try await files.pricing.put(list)
        }
        _ = try await files.pricing.lists.putSettings(
            PutPricingSettingsRequest(settings: PricingSettings(minimumAdvertisedPolicy: .hold)))
    }

    /// A file that a seed determines, with faults of all kinds.
    static func file(_ skus: Int, using random: inout SeededGenerator) -> String {
        var text = self.header
        for number in 0..<skus {
            for list in ["retail", "dealer", "map"] where Int.random(in: 0..<4, using: &random) > 0 {
                for quantity in [1, 10] where Bool.random(using: &random) {
                    let amount = Int.random(in: list == "map" ? 1...20 : 8...40, using: &random)
                    let action = Int.random(in: 0..<12, using: &random) == 0 ? "D" : ""
                    let from = Int.random(in: 0..<5, using: &random) == 0 ? "2030-01-01" : ""
                    text += "\(list),S\(number),\(quantity),\(amount).\(number % 10),\(from),,\(action)\n"
                    if Int.random(in: 0..<30, using: &random) == 0 {
                        text += "\(list),S\(number),\(quantity),1,\(from),,\n"
                    }
                }
            }
        }
        return text
    }
}
