import ChannelAdapter
import DrivelineTesting
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import AmazonAdapter

@Suite("The adapter and the stand-in of Amazon, made apart, understand each other in feeds", .timeLimit(.minutes(5)))
struct SandboxFeedTests {
    private static let count = 450
    private static let products = (0..<Self.count).map {
        SandboxProduct(sku: "PAD-\($0)", quantity: 10, price: "24.90")
    }

    private static func rows(_ quantity: Int64) -> [StockRow] {
        (0..<self.count).map { StockRow(listing: .example("PAD-\($0)"), quantity: quantity, expected: nil) }
    }

    /// Pushes all quantities by a feed, and compares what is told of each row with the shelf.
    ///
    /// - Returns: The rows' faults.
    private static func push(_ amazon: SandboxSeller, _ quantity: Int64) async throws -> [PlatformFault?] {
        let outcomes = await amazon.session.pushStockInBulk(Self.rows(quantity), key: "k").outcomes
        let shelf = try await amazon.shelf()
        #expect(outcomes.count == Self.count)
        for (number, outcome) in outcomes.enumerated() {
            let isDone = shelf["PAD-\(number)"]?.available == Int(quantity)
            if outcome.fault == nil { #expect(isDone, "PAD-\(number) is told to be done") }
            if let fault = outcome.fault, !fault.isOutcomeUnknown {
                #expect(!isDone, "PAD-\(number) is told to have failed")
            }
        }
        return outcomes.map(\.fault)
    }

    @Test("quantities, prices and texts come to the shelf by feeds")
    func done() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            #expect(try await Self.push(amazon, 33).allSatisfy { $0 == nil })
            let prices = (0..<Self.count).map {
                PriceRow(listing: .example("PAD-\($0)"), micros: 5_010_000, currency: "USD")
            }
            #expect(await amazon.session.pushPricesInBulk(prices, key: "p").outcomes.allSatisfy { $0.fault == nil })
            let texts = (0..<Self.count).map {
                ContentRow(listing: .example("PAD-\($0)"), values: [.init(target: "item_name", value: "Pads")])
            }
            #expect(await amazon.session.pushContentInBulk(texts, key: "t").outcomes.allSatisfy { $0.fault == nil })
            let shelf = try await amazon.shelf()
            #expect(shelf.count == Self.count)
            #expect(shelf.values.allSatisfy { $0.available == 33 && $0.price == "5.01" })
        }
    }

    @Test("where every third message is refused, just those rows are told so", arguments: [nil, "GZIP", "UNANNOUNCED"])
    func refused(compression: String?) async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            try await amazon.setFaults(["refusedRowInterval": 3, "reportCompression": .text(compression)])
            let faults = try await Self.push(amazon, 33)
            #expect(faults.enumerated().allSatisfy { ($0 % 3 == 2) == ($1?.kind == .refused) })
            try await amazon.setFaults([:])
            #expect(try await Self.push(amazon, 34).allSatisfy { $0 == nil })
        }
    }

    @Test("rows that a report misses are not known, and no row is told to be what it is not")
    func missing() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            try await amazon.setFaults(["missingReportInterval": 10])
            let faults = try await Self.push(amazon, 33)
            #expect(faults.allSatisfy { $0?.isOutcomeUnknown == true })
        }
    }

    @Test(
        "a feed that is broken off, cancelled or stuck is told so",
        arguments: [
            ("FATAL", "feed-fatal", true), ("CANCELLED", "feed-cancelled", false),
            ("STUCK_IN_QUEUE", "feed-stuck", true), ("STUCK_IN_PROGRESS", "feed-stuck", true),
        ])
    func ends(end: String, code: String, isUnknown: Bool) async throws {
        try await SandboxSeller.with(Self.products, settings: ["feedSeconds": "1500"]) { amazon in
            try await amazon.setFaults(["feedEnd": .string(end)])
            let faults = try await Self.push(amazon, 33)
            #expect(
                faults.allSatisfy { $0?.code == code && $0?.isOutcomeUnknown == isUnknown },
                "\(String(describing: faults[0]))")
            // One that is broken off is half done.
            let done = try await amazon.shelf().values.filter { $0.available == 33 }.count
            #expect(done == (end == "FATAL" ? Self.count / 2 : 0))
            try await amazon.setFaults([:])
            #expect(try await Self.push(amazon, 34).allSatisfy { $0 == nil })
        }
    }

    @Test("a document is taken at its address alone, as what it was said to be, and no feed is made of nothing")
    func documents() async throws {
        try await SandboxSeller.with([]) { amazon in
            let made = try await amazon.send(
                "POST", "/feeds/2021-06-30/documents", ["contentType": "application/json; charset=UTF-8"]
            ).json
            let url = try #require(made["url"]?.text)
            let put = { (url: String, type: String) in
                try await amazon.sandbox.send("PUT", url, bytes: Array("{}".utf8), headers: ["Content-Type": type])
                    .status
            }
            #expect(try await put(url, "text/plain") == 403)
            #expect(try await put(url + "0", "application/json; charset=UTF-8") == 403)
            let feed: JSONValue = [
                "feedType": "JSON_LISTINGS_FEED", "inputFeedDocumentId": made["feedDocumentId"] ?? .null,
                "marketplaceIds": [.string(amazon.account.settings["marketplaceId", default: ""])],
            ]
            #expect(try await amazon.send("POST", "/feeds/2021-06-30/feeds", feed).status == 400)
            #expect(try await put(url, "application/json; charset=UTF-8") == 200)
            let id = try await amazon.send("POST", "/feeds/2021-06-30/feeds", feed).json["feedId"]?.text ?? ""
            // Its document is none of a feed.
            try await until {
                try await amazon.send("GET", "/feeds/2021-06-30/feeds/\(id)").json["processingStatus"] == "FATAL"
            }
            #expect(try await amazon.send("DELETE", "/feeds/2021-06-30/feeds/\(id)").status == 400)
        }
    }
}
