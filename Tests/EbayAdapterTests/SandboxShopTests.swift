import ChannelAdapter
import DrivelineTesting
import Foundation
import OrderMessages
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite("The adapter and the stand-in of eBay, made apart, understand each other", .timeLimit(.minutes(5)))
struct SandboxShopTests {
    static let products = (0..<60).map { SandboxProduct(sku: "PAD/\($0)", quantity: 10, price: "24.90") }

    /// A while before now, in microseconds.
    static func recently() -> Int64 { Int64((Date().timeIntervalSince1970 - 600) * 1_000_000) }

    @Test("quantities and prices of matched listings come to the shelf, and are read back")
    func pushes() async throws {
        for target in ["item", "both"] {
            try await SandboxShop.with(Self.products, settings: ["quantityTarget": target]) { shop in
                let checked = try await shop.session.check()
                #expect(checked["location"] == "Warehouse")
                let listings = try await shop.listings()
                #expect(listings.count == 60)
                let rows = (0..<25).compactMap { number in
                    listings["PAD/\(number)"].map { StockRow(listing: $0, quantity: Int64(number), expected: 10) }
                }
                for key in ["first", "again"] {
                    let outcomes = await shop.session.pushStock(rows, key: key).outcomes
                    #expect(outcomes.count == 25 && outcomes.allSatisfy { $0.fault == nil })
                }
                let prices = (0..<10).compactMap { number in
                    listings["PAD/\(number)"].map {
                        PriceRow(listing: $0, micros: 1_010_000 * Int64(number + 1), currency: "USD")
                    }
                }
                #expect(await shop.session.pushPrices(prices, key: "p").outcomes.allSatisfy { $0.fault == nil })
                let shelf = try await shop.shelf()
                #expect((0..<25).allSatisfy { (number: Int) in shelf["PAD/\(number)"]?.available == number })
                #expect(shelf["PAD/9"]?.price == "10.10" && shelf["PAD/10"]?.price == "24.90")
                var asked = (0..<5).compactMap { listings["PAD/\($0)"] }
                asked.append(ListingReference(sku: "gone", platformSKU: "gone", ids: [:]))
                let readings = try await shop.session.shelves(asked)
                #expect(readings.map(\.exists) == [true, true, true, true, true, false])
                #expect(readings.prefix(5).map(\.quantity) == [0, 1, 2, 3, 4])
                #expect(readings[4].priceMicros == 5_050_000 && readings[4].currency == "USD")
            }
        }
    }

    @Test("a row that is wrong, or that the platform fails at, is told so, and its neighbours are set")
    func badRows() async throws {
        try await SandboxShop.with(Self.products) { shop in
            let listings = try await shop.listings()
            try await shop.setFaults(["refusedRowInterval": 7])
            var rows = (0..<20).compactMap { number in
                listings["PAD/\(number)"].map { StockRow(listing: $0, quantity: 77, expected: 10) }
            }
            rows[3].listing.platformSKU = "another"
            let outcomes = await shop.session.pushStock(rows, key: "k").outcomes
            #expect(outcomes[3].fault?.kind == .refused && outcomes[3].fault?.code == "25702")
            #expect(outcomes[6].fault?.kind == .retry && outcomes[13].fault?.kind == .retry)
            #expect(outcomes.enumerated().allSatisfy { [3, 6, 13].contains($0) || $1.fault == nil })
            #expect(shop.transport.exchanges.last?.status == 207)
            let shelf = try await shop.shelf()
            for number in 0..<20 {
                let quantity = [3, 6, 13].contains(number) ? 10 : 77
                #expect(shelf["PAD/\(number)"]?.available == quantity)
            }
        }
    }

    @Test("a zero is refused of an offer, and taken of its item")
    func zeros() async throws {
        try await SandboxShop.with(Array(Self.products.prefix(1))) { shop in
            let (token, listing) = (try await shop.token(), try #require(try await shop.listings()["PAD/0"]))
            let path = "/sell/inventory/v1/bulk_update_price_quantity"
            let offer: JSONValue = ["offerId": .text(listing.ids["offerId"]), "availableQuantity": 0]
            let refused = try await shop.send(
                "POST", path, ["requests": [["sku": "PAD/0", "offers": [offer]]]], token: token)
            let row = refused.json["responses"]?.array?.first
            #expect(refused.status == 207 && row?["errors"]?.array?.first?["errorId"] == 25004)
            #expect(try await shop.shelf()["PAD/0"]?.available == 10)
            let item: JSONValue = ["sku": "PAD/0", "shipToLocationAvailability": ["quantity": 0]]
            #expect(try await shop.send("POST", path, ["requests": [item]], token: token).status == 200)
            #expect(try await shop.shelf()["PAD/0"]?.available == 0)
        }
    }

    @Test("a listing that was changed 250 times today is changed no more, and others are")
    func revisions() async throws {
        try await SandboxShop.with(Array(Self.products.prefix(2))) { shop in
            let listings = try await shop.listings()
            let (first, second) = (try #require(listings["PAD/0"]), try #require(listings["PAD/1"]))
            for number in 0..<251 {
                let row = StockRow(listing: first, quantity: Int64(number), expected: nil)
                let fault = await shop.session.pushStock([row], key: "\(number)").outcomes[0].fault
                #expect(number < 250 ? fault == nil : fault?.code == "25019" && fault?.kind == .refused)
            }
            let row = StockRow(listing: second, quantity: 1, expected: nil)
            #expect(await shop.session.pushStock([row], key: "k").outcomes[0].fault == nil)
            let shelf = try await shop.shelf()
            #expect(shelf["PAD/0"]?.available == 249 && shelf["PAD/1"]?.available == 1)
        }
    }

    @Test("a new listing is bought when it has its price and its units, and not before")
    func publishing() async throws {
        try await SandboxShop.with([]) { shop in
            var listing = ListingReference(sku: "NEW/1", platformSKU: "", ids: [:])
            let values = [
                ("title", "Brake pads"), ("categoryId", "33563"), ("aspects.Brand", "Example"),
                ("fitment", #"[{"Year":"2020","Make":"Ford","Model":"Focus","notes":"front"}]"#),
            ].map { ContentRow.Value(target: $0.0, value: $0.1) }
            for _ in 0..<2 {
                let outcome = await shop.session.pushContent([ContentRow(listing: listing, values: values)], key: "c")
                    .outcomes[0]
                #expect(outcome.fault == nil)
                listing.ids.merge(outcome.ids) { $1 }
            }
            listing.platformSKU = "NEW/1"
            let price = PriceRow(listing: listing, micros: 9_990_000, currency: "USD")
            #expect(await shop.session.pushPrices([price], key: "p").outcomes[0].fault == nil)
            #expect(try await shop.sandbox.placeOrder(SandboxShop.name, ["NEW/1": 1]) == nil)
            let stock = StockRow(listing: listing, quantity: 4, expected: nil)
            let outcome = await shop.session.pushStock([stock], key: "s").outcomes[0]
            #expect(outcome.fault == nil && outcome.ids["listingId"]?.isEmpty == false)
            #expect(try await shop.sandbox.placeOrder(SandboxShop.name, ["NEW/1": 1]) != nil)
            let shelf = try await shop.shelf()
            #expect(shelf["NEW/1"]?.available == 3 && shelf["NEW/1"]?.price == "9.99")
            // Texts are put again, and what they say nothing of stays.
            let again = ContentRow(listing: listing, values: [.init(target: "title", value: "Better pads")])
            #expect(await shop.session.pushContent([again], key: "d").outcomes[0].fault == nil)
            let token = try await shop.token()
            let item = try await shop.send("GET", "/sell/inventory/v1/inventory_item/NEW%2F1", token: token).json
            #expect(item["product"]?["title"] == "Better pads")
            #expect(item["product"]?["aspects"]?["Brand"] == ["Example"])
            #expect(try await shop.shelf()["NEW/1"]?.available == 3)
        }
    }

    @Test("orders are polled page by page, read, sent once, given money back for once, and cancelled")
    func orders() async throws {
        try await SandboxShop.with(Array(Self.products.prefix(3))) { shop in
            for sku in ["PAD/0", "PAD/1", "PAD/2"] {
                try await shop.sandbox.editShelf(SandboxShop.name, sku, available: 100)
            }
            for _ in 0..<53 {
                _ = try #require(try await shop.sandbox.placeOrder(SandboxShop.name, ["PAD/0": 1, "PAD/1": 1]))
            }
            let since = Self.recently()
            let first = try await shop.session.orders(since: since, page: "")
            let second = try await shop.session.orders(since: since, page: first.next)
            #expect(first.orders.count == 50 && second.orders.count == 3 && second.next.isEmpty)
            #expect(Set((first.orders + second.orders).map(\.id)).count == 53)
            let polled = first.orders[0]
            let request = try shop.adapter.order(from: polled.body, account: shop.account)
            #expect(Set(request.items.map(\.sku)) == ["PAD/0", "PAD/1"] && request.orderID == polled.id)
            #expect(request.currency == "USD" && request.paymentStatus == .paid)
            try await Self.ship(request, shop)
            try await Self.refund(polled.id, shop)
            let other = second.orders[0].id
            let cancellation = OrderTaskCall(key: "c", kind: .cancel, orderID: other, reason: "buyer")
            for _ in 0..<2 { #expect(await shop.session.carryOut(cancellation).fault == nil) }
            #expect(try shop.adapter.isCancelled(try await shop.session.order(id: other).body))
            #expect(try await shop.shelf()["PAD/0"]?.available == 48)
            let shipped = OrderTaskCall(key: "c", kind: .cancel, orderID: polled.id, reason: "buyer")
            #expect(await shop.session.carryOut(shipped).fault?.code == "not-cancellable")
            let missing = await #expect(throws: PlatformFault.self) {
                try await shop.session.order(id: "00-00000-00000")
            }
            #expect(missing?.code == "order-missing")
        }
    }

    private static func ship(_ request: PlaceOrderRequest, _ shop: SandboxShop) async throws {
        let lines = request.items.map {
            OrderTaskCall.Line(lineID: $0.channelLineID, sku: $0.sku, quantity: $0.quantity)
        }
        var parcel = OrderTaskCall(
            key: "s", kind: .ship, orderID: request.orderID, lines: [lines[0]], carrier: "UPS",
            trackingNumber: "1Z-99 9", happenedAt: Self.recently())
        let sent = await shop.session.carryOut(parcel)
        #expect(sent.fault == nil && sent.platformID == "1Z999")
        #expect(await shop.session.carryOut(parcel).platformID == "1Z999")
        parcel.mayBeDone = true
        #expect(await shop.session.carryOut(parcel).platformID == "1Z999")
        var rest = OrderTaskCall(
            key: "t", kind: .ship, orderID: request.orderID, lines: [lines[1]], happenedAt: Self.recently())
        let second = await shop.session.carryOut(rest)
        #expect(second.fault == nil && !second.platformID.isEmpty)
        rest.mayBeDone = true
        #expect(await shop.session.carryOut(rest).platformID == second.platformID)
        rest.mayBeDone = false
        #expect(await shop.session.carryOut(rest).fault?.code == "32600")
        let order = try await shop.session.order(id: request.orderID)
        #expect(try shop.adapter.order(from: order.body, account: shop.account).status == .shipped)
    }

    private static func refund(_ id: String, _ shop: SandboxShop) async throws {
        var refund = OrderTaskCall(
            key: "r", kind: .refund, orderID: id, happenedAt: Int64(Date().timeIntervalSince1970 * 1_000_000),
            reason: "return", currency: "USD", amountMicros: 10_000_000)
        let returned = await shop.session.carryOut(refund)
        #expect(returned.fault == nil && !returned.platformID.isEmpty)
        refund.mayBeDone = true
        #expect(await shop.session.carryOut(refund).platformID == returned.platformID)
        (refund.mayBeDone, refund.amountMicros) = (false, 100_000_000)
        // While the first one is on its way there is no other.
        var faults: [PlatformFault?] = []
        try await until {
            faults.append(await shop.session.carryOut(refund).fault)
            return faults.last??.code != "34922"
        }
        #expect(faults.last??.code == "34915" && faults.last??.kind == .refused)
        #expect(faults.dropLast().allSatisfy { $0?.kind == .retry })
    }
}
