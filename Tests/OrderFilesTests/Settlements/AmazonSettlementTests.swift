import OrderDomain
import OrderMessages
import TestSupport
import Testing

@testable import OrderFiles

@Suite("Amazon's settlement report V2", .processorBound)
struct AmazonSettlementTests {
    private static let columns = [
        "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date", "total-amount", "currency",
        "transaction-type", "order-id", "merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name",
        "amount-type", "amount-description", "amount", "fulfillment-id", "posted-date", "posted-date-time",
        "order-item-code", "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
        "promotion-id",
    ]
    private static let options = SettlementOptions(format: .amazonV2, connection: "amazon")

    /// A row by the columns that it names.
    private static func row(_ cells: [String: String], settlement: String = "18906543210") -> String {
        Self.columns.map { $0 == "settlement-id" ? settlement : cells[$0] ?? "" }.joined(separator: "\t") + "\r\n"
    }

    private static let head = Self.columns.joined(separator: "\t") + "\r\n"
    private static let deposit = Self.row([
        "settlement-start-date": "2026-03-01T00:00:00+00:00", "settlement-end-date": "2026-03-15T00:00:00+00:00",
        "deposit-date": "2026-03-17T00:00:00+00:00", "total-amount": "21.49", "currency": "USD",
    ])

    private static func amount(
        _ type: String, _ description: String, _ amount: String, transaction: String = "Order",
        order: String = "112-1", _ more: [String: String] = [:]
    ) -> String {
        Self.row(
            [
                "transaction-type": transaction, "order-id": order, "amount-type": type,
                "amount-description": description, "amount": amount, "posted-date": "2026-03-02",
                "posted-date-time": "2026-03-02 14:23:00 UTC", "sku": "ABC", "marketplace-name": "Amazon.com",
            ].merging(more) { $1 })
    }

    @Test("the deposit says of the whole, and each row what an amount is for")
    func report() throws {
        let file =
            Self.head + Self.deposit + Self.amount("ItemPrice", "Principal", "29.99", ["quantity-purchased": "2"])
            + Self.amount("ItemPrice", "Tax", "2.40") + Self.amount("ItemPrice", "Shipping", "3.99")
            + Self.amount("ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "-2.40")
            + Self.amount("Promotion", "Shipping", "-3.99") + Self.amount("ItemFees", "Commission", "-4.50")
            + Self.amount("ItemPrice", "Principal", "-10.00", transaction: "Refund")
            + Self.amount("ItemFees", "RefundCommission", "-0.50", transaction: "Refund")
            + Self.amount("other-transaction", "Storage Fee", "-1.50", transaction: "other-transaction", order: "")
        let (rows, header) = try SettlementReading.read(file, Self.options)
        #expect(header.reference == "18906543210" && header.currency == "USD")
        #expect(header.statedTotal == 21_490_000)
        #expect(header.from == 1_772_323_200_000_000 && header.to == 1_773_532_800_000_000)
        let entries = rows.flatMap(\.entries)
        #expect(
            entries.map(\.kind)
                == [.principal, .tax, .shipping, .tax, .promotion, .fee, .refund, .fee, .other])
        #expect(entries.map(\.isWithheld).filter { $0 }.count == 1)
        #expect(entries[0].quantity == 2 && entries[0].sku == "ABC" && entries[0].number == 3)
        #expect(entries[0].postedAt == 1_772_461_380_000_000)
        #expect(entries[5].word == "ItemFees/Commission")
    }

    @Test("a European file has commas and points, and fewer cells than names are empty ones")
    func european() throws {
        let deposit = Self.row([
            "settlement-start-date": "01.03.2026 00:00:00 UTC", "settlement-end-date": "15.03.2026 00:00:00 UTC",
            "total-amount": "1.029,99", "currency": "EUR",
        ])
        let short =
            "18906543210\t\t\t\t\t\tOrder\t302-1\t\t\t\tAmazon.de\tItemPrice\tPrincipal\t1.029,99\tMFN\t02.03.2026\n"
        let (rows, header) = try SettlementReading.read(Self.head + deposit + short, Self.options)
        #expect(header.statedTotal == 1_029_990_000 && header.from == 1_772_323_200_000_000)
        #expect(rows.flatMap(\.entries).map(\.amount) == [1_029_990_000])
        #expect(rows.flatMap(\.entries).map(\.postedAt) == [1_772_409_600_000_000])
    }

    @Test("words of the options win")
    func words() throws {
        var options = Self.options
        options.words = [
            SettlementWord(word: "ItemPrice/CoreCharge", kind: .core), SettlementWord(word: "Goodwill", kind: .refund),
        ]
        let file =
            Self.head + Self.deposit + Self.amount("ItemPrice", "CoreCharge", "5")
            + Self.amount("ItemPrice", "Goodwill", "-5")
        #expect(try SettlementReading.read(file, options).rows.flatMap(\.entries).map(\.kind) == [.core, .refund])
    }

    @Test("all that is wrong with a row is named")
    func faults() throws {
        let file =
            Self.head + Self.deposit
            + Self.amount(
                "ItemPrice", "Principal", "x",
                ["quantity-purchased": "-1", "posted-date-time": "soon", "currency": "EUR"])
            + Self.amount("ItemPrice", "Principal", "1")
        let rows = try SettlementReading.read(file, Self.options).rows
        #expect(
            rows[0].failure?.faults.map(\.field) == ["currency", "quantity-purchased", "amount", "posted-date-time"])
        #expect(rows[0].failure?.orderID == "112-1")
        #expect(rows[1].entries.count == 1)
        let other = Self.row(["amount": "1", "transaction-type": "Order"], settlement: "7")
        let foreign = try SettlementReading.read(Self.head + Self.deposit + other, Self.options).rows
        #expect(foreign[0].failure?.faults.map(\.field) == ["settlement-id"])
    }

    @Test("a file that is no whole report says why")
    func unreadable() {
        func code(_ text: String) -> String? { SettlementReading.fault(text, Self.options)?.code }
        #expect(code("") == "empty-file")
        #expect(code(Self.head.replacing("\t", with: ",")) == "missing-column")
        #expect(code(Self.head) == "missing-deposit")
        #expect(code(Self.head + Self.amount("ItemPrice", "Principal", "1")) == "missing-deposit")
        #expect(code(Self.head + Self.deposit + Self.deposit) == "second-deposit")
        #expect(code(Self.head + Self.row(["total-amount": "x", "currency": "USD"])) == "invalid-deposit")
        #expect(code(Self.head + Self.row(["total-amount": "1", "currency": "XAU"])) == "invalid-deposit")
        #expect(
            code(Self.head + Self.row(["total-amount": "1", "currency": "USD", "settlement-end-date": "soon"]))
                == "invalid-deposit")
    }

    @Test("letters of older encodings harm no words, but names must be whole")
    func encodings() throws {
        var bytes = Array((Self.head + Self.deposit).utf8)
        bytes += Array(Self.amount("ItemPrice", "Principal", "1").utf8)
        var latin = Array(Self.amount("Geb#hr", "x", "1", transaction: "Order").utf8)
        if let place = latin.firstIndex(of: UInt8(ascii: "#")) { latin[place] = 0xFC }
        var broken = Array(Self.amount("ItemPrice", "Principal", "1", ["sku": "#"]).utf8)
        if let place = broken.firstIndex(of: UInt8(ascii: "#")) { broken[place] = 0xFC }
        let rows = try SettlementReading.read(bytes + latin + broken, Self.options).rows
        #expect(rows.map(\.entries.count) == [1, 1, 0])
        #expect(rows[2].failure?.faults.map(\.field) == ["sku"])
    }
}
