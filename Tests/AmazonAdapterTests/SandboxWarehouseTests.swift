import ChannelAdapter
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import TestSupport
import Testing

@testable import AmazonAdapter

@Suite("The adapter reads what lies in the warehouses of Amazon's stand-in", .timeLimit(.minutes(5)))
struct SandboxWarehouseTests {
    private static func query(_ amazon: SandboxSeller, _ more: String = "") -> String {
        let marketplace = amazon.account.settings["marketplaceId", default: ""]
        return "/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId=\(marketplace)"
            + "&marketplaceIds=\(marketplace)\(more)"
    }

    private static func read(_ amazon: SandboxSeller) async throws -> (rows: [FulfilledStock], pages: Int) {
        var (rows, page, pages) = ([FulfilledStock](), "", 0)
        repeat {
            let next = try await amazon.session.fulfilledStock(page: page)
            #expect(next.quotas.map(\.ratePerSecond) == [2] && next.rows.count <= 50)
            (rows, page, pages) = (rows + next.rows, next.next, pages + 1)
        } while !page.isEmpty
        return (rows, pages)
    }

    @Test("whatever was counted, page by page, each SKU once, in whatever characters its name is written")
    func counted() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let skus = (0..<120).map { "PAD-\($0)" } + ["A/B C&D=#?+%,", "\u{e9}\u{1F600}"]
        try await SandboxSeller.with(skus.map { SandboxProduct(sku: $0, quantity: 9) } + [.init(sku: "own")]) {
            amazon in
            #expect(try await Self.read(amazon).rows.isEmpty)
            var counted: [String: FulfilledStock] = [:]
            for sku in skus {
                let units = (0..<6).map { _ in Int.random(in: 0...1_000_000, using: &random) }
                let answer = try await amazon.countWarehouse(
                    sku,
                    [
                        "fulfillable": .number(units[0]), "reserved": .number(units[1]),
                        "inboundWorking": .number(units[2]), "inboundShipped": .number(units[3]),
                        "inboundReceiving": .number(units[4]), "unfulfillable": .number(units[5]),
                    ])
                #expect(answer.status == 200, "\(sku): \(answer.text)")
                counted[sku] = FulfilledStock(
                    platformSKU: sku, fulfillable: Int64(units[0]), reserved: Int64(units[1]),
                    inbound: Int64(units[2] + units[3] + units[4]))
            }
            // What is left out stays.
            try await amazon.countWarehouse("PAD-3", ["fulfillable": 0])
            counted["PAD-3"]?.fulfillable = 0
            let read = try await Self.read(amazon)
            #expect(read.pages == 3 && read.rows.count == skus.count)
            #expect(Dictionary(read.rows.map { ($0.platformSKU, $0) }) { $1 } == counted)
            // The seller's own shelf is another thing.
            #expect(try await amazon.shelf().values.allSatisfy { [0, 9].contains($0.available) })
            let shown = try await amazon.sandbox.send("GET", "/control/shops/\(SandboxSeller.name)/warehouse").json
            #expect(shown.object?.count == skus.count && shown["PAD-3"]?["fulfillable"] == 0)
        }
    }

    @Test("summaries have details where they are asked for alone, and the sum of all units in any case")
    func details() async throws {
        try await SandboxSeller.with([SandboxProduct(sku: "A", title: "Pads")]) { amazon in
            try await amazon.countWarehouse("A", ["fulfillable": 5, "reserved": 2, "unfulfillable": 1])
            let without = try await amazon.send("GET", Self.query(amazon)).json["payload"]?["inventorySummaries"]
            #expect(without?.array?.count == 1 && without?.array?.first?["inventoryDetails"] == nil)
            #expect(without?.array?.first?["totalQuantity"] == 8 && without?.array?.first?["productName"] == "Pads")
            let with = try await amazon.send("GET", Self.query(amazon, "&details=true")).json
            let details = with["payload"]?["inventorySummaries"]?.array?.first?["inventoryDetails"]
            #expect(details?["fulfillableQuantity"] == 5 && details?["reservedQuantity"]?["totalReservedQuantity"] == 2)
            #expect(with["pagination"] == nil)
        }
    }

    @Test("questions that make no sense are refused, and so is a page's token with another question")
    func refused() async throws {
        try await SandboxSeller.with((0..<51).map { SandboxProduct(sku: "PAD-\($0)") }) { amazon in
            for number in 0..<51 { try await amazon.countWarehouse("PAD-\(number)", ["fulfillable": 1]) }
            let token = try await amazon.send("GET", Self.query(amazon)).json["pagination"]?["nextToken"]?.text ?? ""
            let whole = Self.query(amazon)
            for wrong in [
                whole + "&nextToken=strange", whole + "&details=true&nextToken=\(token)", whole + "&details=yes",
                whole + "&startDate=1", whole.replacing("granularityType=Marketplace&", with: ""),
                whole.replacing("&marketplaceIds=", with: "&marketplaceIds=OTHER,"),
                whole.replacing("granularityId=", with: "granularityId=X"),
            ] {
                let answer = try await amazon.send("GET", wrong)
                #expect(answer.status == 400, "\(wrong)")
                #expect(answer.json["errors"]?.array?.first?["code"] == "InvalidInput")
            }
            #expect(try await amazon.send("GET", whole + "&nextToken=\(token)").status == 200)
            #expect(try await amazon.countWarehouse("none", ["fulfillable": 1]).status == 404)
            #expect(try await amazon.countWarehouse("PAD-1", ["fulfillable": -1]).status == 400)
            #expect(try await amazon.countWarehouse("PAD-1", ["available": 1]).status == 400)
        }
    }

    @Test("a page's token ends after half a minute")
    func expired() async throws {
        try await SandboxSeller.with((0..<51).map { SandboxProduct(sku: "PAD-\($0)") }) { amazon in
            for number in 0..<51 { try await amazon.countWarehouse("PAD-\(number)", ["fulfillable": 1]) }
            let token = try await amazon.send("GET", Self.query(amazon)).json["pagination"]?["nextToken"]?.text ?? ""
            let parts = token.split(separator: ".")
            let made = try #require(parts.last.flatMap { Int64($0) })
            // The token says itself when it was made, so that no test has to wait for it.
            let older = (parts.dropLast().map(String.init) + ["\(made - 30_000)"]).joined(separator: ".")
            let answer = try await amazon.send("GET", Self.query(amazon, "&nextToken=\(older)"))
            #expect(answer.status == 400 && answer.text.contains("expired"), "\(answer.text)")
            let younger = older.replacing("\(made - 30_000)", with: "\(made - 10_000)")
            #expect(try await amazon.send("GET", Self.query(amazon, "&nextToken=\(younger)")).status == 200)
        }
    }

    @Test("two at once, and then two a second")
    func limit() async throws {
        try await SandboxSeller.with([]) { amazon in
            try await amazon.setFaults(["limitsEnabled": true])
            let start = ContinuousClock.now
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 { group.addTask { try await amazon.send("GET", Self.query(amazon)).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // However slow the machine is: what was taken is no more than the time allows.
            let allowed = 2 + 2 * (start.duration(to: .now) / .seconds(1)) + 1
            let taken = statuses.count { $0 == 200 }
            #expect(taken >= 2 && Double(taken) <= allowed && statuses.allSatisfy { [200, 429].contains($0) })
        }
    }
}
