import OrderDomain
import OrderMessages
import TestSupport
import Testing
import WellKnownMessages

@testable import OrderFiles

@Suite("Files of orders", .processorBound)
struct OrderFileTests {
    private static let lines = OrderImportOptions(format: .jsonLines)
    private static let csv = OrderImportOptions(format: .csv)
    private static let article =
        #"{"orderId":"ORD09876","platform":"Amazon","orderDate":"2024-06-01T12:45:00Z","items":[{"sku":"ABC1234","#
        + #""quantity":2,"price":50.0}],"status":"fulfilled","paymentStatus":"paid","shippingTracking":"TRACK123"}"#

    /// An order with a value in every field that a file can say.
    static func order(_ orderID: String) -> Order {
        Order(
            id: "018f2d6e-0000-7000-8000-000000000001", orderID: orderID, platform: "Amazon", connection: "amazon-us",
            orderDate: ProtoTimestamp(seconds: 1_717_245_900),
            items: [
                OrderItem(
                    lineID: "1", sku: "=ABC, \"1\"", quantity: 2, price: Decimal(micros: 50_000_000),
                    discount: Decimal(micros: 1_500_000), tax: Decimal(micros: 8_000_000),
                    coreCharge: Decimal(micros: 10_000_000), title: "Brake pads\nfront", channelLineID: "c-1",
                    vehicle: BuyerVehicle(year: 2015, make: "Honda", model: "Civic", baseVehicleID: 5),
                    locationID: "east",
                    total: Decimal(micros: 1), shipped: 2),
                OrderItem(lineID: "2", sku: "B", quantity: 1, price: Decimal(micros: 0)),
            ], status: .fulfilled, paymentStatus: .paid, shippingTracking: "TRACK123", currency: "USD", region: "US-CA",
            customerGroup: "trade", customerID: "-c1", buyer: Buyer(name: "Ann", email: "ann@example.com"),
            shippingAddress: Address(name: "Ann", lines: ["1 Main | St", "Apt 2"], city: "Reno", country: "US"),
            billingAddress: Address(company: "Parts"), shipping: Decimal(micros: 5_000_000),
            shippingTax: Decimal(micros: 400_000),
            discounts: [OrderDiscount(description: "Spring", amount: Decimal(micros: 1_000_000))],
            fees: [OrderFee(kind: "Commission", amount: Decimal(micros: 12_000_000))], taxIncluded: true,
            vehicle: BuyerVehicle(year: 2016, make: "Ford"), note: "'quoted'", tags: ["a", "b"],
            quoteVersion: "q", totals: OrderTotals(total: Decimal(micros: 1)),
            payments: [Payment(paymentID: "p1")], version: 3)
    }

    @Test("the document of the seed article is read as it is, in whatever way documents stand")
    func article() throws {
        for file in [
            Self.article, Self.article + "\n", "[\(Self.article),\n\(Self.article)]", "\u{FEFF}" + Self.article,
        ] {
            let record = try #require(try OrderFileReading.read(file, Self.lines).last)
            let order = try #require(record.order)
            #expect(order.orderID == "ORD09876" && order.platform == "Amazon" && order.status == .fulfilled)
            #expect(order.items.map(\.price?.micros) == [50_000_000])
            #expect(order.paymentStatus == .paid && order.shippingTracking == "TRACK123")
        }
    }

    @Test("what is written is read back equal", arguments: [OrderFileFormat.jsonLines, .csv])
    func roundTrip(format: OrderFileFormat) throws {
        let orders = [Self.order("A-1"), Self.order("=A-2"), Self.order("A-3")]
        let text = try OrderFileReading.written(orders, format)
        let records = try OrderFileReading.read(text, OrderImportOptions(format: format))
        #expect(records.compactMap(\.failed) == [])
        #expect(records.compactMap(\.order) == orders.map { PlaceOrderRequest(again: $0) })
    }

    @Test("rows of one order follow each other, and what is of the order stands in the first or in all")
    func rows() throws {
        let file = """
            orderId,status,sku,quantity,price
            A,shipped,X,1,2.5
            A,,Y,2,3

            B,shipped,X,1,1
            B,delivered,Y,1,1
            ,shipped,X,1,1
            C,shipped,X,0,1

            """
        let records = try OrderFileReading.read(file, Self.csv)
        #expect(records.map(\.line) == [2, 5, 7, 8])
        #expect(records[0].order?.items.map(\.sku) == ["X", "Y"])
        #expect(records[0].order?.items.map(\.price?.micros) == [2_500_000, 3_000_000])
        #expect(records[1].failed?.field == "status" && records[1].failed?.orderID == "B")
        #expect(records[2].failed?.field == "orderId")
        #expect(records[3].failed?.field == "quantity")
    }

    @Test("columns are ours by their names, or by the mapping; what is not known is named")
    func columns() throws {
        var options = Self.csv
        options.delimiter = ";"
        options.platform = "eBay"
        options.currency = "EUR"
        options.columns = [
            OrderColumn(fileColumn: "Nr", field: "orderId"), OrderColumn(fileColumn: "Teil", field: "sku"),
            OrderColumn(fileColumn: "Menge", field: "quantity"),
            OrderColumn(fileColumn: "Ort", field: "shippingAddress.city"),
            OrderColumn(fileColumn: "x"),
        ]
        let records = try OrderFileReading.read("Nr;Teil;Menge;Ort;x\n1;ABC;2;Köln;?\n", options)
        let order = try #require(records.first?.order)
        #expect(order.orderID == "1" && order.shippingAddress?.city == "Köln")
        #expect(order.platform == "eBay" && order.currency == "EUR")
        func code(_ text: String, _ edit: (inout OrderImportOptions) -> Void = { _ in }) throws -> String? {
            var options = Self.csv
            edit(&options)
            return try OrderFileReading.fault(text, options)?.code
        }
        #expect(try code("") == "empty-file")
        #expect(try code("orderId,sku\n") == "missing-column")
        #expect(try code("orderId,sku,quantity,colour\n") == "unknown-column")
        #expect(try code("orderId,sku,quantity,colour\n") { $0.ignoreOtherColumns = true } == nil)
        #expect(try code("orderId,sku,quantity,sku\n") == "duplicate-column")
        #expect(try code("a") { $0.columns = [OrderColumn(fileColumn: "a", field: "colour")] } == "invalid-option")
        #expect(try code("a") { $0.format = .unspecified } == "invalid-option")
        #expect(try code("a") { $0.delimiter = "\n" } == "invalid-option")
    }

    @Test("every fault of a document is named, and the next document is read")
    func faults() throws {
        let file =
            #"{"orderId":"A","items":[{"sku":"X","quantity":0,"price":"abc"}],"colour":1,"orderDate":"soon"}"# + "\n"
            + "nonsense\n" + Self.article
        let records = try OrderFileReading.read(file, Self.lines)
        #expect(records.count == 3 && records[2].order != nil)
        let failed = try #require(records[0].failed)
        #expect(failed.line == 1 && failed.orderID == "A" && failed.reason == .recordInvalid)
        for name in ["items[0].quantity", "items[0].price", "colour", "orderDate"] {
            #expect(failed.message.contains(name), "\(failed.message)")
        }
        #expect(records[1].failed?.line == 2)
    }

    @Test("a file that is cut off is none", arguments: ["[", "{\"orderId\":\"A\"", "[{\"orderId\":\"A\"},"])
    func cutOff(text: String) throws {
        #expect(try OrderFileReading.fault(text, Self.lines)?.code == "file-cut-off")
    }
}
