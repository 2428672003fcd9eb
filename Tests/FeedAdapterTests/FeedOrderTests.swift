import ChannelAdapter
import Foundation
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import FeedAdapter

@Suite("Orders come from a partner's files, each once and none held up by another")
struct FeedOrderTests {
    private static let file = """
        orderId,line,sku,quantity,price,discount,tax,currency,shipping,orderDate,name,address1,city,region,postalCode,country,phone,email,note
        PO-1,1,A,2,19.99,1.00,2.40,USD,5.00,2026-01-31,Ada Example,1 Main St,Austin,TX,78701,US,+1555,ada@example.com,"ring, twice"
        PO-2,1,A,1,,,,USD,,2026-01-31T10:00:00+01:00,Bob,,,,,,,,
        PO-1,2,B,1,3.5,,,USD,,,,,,,,,,,

        """

    private static func order(
        _ order: PlatformOrder, _ settings: [String: String] = [:]
    ) throws(PlatformFault)
        -> PlaceOrderRequest
    {
        try FeedAdapter().order(from: order.body, account: FeedPlace.account(settings))
    }

    @Test("rows of one order are one order, wherever they stand in the file")
    func whole() async throws {
        let place = try FeedPlace()
        try place.write("orders/new.csv", Self.file)
        let page = try await place.session().orders(since: 0, page: "")
        #expect(page.orders.map(\.id) == ["PO-1", "PO-2"] && page.next.isEmpty)
        let first = try Self.order(page.orders[0])
        #expect(
            first.orderID == "PO-1" && first.connection == "hub" && first.platform == "Feed" && first.currency == "USD")
        #expect(first.orderDate?.seconds == 1_769_817_600 && first.shipping == Decimal(micros: 5_000_000))
        #expect(
            first.note == "ring, twice"
                && first.buyer == Buyer(name: "Ada Example", email: "ada@example.com", phone: "+1555"))
        #expect(
            first.shippingAddress
                == Address(
                    name: "Ada Example", lines: ["1 Main St"], city: "Austin", region: "TX", postalCode: "78701",
                    country: "US", phone: "+1555"))
        #expect(
            first.items == [
                OrderItem(
                    sku: "A", quantity: 2, price: Decimal(micros: 19_990_000), discount: Decimal(micros: 1_000_000),
                    tax: Decimal(micros: 2_400_000), channelLineID: "1"),
                OrderItem(sku: "B", quantity: 1, price: Decimal(micros: 3_500_000), channelLineID: "2"),
            ])
        let second = try Self.order(page.orders[1])
        #expect(second.items == [OrderItem(sku: "A", quantity: 1, channelLineID: "1")])
        #expect(second.orderDate?.seconds == 1_769_850_000)
        #expect(try place.names("orders") == ["new.csv"])
    }

    @Test("a partner's own names, delimiter and words are read by the settings")
    func columns() async throws {
        let place = try FeedPlace()
        let settings = [
            "orderColumns": "orderId=PO Number,sku=Part,quantity=Qty,status=State,paymentStatus=Paid?",
            "delimiter": "|",
            "currency": "EUR",
        ]
        try place.write(
            "orders/a.txt",
            "\u{FEFF}po number|Part|Qty|State|Paid?|other\r\n7|A|3|CANCELED|paid|x\r\n8|A|3|Shipped||\r\n")
        let page = try await place.session(settings).orders(since: 0, page: "")
        let orders = try page.orders.map { try Self.order($0, settings) }
        #expect(
            orders.map(\.status) == [.cancelled, .shipped] && orders.map(\.paymentStatus) == [.paid, .unspecified])
        #expect(orders.map(\.currency) == ["EUR", "EUR"])
        #expect(try page.orders.map { try FeedAdapter().isCancelled($0.body) } == [true, false])
    }

    @Test("a file that cannot be read, and rows that cannot, are orders of their own that say so")
    func unreadable() async throws {
        let place = try FeedPlace()
        try place.write("orders/1-empty.csv", "")
        try Data([0xFF, 0xFE, 0x41, 0x00]).write(to: place.root.appending(path: "brand-1/orders/2-utf16.csv"))
        try place.write("orders/3-rows.csv", "orderId,sku,quantity\n,A,1\nPO-9,A,1\n\"open,A,1\n")
        try place.write("orders/4-columns.csv", "id;sku\nPO-1;A\n")
        try place.write("orders/5-values.csv", "orderId,sku,quantity,price\nQ,A,0,\nR,,1,\nS,A,1,1e2\nT,A,1,-1\n")
        var (page, orders) = ("", [PlatformOrder]())
        repeat {
            let next = try await place.session().orders(since: 0, page: page)
            orders += next.orders
            page = next.next
        } while !page.isEmpty
        var faults: [String: String] = [:]
        var taken: [String] = []
        for order in orders {
            do throws(PlatformFault) {
                taken.append(try Self.order(order).orderID)
            } catch {
                #expect(error.kind == .refused && error.code == "not-understood")
                faults[order.id] = error.message
            }
        }
        #expect(taken == ["PO-9"])
        #expect(
            faults.keys.sorted() == [
                "Q", "R", "S", "T", "file 1-empty.csv", "file 2-utf16.csv", "file 3-rows.csv line 2",
                "file 3-rows.csv line 4", "file 4-columns.csv line 2",
            ])
        #expect(faults["Q"]?.hasPrefix("quantity in line 2 is no number of units") == true)
        #expect(faults["S"] == "price is no decimal number" && faults["T"] == "price is below zero or has a sign")
    }

    @Test("files are read in the order in which they came, those since a time only, and none that is still written")
    func since() async throws {
        let place = try FeedPlace()
        let orders = { (name: String) in try place.write("orders/\(name)", "orderId,sku,quantity\n\(name),A,1\n") }
        try orders("b.csv")
        try await Task.sleep(for: .milliseconds(20))
        try orders("a.csv")
        try orders("c.csv.part")
        try orders(".d.csv")
        let first = try await place.session().orders(since: 0, page: "")
        let second = try await place.session().orders(since: 0, page: first.next)
        #expect(first.orders.map(\.id) == ["b.csv"] && second.orders.map(\.id) == ["a.csv"] && second.next.isEmpty)
        let later = try await place.session().orders(since: first.orders[0].changedAt + 1, page: "")
        #expect(later.orders.map(\.id) == ["a.csv"])
        // A copy that keeps an older time of change comes all the same, by when it came.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1000)],
            ofItemAtPath: place.root.appending(path: "brand-1/orders/a.csv").path)
        let copied = try await place.session().orders(since: first.orders[0].changedAt + 1, page: "")
        #expect(copied.orders.map(\.id) == ["a.csv"])
        let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000_000) - 60_000_000 }
        #expect(try await place.session(clock: now).orders(since: 0, page: "").orders.isEmpty)
        #expect(try await place.session().order(id: "a.csv").id == "a.csv")
        let fault = await #expect(throws: PlatformFault.self) { try await place.session().order(id: "z") }
        #expect(fault?.code == "order-missing")
    }

    @Test("a great file comes in pages, each order once")
    func pages() async throws {
        let place = try FeedPlace()
        let rows = (0..<1_234).map { "PO-\($0),A,1\n" }.joined()
        try place.write("orders/great.csv", "orderId,sku,quantity\n\(rows)")
        try place.write("orders/small.csv", "orderId,sku,quantity\nlast,A,1\n")
        var (page, ids, pages) = ("", [String](), 0)
        repeat {
            let next = try await place.session().orders(since: 0, page: page)
            ids += next.orders.map(\.id)
            page = next.next
            pages += 1
        } while !page.isEmpty
        #expect(ids.count == 1_235 && Set(ids).count == 1_235 && pages == 4)
    }

    @Test("a file from an address: the same content has the same time of change, and other content another")
    func address() async throws {
        let account = FeedPlace.account([
            "folder": "", "url": "https://hub.example", "ordersFolder": "",
            "ordersUrl": "https://hub.example/o?since={since}",
        ])
        let read = { (text: String) in
            let partner = ScriptedPartner { _ in .csv(text) }
            let session = FeedAdapter(root: nil, clock: { FeedPlace.now }).session(account, transport: partner)
            let orders = try await session.orders(since: 1_000_000, page: "").orders
            #expect(partner.requests.map(\.url) == ["https://hub.example/o?since=1970-01-01T00%3A00%3A01Z"])
            return orders
        }
        let text = "orderId,sku,quantity,orderDate\nPO-1,A,1,2026-01-31T00:00:00Z\nPO-2,A,1,2099-01-01T00:00:00Z\n"
        let first = try await read(text)
        #expect(try await read(text) == first)
        #expect(first[0].changedAt / 1_000_000 == 1_769_817_600)
        #expect(first[1].changedAt / 1_000_000 == FeedPlace.now / 1_000_000)
        let changed = try await read(text.replacing("PO-1,A,1", with: "PO-1,A,2"))
        #expect(changed[0].changedAt != first[0].changedAt && changed[1] == first[1])
        #expect(try await read("").isEmpty)
    }

    @Test("random orders are read as they were written, and bytes changed at random trap nothing")
    func random() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let place = try FeedPlace()
        var expected: [String: [OrderItem]] = [:]
        var text = "orderId,line,sku,quantity,price\n"
        for order in 0..<200 {
            for line in 1...Int.random(in: 1...6, using: &random) {
                let quantity = Int64.random(in: 1...1_000_000_000, using: &random)
                let cents = Int64.random(in: 0...99_999_999, using: &random)
                let sku = ["A-1", "x \"quoted\"", "ü,ö", "0012"].randomElement(using: &random) ?? ""
                text +=
                    "O\(order),\(line),\"\(sku.replacing("\"", with: "\"\""))\",\(quantity),\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)\n"
                expected["O\(order)", default: []].append(
                    OrderItem(
                        sku: sku, quantity: quantity, price: Decimal(micros: cents * 10_000), channelLineID: "\(line)"))
            }
        }
        try place.write("orders/all.csv", text)
        let orders = try await place.session().orders(since: 0, page: "").orders
        #expect(orders.count == 200)
        for order in orders { #expect(try Self.order(order).items == expected[order.id], "seed \(seed)") }
        for _ in 0..<2_000 {
            var bytes = try #require(orders.randomElement(using: &random)).body
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? FeedAdapter().order(from: bytes, account: FeedPlace.account())
            _ = try? FeedAdapter().isCancelled(bytes)
        }
    }

    @Test("feeds take no notifications, and say what they are set up with")
    func others() async throws {
        let notification = PlatformNotification(target: "/", headers: [], body: [], receivedAt: 0)
        #expect(throws: PlatformFault.self) {
            try FeedAdapter().content(of: notification, account: FeedPlace.account())
        }
        let place = try FeedPlace()
        try place.write("orders/x.csv", "a\n")
        #expect(
            try await place.session().check() == [
                "folder": "out", "files": "0", "ordersFolder": "orders", "orderFiles": "1",
            ])
        #expect(try await place.session().subscribe(to: "https://us.example").topics == [])
        #expect(try await place.session().listings(page: "").listings.isEmpty)
        #expect(!FeedAdapter().sellsFromShelf(with: [:]) && FeedAdapter().sellsFromShelf(with: ["ownSales": "taken"]))
        #expect(try await place.session().shelves([.example("A")]) == [ShelfReading(sku: "A")])
    }
}
