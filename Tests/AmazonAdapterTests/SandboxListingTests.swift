import ChannelAdapter
import DrivelineTesting
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import AmazonAdapter

@Suite("The adapter and the stand-in of Amazon, made apart, understand each other in listings", .timeLimit(.minutes(5)))
struct SandboxListingTests {
    private static let products = (0..<45).map { SandboxProduct(sku: "PAD/\($0)", quantity: 10, price: "24.90") }

    @Test("listings are found page by page, and quantities and prices come to the shelf some time behind the answer")
    func pushes() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            #expect(try await amazon.session.check()["listings"] == "45")
            let listings = try await amazon.listings()
            #expect(listings.count == 45 && listings["PAD/7"]?.ids["currency"] == "USD")
            #expect(listings["PAD/7"]?.ids["productType"] == "AUTO_PART")
            let rows = (0..<30).compactMap { number in
                listings["PAD/\(number)"].map { StockRow(listing: $0, quantity: Int64(number), expected: 10) }
            }
            let answer = await amazon.session.pushStock(rows, key: "first")
            #expect(answer.outcomes.allSatisfy { $0.fault == nil } && answer.quotas.map(\.ratePerSecond) == [5])
            let prices = rows.prefix(5).map { PriceRow(listing: $0.listing, micros: 19_990_000, currency: "USD") }
            #expect(await amazon.session.pushPrices(Array(prices), key: "p").outcomes.allSatisfy { $0.fault == nil })
            try await until { try await amazon.shelf()["PAD/4"]?.price == "19.99" }
            let shelf = try await amazon.shelf()
            #expect((0..<30).allSatisfy { (number: Int) in shelf["PAD/\(number)"]?.available == number })
            #expect(shelf["PAD/5"]?.price == "24.90" && shelf["PAD/44"]?.available == 10)
            var asked = (0..<5).compactMap { listings["PAD/\($0)"] }
            asked.append(.example("gone"))
            let readings = try await amazon.session.shelves(asked)
            #expect(readings.map(\.exists) == [true, true, true, true, true, false])
            #expect(readings.prefix(5).map(\.quantity) == [0, 1, 2, 3, 4])
            #expect(readings[4].priceMicros == 19_990_000 && readings[4].currency == "USD")
        }
    }

    @Test("what is accepted is not shown before its time, and the later of two submissions stays")
    func accepted() async throws {
        try await SandboxSeller.with(Array(Self.products.prefix(1))) { amazon in
            try await amazon.setFaults(["processingMilliseconds": 86_400_000])
            let listing = try #require(try await amazon.listings()["PAD/0"])
            for quantity in [3, 4] as [Int64] {
                let row = StockRow(listing: listing, quantity: quantity, expected: nil)
                #expect(await amazon.session.pushStock([row], key: "k").outcomes[0].fault == nil)
            }
            #expect(try await amazon.session.shelves([listing])[0].quantity == 10)
            try await amazon.setFaults([:])
            try await until { try await amazon.shelf()["PAD/0"]?.available == 4 }
            try await Task.sleep(for: .milliseconds(60))
            #expect(try await amazon.shelf()["PAD/0"]?.available == 4)
        }
    }

    @Test("a row that is wrong is told so, and its neighbours are set")
    func badRows() async throws {
        try await SandboxSeller.with(Array(Self.products.prefix(3))) { amazon in
            let listings = try await amazon.listings()
            var rows = (0..<3).compactMap { number in
                listings["PAD/\(number)"].map { PriceRow(listing: $0, micros: 5_000_000, currency: "USD") }
            }
            rows[1].currency = "EUR"
            rows[1].listing.ids["currency"] = nil
            rows[2].listing.ids["productType"] = "LUGGAGE"
            rows.append(PriceRow(listing: .example("gone"), micros: 1_000_000, currency: "USD"))
            let outcomes = await amazon.session.pushPrices(rows, key: "k").outcomes
            #expect(outcomes.map(\.fault?.kind) == [nil, .refused, .refused, .refused])
            #expect(outcomes[1].fault?.code == "99022" && outcomes[3].fault?.code == "listing-missing")
            try await until { try await amazon.shelf()["PAD/0"]?.price == "5.00" }
            #expect(try await amazon.shelf()["PAD/1"]?.price == "24.90")
        }
    }

    @Test("a listing is made once, keeps what nobody names, and can be stocked and priced")
    func content() async throws {
        try await SandboxSeller.with([]) { amazon in
            var row = ContentRow(
                listing: ListingReference(sku: "NEW 1", platformSKU: "", ids: [:]),
                values: [
                    .init(target: "productType", value: "BRAKE_PAD"), .init(target: "item_name", value: "Pads"),
                    .init(target: "part_number", value: "P1"), .init(target: "fitment.ktype", value: "10232,10234"),
                ])
            let first = await amazon.session.pushContent([row], key: "a").outcomes[0]
            #expect(first.fault == nil && first.ids["productType"] == "BRAKE_PAD")
            try await until { try await amazon.shelf()["NEW 1"] != nil }
            row.listing.platformSKU = "NEW 1"
            row.listing.ids = first.ids
            row.values = [.init(target: "item_name", value: "Brake pads")]
            let second = await amazon.session.pushContent([row], key: "b").outcomes[0]
            #expect(second.fault == nil, "\(String(describing: second.fault))")
            let stock = StockRow(listing: row.listing, quantity: 8, expected: nil)
            #expect(await amazon.session.pushStock([stock], key: "c").outcomes[0].fault == nil)
            let price = PriceRow(listing: row.listing, micros: 9_990_000, currency: "USD")
            #expect(await amazon.session.pushPrices([price], key: "d").outcomes[0].fault == nil)
            try await until { try await amazon.shelf()["NEW 1"]?.price == "9.99" }
            #expect(try await amazon.shelf().mapValues(\.available) == ["NEW 1": 8])
            let path =
                "/listings/2021-08-01/items/\(amazon.account.settings["sellerId", default: ""])/NEW%201"
                + "?marketplaceIds=\(amazon.account.settings["marketplaceId", default: ""])&includedData=attributes,summaries"
            let item = try await amazon.send("GET", path).json
            #expect(item["attributes"]?["item_name"]?.array?.first?["value"]?.text == "Brake pads")
            #expect(item["attributes"]?["part_number"]?.array?.first?["value"]?.text == "P1")
            #expect(item["attributes"]?["vehicle_fitment"]?.array?.count == 1)
            #expect(item["summaries"]?.array?.first?["status"] == ["BUYABLE", "DISCOVERABLE"])
        }
    }

    @Test("a listing without its name is refused by the check, and is not made")
    func preview() async throws {
        try await SandboxSeller.with([]) { amazon in
            let row = ContentRow(
                listing: ListingReference(sku: "NEW", platformSKU: "", ids: [:]),
                values: [
                    .init(target: "productType", value: "BRAKE_PAD"), .init(target: "part_number", value: "P1"),
                ])
            let fault = await amazon.session.pushContent([row], key: "a").outcomes[0].fault
            #expect(fault?.code == "90220" && fault?.kind == .refused)
            #expect(amazon.transport.exchanges.last?.request.url.contains("VALIDATION_PREVIEW") == true)
            let shelf = try await amazon.shelf()
            #expect(shelf.isEmpty)
        }
    }

    @Test("throttling, failures, a lost answer, and a consent that was taken back are told apart")
    func faults() async throws {
        try await SandboxSeller.with(Array(Self.products.prefix(1))) { amazon in
            let listing = try #require(try await amazon.listings()["PAD/0"])
            let row = StockRow(listing: listing, quantity: 1, expected: nil)
            let cases: [(JSONValue, PlatformFault.Kind, Bool)] = [
                (["throttled": true], .throttled, false), (["error500Rate": 1], .retry, true),
                (["answerLostRate": 1], .retry, true), (["tokenRevoked": true], .reauthenticate, false),
            ]
            for (faults, kind, isUnknown) in cases {
                try await amazon.setFaults(faults)
                let fault = await amazon.session.pushStock([row], key: "k").outcomes[0].fault
                #expect(
                    fault?.kind == kind && fault?.isOutcomeUnknown == isUnknown,
                    "\(faults.jsonText): \(String(describing: fault))")
            }
            // The token is asked for again, and is refused as well.
            let fault = await amazon.session.pushStock([row], key: "k").outcomes[0].fault
            #expect(fault?.code == "invalid_grant")
            try await amazon.setFaults([:])
            #expect(await amazon.session.pushStock([row], key: "k").outcomes[0].fault == nil)
        }
    }

    @Test("a token ends with its time, and with the refresh token that it was given for")
    func tokens() async throws {
        try await SandboxSeller.with([]) { amazon in
            let path = "/orders/2026-01-01/orders?lastUpdatedAfter=2026-01-01T00:00:00Z"
            let good = try await amazon.token()
            #expect(try await amazon.send("GET", path, token: good).status == 200)
            #expect(try await amazon.send("GET", path, token: good + "0").status == 403)
            try await amazon.setFaults(["accessTokenSeconds": 1])
            let short = try await amazon.token()
            try await until { try await amazon.send("GET", path, token: short).status == 403 }
            let answer = try await amazon.send("GET", path, token: short)
            #expect(answer.json["errors"]?.array?.first?["code"]?.text == "Unauthorized")
            #expect(answer.text.contains("expired"))
            _ = try await amazon.sandbox.send(
                "PUT", "/control/shops/\(SandboxSeller.name)/tokens", body: ["tokens": ["Atzr|another"]])
            #expect(
                try await amazon.sandbox.send(
                    "GET", amazon.shop.url + path, headers: ["x-amz-access-token": good]
                ).status == 403)
        }
    }

    @Test("each operation has the calls of its model, and no other takes them")
    func limits() async throws {
        try await SandboxSeller.with(Array(Self.products.prefix(1))) { amazon in
            let listing = try #require(try await amazon.listings()["PAD/0"])
            try await amazon.setFaults(["limitsEnabled": true])
            let start = ContinuousClock.now
            let answers = await withTaskGroup(of: PushAnswer.self) { group in
                for quantity in Int64(0)..<100 {
                    let row = StockRow(listing: listing, quantity: quantity, expected: nil)
                    group.addTask { await amazon.session.pushStock([row], key: "k") }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // However slow the machine is: what was taken is no more than the time allows.
            let allowed = 5 + 5 * (start.duration(to: .now) / .seconds(1)) + 1
            let taken = answers.count { $0.outcomes[0].fault == nil }
            #expect(taken >= 5 && Double(taken) <= allowed)
            let refused = answers.filter { $0.outcomes[0].fault != nil }
            #expect(refused.allSatisfy { $0.outcomes[0].fault?.kind == .throttled && $0.quotas[0].available == 0 })
            #expect(try await amazon.session.shelves([listing]).count == 1)
        }
    }
}
