import OrderDomain
import OrderMessages
import TestSupport
import Testing

@testable import OrderFiles

@Suite("Settlements from CSV", .processorBound)
struct SettlementCSVTests {
    private static let options = SettlementOptions(format: .csv, connection: "ebay", currency: "USD")

    @Test("a row is an amount, by the names of our fields")
    func rows() throws {
        let (rows, header) = try SettlementReading.read(
            """
            orderId,sku,lineId,quantity,amount,kind,feeKind,postedAt,description\r
            A-1,ABC,7,2,100.00,principal,,2026-01-02T00:00:00Z,Sold\r
            A-1,ABC,,,-12.00,,Commission,2026-01-03,\r
            ,,,,-3.5,other,,,Storage\r

            """, Self.options)
        #expect(
            rows.flatMap(\.entries) == [
                SettlementEntry(
                    number: 2, orderID: "A-1", sku: "ABC", lineID: "7", quantity: 2, kind: .principal,
                    word: "principal",
                    amount: 100_000_000, currency: "USD", postedAt: 1_767_312_000_000_000, description: "Sold"),
                SettlementEntry(
                    number: 3, orderID: "A-1", sku: "ABC", kind: .fee, word: "Commission", amount: -12_000_000,
                    currency: "USD", postedAt: 1_767_398_400_000_000),
                SettlementEntry(
                    number: 4, kind: .other, word: "other", amount: -3_500_000, currency: "USD", description: "Storage"),
            ])
        #expect(header.from == 1_767_312_000_000_000 && header.to == 1_767_398_400_000_000)
    }

    @Test("columns and words mean what the options say")
    func mapping() throws {
        var options = SettlementOptions(
            format: .csv, connection: "ebay", delimiter: ";",
            columns: [
                SettlementColumn(fileColumn: "Bestellung", field: "orderId"),
                SettlementColumn(fileColumn: "Währung", field: "currency"),
                SettlementColumn(fileColumn: "Ware", amountKind: .principal),
                SettlementColumn(fileColumn: "Gebühr", amountKind: .fee),
                SettlementColumn(fileColumn: "Sonstiges"),
            ], ignoreOtherColumns: true)
        let (rows, header) = try SettlementReading.read(
            "Bestellung;Währung;Ware;Gebühr;Sonstiges;Datum\nA-1;EUR;1.234,56;-4,50;x;y\nA-2;EUR;;-1;;\n", options)
        #expect(rows.map { $0.entries.map(\.amount) } == [[1_234_560_000, -4_500_000], [-1_000_000]])
        #expect(rows.flatMap(\.entries).map(\.word) == ["Ware", "Gebühr", "Gebühr"])
        #expect(header.currency == "EUR")
        options.columns = [
            SettlementColumn(fileColumn: "id", field: "orderId"), SettlementColumn(fileColumn: "what", field: "kind"),
            SettlementColumn(fileColumn: "amt", field: "amount"),
        ]
        options.currency = "EUR"
        options.words = [SettlementWord(word: "Verkauf", kind: .principal)]
        let worded = try SettlementReading.read("id;what;amt\n1;Verkauf;3\n1;Verkuf;3\n", options).rows
        #expect(worded.first?.entries.map(\.kind) == [.principal])
        #expect(worded.last?.failure?.faults.map(\.field) == ["what"])
    }

    @Test("all that is wrong with a row is named, and the next is read")
    func faults() throws {
        let rows = try SettlementReading.read(
            "orderId,quantity,amount,kind,postedAt,currency\nA,-1,1.234,mystery,soon,XAU\nA,1,2,fee,,USD\nA,1,2,fee,,EUR\n"
                + "A,1,,fee,,USD\nA,1,2,,,USD\nA,1\n",
            SettlementOptions(format: .csv, connection: "ebay")
        ).rows
        #expect(
            rows[0].failure?.faults.map(\.field) == ["quantity", "amount", "kind", "postedAt", "currency"])
        #expect(rows[0].failure?.line == 2 && rows[0].failure?.orderID == "A")
        #expect(rows[1].entries.count == 1)
        #expect(rows[2...].map { $0.failure?.faults.map(\.field) } == [["currency"], ["amount"], ["kind"], [""]])
    }

    @Test("a file that cannot be read says why")
    func unreadable() {
        func code(_ text: String, _ options: SettlementOptions = Self.options) -> String? {
            SettlementReading.fault(text, options)?.code
        }
        #expect(code("") == "empty-file")
        #expect(code("\n\n") == "empty-file")
        #expect(code("orderId,price\n") == "unknown-column")
        #expect(code("orderId,amount,amount\n") == "duplicate-column")
        #expect(code("sku,amount\n") == "missing-column")
        #expect(code("orderId,sku\n") == "missing-column")
        var options = Self.options
        options.columns = [SettlementColumn(fileColumn: "X", field: "orderId")]
        #expect(code("orderId,amount\n", options) == "missing-column")
        options.columns = [SettlementColumn(fileColumn: "X", field: "price")]
        #expect(code("", options) == "invalid-option")
        options.columns = []
        options.delimiter = "\""
        #expect(code("", options) == "invalid-option")
        #expect(code("", SettlementOptions(connection: "x")) == "invalid-option")
        options = Self.options
        options.words = [SettlementWord(word: "a", kind: .fee), SettlementWord(word: "a", kind: .tax)]
        #expect(code("", options) == "invalid-option")
    }
}
