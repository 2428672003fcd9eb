import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing

@testable import PricingFiles

@Suite(.processorBound) struct PIESPriceReaderTests {
    @Test("a Pricing is a price of the first list that takes it; others are passed over")
    func prices() throws {
        let reading = try PriceReading(
            pies: PIESSample.file(
                PIESSample.item(
                    "A1", PIESSample.pricing(),
                    PIESSample.pricing(
                        "<PriceSheetNumber>CA</PriceSheetNumber><CurrencyCode>CAD</CurrencyCode>"
                            + "<EffectiveDate>2026-01-01</EffectiveDate><ExpirationDate>2026-01-31</ExpirationDate>"
                            + "<Price UOM=\"EA\">9</Price><PriceTypeDescription>x</PriceTypeDescription>"
                            + "<PriceBreak UOM=\"EA\">12</PriceBreak><PriceMultiplier>1.0000</PriceMultiplier>"),
                    PIESSample.pricing(type: "RMP")),
                PIESSample.item("B2", PIESSample.pricing(type: "LST", maintenance: "D"))))
        #expect(reading.fault == nil && reading.refusals == [] && reading.passedOver == 1)
        #expect(
            reading.prices == [
                FilePrice(sku: "A1", listID: "us-jobber", amount: Amount(micros: 12_500_000)),
                FilePrice(
                    sku: "A1", listID: "ca-jobber", minimumQuantity: 12, period: try period("2026-01-01", "2026-02-01"),
                    amount: Amount(micros: 9_000_000), currency: "CAD"),
                FilePrice(sku: "B2", listID: "us-list", amount: .zero, action: .remove),
            ])
    }

    @Test("what a price does not say, its sheet and its file say, and it counts while both it and its sheet do")
    func sheets() throws {
        let sheets = PIESSample.sheets(
            PIESSample.sheet(
                "S",
                "<PriceSheetName>n</PriceSheetName><CurrencyCode>USD</CurrencyCode><EffectiveDate>2026-03-01</EffectiveDate>"
                    + "<ExpirationDate>2026-06-30</ExpirationDate>"), PIESSample.sheet("T"),
            PIESSample.sheet("U", maintenance: "D"))
        func dated(_ sheet: String, _ dates: String) -> String {
            PIESSample.pricing("<PriceSheetNumber>\(sheet)</PriceSheetNumber>\(dates)<Price UOM=\"PE\">1</Price>")
        }
        let header = PIESSample.header(
            "<BlanketEffectiveDate>2026-02-01</BlanketEffectiveDate><CurrencyCode>EUR</CurrencyCode>")
        let reading = try PriceReading(
            pies: PIESSample.file(
                PIESSample.item(
                    "A", dated("S", ""), dated("S", "<EffectiveDate>2026-04-01</EffectiveDate>"),
                    dated("S", "<EffectiveDate>2026-01-01</EffectiveDate><ExpirationDate>9999-12-31</ExpirationDate>"),
                    dated("T", ""), dated("T", "<ExpirationDate>9999-12-31</ExpirationDate>"), dated("U", "")),
                header: header, sheets: sheets))
        #expect(reading.fault == nil && reading.refusals == [])
        #expect(
            reading.prices.map(\.period) == [
                try period("2026-03-01", "2026-07-01"), try period("2026-04-01", "2026-07-01"),
                try period("2026-03-01", "2026-07-01"), try period("2026-02-01"), try period("2026-02-01"),
                try period("2026-02-01"),
            ])
        #expect(reading.prices.map(\.currency) == ["USD", "USD", "USD", "EUR", "EUR", "EUR"])
        #expect(reading.prices.map(\.action) == [.put, .put, .put, .put, .put, .remove])
    }

    @Test("versions, namespaces and words of the header in any case are read, and a test says so")
    func headers() throws {
        for version in ["6.7", "7.0", "7.1", "7.2", "8.0"] {
            let header = PIESSample.header(submission: "Update", version: version)
            let reading = try PriceReading(
                pies: PIESSample.file(PIESSample.item("A", PIESSample.pricing()), header: header))
            #expect(reading.fault == nil && reading.prices.count == 1)
        }
        for namespace in ["http://www.aftermarket.org", "http://www.autocare.org/", ""] {
            let reading = try PriceReading(
                pies: PIESSample.file(PIESSample.item("A", PIESSample.pricing()), namespace: namespace))
            #expect(reading.fault == nil && reading.prices.count == 1)
        }
        let test = try PriceReading(pies: PIESSample.file(header: PIESSample.header(submission: "TEST")))
        #expect(test.header == PriceFileHeader(isTest: true))
    }

    @Test("an Item that is deleted has its prices removed")
    func deleted() throws {
        let item = PIESSample.item("A", PIESSample.pricing(), maintenance: "D")
        #expect(try PriceReading(pies: PIESSample.file(item)).prices.map(\.action) == [.remove])
    }

    struct Refused: Sendable {
        var content: String
        var field: String
        var says: String
        var reason = RefusalReason.invalidValue

        init(_ content: String, _ field: String, _ says: String, _ reason: RefusalReason = .invalidValue) {
            (self.content, self.field, self.says, self.reason) = (content, field, says, reason)
        }
    }

    private static let sheet = "<PriceSheetNumber>S</PriceSheetNumber>"
    private static let price = "<Price UOM=\"PE\">1</Price>"

    static let refusedPrices: [Refused] = [
        Refused(Self.price, "PriceSheetNumber", "1 to 15 characters"),
        Refused("<PriceSheetNumber>1234567890123456</PriceSheetNumber>" + Self.price, "PriceSheetNumber", "1 to 15"),
        Refused(Self.sheet, "Price", "is missing", .invalidAmount),
        Refused(Self.sheet + "<Price UOM=\"PE\">-1</Price>", "Price", "below zero", .invalidAmount),
        Refused(Self.sheet + "<Price UOM=\"PE\">1,5</Price>", "Price", "no decimal number", .invalidAmount),
        Refused(Self.sheet + "<Price UOM=\"PE\"></Price>", "Price", "is empty", .invalidAmount),
        Refused(Self.sheet + "<Price>1</Price>", "Price@UOM", "PE or EA"),
        Refused(Self.sheet + "<Price UOM=\"CA\">1</Price>", "Price@UOM", "PE or EA"),
        Refused(Self.sheet + Self.price + Self.price, "Price", "more than once"),
        Refused(Self.sheet + "<Price UOM=\"PE\">1<b/></Price>", "Price", "other elements"),
        Refused(Self.sheet + Self.price + "<Discount>1</Discount>", "Pricing", "Discount, which is not known"),
        Refused(Self.sheet + Self.price + "<PriceBreak UOM=\"CA\">2</PriceBreak>", "PriceBreak@UOM", "PE or EA"),
        Refused(Self.sheet + Self.price + "<PriceBreak UOM=\"EA\">0</PriceBreak>", "PriceBreak", "from 1 to"),
        Refused(Self.sheet + Self.price + "<PriceBreak UOM=\"EA\">1.5</PriceBreak>", "PriceBreak", "from 1 to"),
        Refused(Self.sheet + Self.price + "<PriceMultiplier>0.5</PriceMultiplier>", "PriceMultiplier", "none, or 1"),
        Refused(
            Self.sheet + "<CurrencyCode>usd</CurrencyCode>" + Self.price, "CurrencyCode", "ISO 4217", .unknownCurrency),
        Refused(Self.sheet + "<EffectiveDate>2026-02-30</EffectiveDate>" + Self.price, "EffectiveDate", "YYYY-MM-DD"),
        Refused(
            Self.sheet
                + "<EffectiveDate>2026-02-02</EffectiveDate><ExpirationDate>2026-02-01</ExpirationDate>\(Self.price)",
            "ExpirationDate", "behind the beginning", .datesInverted),
    ]

    @Test(
        "a Pricing that breaks a rule is refused with line, element and reason, and harms no other",
        arguments: refusedPrices)
    func refusals(_ refused: Refused) throws {
        let reading = try PriceReading(
            pies: PIESSample.file(
                PIESSample.item("A", PIESSample.pricing(refused.content), PIESSample.pricing(type: "LST"))))
        #expect(reading.fault == nil)
        #expect(reading.prices.map(\.listID) == ["us-list"])
        let refusal = try #require(reading.refusals.first)
        #expect((refusal.line, refusal.sku, refusal.field) == (6, "A", refused.field))
        #expect(refusal.reason == refused.reason && refusal.message.contains(refused.says), "\(refusal.message)")
    }

    @Test("the attributes of a Pricing and the number of its part are asked for")
    func attributes() throws {
        let items = [
            PIESSample.item("A", PIESSample.pricing(type: "JB")),
            PIESSample.item("A", PIESSample.pricing(maintenance: "X")),
            PIESSample.item("", PIESSample.pricing()), PIESSample.item("<b/>A", PIESSample.pricing()),
            PIESSample.item("A</PartNumber><PartNumber>B", PIESSample.pricing()),
            PIESSample.item("A", "<Discounting MaintenanceType=\"A\" PriceType=\"JBR\"/>"),
            "<Item><Prices>\(PIESSample.pricing())</Prices><PartNumber>A</PartNumber></Item>",
        ]
        let fields = try items.map { try PriceReading(pies: PIESSample.file($0)).refusals.map(\.field) }
        #expect(
            fields == [
                ["@PriceType"], ["@MaintenanceType"], ["PartNumber"], ["PartNumber"], ["PartNumber"], ["Pricing"],
                ["PartNumber"],
            ])
    }

    static let faultyFiles: [(bytes: [UInt8], code: String)] = [
        ([], "truncated"), (Array("sku,amount".utf8), "malformed-xml"), (Array("<ACES/>".utf8), "wrong-root"),
        (Array("<!DOCTYPE a [<!ENTITY b 'c'>]><PIES/>".utf8), "doctype"),
        (PIESSample.file(namespace: "urn:x"), "wrong-root"),
        (PIESSample.file(header: ""), "header"),
        (PIESSample.file(header: PIESSample.header(version: "5.0")), "version"),
        (PIESSample.file(header: PIESSample.header(submission: "SOME")), "submission-type"),
        (PIESSample.file(header: PIESSample.header() + PIESSample.header()), "structure"),
        (PIESSample.file(header: PIESSample.header("<CurrencyCode>euro</CurrencyCode>")), "header"),
        (PIESSample.file(PIESSample.item(), count: 2), "record-count"), (PIESSample.file("<Part/>"), "structure"),
        (PIESSample.file(sheets: "<Sheets/>"), "structure"),
        (PIESSample.file(sheets: PIESSample.sheets("<a/>")), "structure"),
        (PIESSample.file(sheets: PIESSample.sheets(PIESSample.sheet(""))), "structure"),
        (PIESSample.file(sheets: PIESSample.sheets(PIESSample.sheet("S"), PIESSample.sheet("S"))), "structure"),
        (
            PIESSample.file(sheets: PIESSample.sheets(PIESSample.sheet("S", "<EffectiveDate>soon</EffectiveDate>"))),
            "structure"
        ),
        (
            PIESSample.file(
                sheets: PIESSample.sheets(String(repeating: PIESSample.sheet("S"), count: 1)) + "<MarketingCopy/>"
                    + PIESSample.sheets()), "structure"
        ),
        (Array("<PIES>\(PIESSample.header())<Items/></PIES>".utf8), "structure"),
        (Array("<PIES>\(PIESSample.header())<Items/>\(PIESSample.sheets())<Trailer/></PIES>".utf8), "structure"),
    ]

    @Test("what is wrong with a file as a whole ends the reading", arguments: faultyFiles)
    func faults(_ bytes: [UInt8], _ code: String) throws {
        let reading = try PriceReading(pies: bytes)
        #expect(reading.fault?.code == code, "\(String(describing: reading.fault))")
    }

    @Test("a file has a limit of price sheets, and of one text")
    func limits() throws {
        let many = (0...PIESPriceDocument.maximumSheets).map { PIESSample.sheet("\($0)") }.joined()
        #expect(try PriceReading(pies: PIESSample.file(sheets: PIESSample.sheets(many))).fault?.code == "limit")
        let long = PIESSample.item(String(repeating: "A", count: (1 << 20) + 1), PIESSample.pricing())
        #expect(try PriceReading(pies: PIESSample.file(long)).fault?.code == "limit")
    }

    /// A small file with everything.
    static let small = PIESSample.file(
        PIESSample.item(
            "A&amp;1", PIESSample.pricing(),
            PIESSample.pricing("<PriceSheetNumber>S</PriceSheetNumber><Price UOM=\"PE\">x</Price>"),
            PIESSample.pricing(type: "RMP")), PIESSample.item("B", PIESSample.pricing(type: "LST")),
        sheets: PIESSample.sheets(PIESSample.sheet("S", "<EffectiveDate>2026-01-01</EffectiveDate>")))

    @Test("a file that is cut off at any byte is at fault, and gives none but its records before")
    func truncation() throws {
        let whole = try PriceReading(pies: Self.small)
        #expect(whole.fault == nil && whole.prices.count == 2 && whole.refusals.count == 1 && whole.passedOver == 1)
        for count in 0..<Self.small.count {
            let cut = try PriceReading(pies: Array(Self.small.prefix(count)))
            #expect(cut.fault != nil, "\(count) bytes")
            #expect(cut.records == Array(whole.records.prefix(cut.records.count)), "\(count) bytes")
        }
    }

    @Test("no bytes whatever make the reader fail in another way than by its faults, whatever the pieces")
    func fuzz() throws {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<1_000 {
            var bytes = Self.small
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes.insert(Array("<>/&\"'= ".utf8).randomElement(using: &random) ?? 0, at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...40, using: &random)))
                }
            }
            let one = try PriceReading(pies: bytes)
            let other = try PriceReading(pies: bytes, piece: Int.random(in: 1...99, using: &random))
            #expect(one.records == other.records && one.fault == other.fault)
            for price in one.prices { #expect((1...64).contains(price.sku.utf8.count)) }
        }
    }
}
