import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing

@testable import PricingFiles

@Suite(.processorBound) struct PriceCSVTests {
    @Test("a row is a price, and what it does not say is open or 1")
    func rows() throws {
        let reading = PriceReading(
            csv: "sku,amount,minimumQuantity,validFrom,validTo,listId,action\r\n"
                + "A1,12.99,,,,us,\r\nA1, 11.5 ,12,2026-01-01,2026-07-01T00:00:00+02:00,us,C\r\n,,,,,,\r\n"
                + "'=B,,0,2026-01-01,,us,D\r\n\"C \"\"3\"\"\",0,1000000000,,,us,A")
        #expect(reading.fault == nil && reading.refusals == [])
        #expect(reading.records.map(\.line) == [2, 3, 5, 6])
        #expect(
            reading.prices == [
                FilePrice(sku: "A1", listID: "us", amount: Amount(micros: 12_990_000)),
                FilePrice(
                    sku: "A1", listID: "us", minimumQuantity: 12,
                    period: try period("2026-01-01", "2026-06-30T22:00:00Z"), amount: Amount(micros: 11_500_000)),
                FilePrice(
                    sku: "=B", listID: "us", period: try period("2026-01-01"), amount: .zero, action: .remove),
                FilePrice(sku: "C \"3\"", listID: "us", minimumQuantity: 1_000_000_000, amount: .zero),
            ])
        #expect(reading.header == PriceFileHeader(isTest: false))
    }

    @Test("columns are mapped, passed over, and told by another delimiter")
    func columns() {
        var options = PriceImportOptions(listID: "us", delimiter: ";")
        options.columns = [
            PriceColumn(fileColumn: "Item No.", field: "sku"), PriceColumn(fileColumn: "Net", field: "amount"),
            PriceColumn(fileColumn: "sku", field: ""),
        ]
        let text = "\u{FEFF}Item No.;sku;Net;recordedAt\nA;x;1;y\n"
        let reading = PriceReading(csv: text, options, piece: 1)
        #expect(reading.fault == nil)
        #expect(reading.prices == [FilePrice(sku: "A", listID: "us", amount: Amount(micros: 1_000_000))])
        options.columns.removeLast()
        #expect(PriceReading(csv: text, options).fault?.code == "duplicate-column")
        #expect(PriceReading(csv: text.replacing("Net", with: "Gross"), options).fault?.code == "duplicate-column")
        options.ignoreOtherColumns = true
        #expect(PriceReading(csv: "Item No.;Net;colour\nA;1;red\n", options).prices.count == 1)
    }

    /// Files that are at fault as a whole.
    static let faultyFiles: [(text: String, code: String, line: Int64)] = [
        ("", "empty-file", 0), ("\r\n\r\n", "empty-file", 0), ("\u{FEFF}", "empty-file", 0),
        ("sku,amount,colour\n", "unknown-column", 1), ("\n\nsku,amount,sku\n", "duplicate-column", 3),
        ("sku\n", "missing-column", 1), ("amount\n", "missing-column", 1), ("sku;amount\n", "unknown-column", 1),
        ("\"sku,amount\n", "unreadable-header", 1),
    ]

    @Test("a file without a readable row of names is at fault", arguments: faultyFiles)
    func faults(_ text: String, _ code: String, _ line: Int64) {
        let fault = PriceReading(csv: text).fault
        #expect(fault?.code == code && fault?.line == line)
    }

    @Test("a file that is not UTF-8 says so")
    func encoding() throws {
        let reader = PriceCSVReader(try PriceTableOptions())
        #expect(PriceReading(reader, [0xFF, 0xFE, 0x73, 0]).fault?.code == "not-utf8")
        #expect(PriceReading(reader, Array("sku,".utf8) + [0xFF] + Array("\n".utf8)).fault?.code == "not-utf8")
        let rows = PriceReading(reader, Array("sku,amount,listId\n".utf8) + [0xFF] + Array(",1,us\n".utf8))
        #expect(rows.refusals.first?.field == "sku")
    }

    /// Options that cannot be followed.
    @Test("options that cannot be followed are refused")
    func options() {
        let wrong: [PriceImportOptions] = [
            PriceImportOptions(delimiter: "\""), PriceImportOptions(delimiter: "\n"),
            PriceImportOptions(delimiter: "é"),
            PriceImportOptions(columns: [PriceColumn(fileColumn: "a", field: "price")]),
            PriceImportOptions(columns: [
                PriceColumn(fileColumn: "a", field: "sku"), PriceColumn(fileColumn: "a", field: "amount"),
            ]),
        ]
        for options in wrong {
            #expect(throws: PriceFileFault.self) { try PriceTableOptions(options) }
        }
    }

    struct Refused: Sendable {
        var row: String
        var reason: RefusalReason
        var field: String
        var says: String
    }

    static let refusedRows: [Refused] = [
        Refused(row: ",1,,,,us,", reason: .invalidValue, field: "sku", says: "is missing"),
        Refused(row: " A,1,,,,us,", reason: .invalidValue, field: "sku", says: "space at its end"),
        Refused(row: "A\u{1},1,,,,us,", reason: .invalidValue, field: "sku", says: "control character"),
        Refused(
            row: "\(String(repeating: "é", count: 33)),1,,,,us,", reason: .invalidValue, field: "sku", says: "66 bytes"),
        Refused(row: "A,,,,,us,", reason: .invalidAmount, field: "amount", says: "is missing"),
        Refused(row: "A,-1,,,,us,", reason: .invalidAmount, field: "amount", says: "below zero"),
        Refused(row: "A,1e3,,,,us,", reason: .invalidAmount, field: "amount", says: "no decimal number"),
        Refused(row: "A,\"1,5\",,,,us,", reason: .invalidAmount, field: "amount", says: "no decimal number"),
        Refused(row: "A,1.0000001,,,,us,", reason: .invalidAmount, field: "amount", says: "6 decimal places"),
        Refused(row: "A,9000000000,,,,us,", reason: .invalidAmount, field: "amount", says: "below 9000000000"),
        Refused(row: "A,1,-2,,,us,", reason: .invalidValue, field: "minimumQuantity", says: "whole number"),
        Refused(row: "A,1,1000000001,,,us,", reason: .invalidValue, field: "minimumQuantity", says: "too great"),
        Refused(
            row: "A,1,99999999999999999999,,,us,", reason: .invalidValue, field: "minimumQuantity", says: "too great"),
        Refused(row: "A,1,,soon,,us,", reason: .invalidValue, field: "validFrom", says: "2026-01-31"),
        Refused(row: "A,1,,,2026-02-30,us,", reason: .invalidValue, field: "validTo", says: "is no time"),
        Refused(
            row: "A,1,,2026-02-01,2026-02-01,us,", reason: .datesInverted, field: "validTo",
            says: "behind the beginning"),
        Refused(row: "A,1,,,,,", reason: .invalidValue, field: "listId", says: "is missing"),
        Refused(row: "A,1,,,,us,X", reason: .invalidValue, field: "action", says: "A, C or D"),
        Refused(row: "A,1", reason: .invalidValue, field: "", says: "has 2 cells"),
        Refused(row: "A,\"1\"x,,,,us,", reason: .invalidValue, field: "", says: "closing quotation mark"),
    ]

    @Test(
        "a row that is at fault is refused with its line, field and reason, and harms no other", arguments: refusedRows)
    func refusals(_ refused: Refused) throws {
        let reading = PriceReading(
            csv: "sku,amount,minimumQuantity,validFrom,validTo,listId,action\n\(refused.row)\nB,2,,,,us,\n")
        #expect(reading.fault == nil)
        #expect(reading.prices.map(\.sku) == ["B"])
        let refusal = try #require(reading.refusals.first)
        #expect((refusal.line, refusal.reason, refusal.field) == (2, refused.reason, refused.field))
        #expect(refusal.message.contains(refused.says), "\(refusal.message)")
        // What the row says of itself is told, as far as it could be read.
        if refused.field == "amount" { #expect((refusal.sku, refusal.listID) == ("A", "us")) }
    }

    @Test("what is written is read back equal, in pieces of any size")
    func roundTrip() throws {
        var random = SeededGenerator(seed: testSeed())
        let written = try RandomPrices.make(200, isWholeDays: false, using: &random)
        var writer = PriceCSVWriter()
        for (sku, prices) in written { #expect(writer.append(prices, of: sku) == []) }
        writer.complete()
        let bytes = writer.take()
        let reader = PriceCSVReader(try PriceTableOptions())
        for piece in [1, 7, 4_096, bytes.count] {
            let reading = PriceReading(reader, bytes, piece: piece)
            #expect(reading.fault == nil && reading.refusals == [])
            #expect(reading.prices == RandomPrices.filePrices(written, hasCurrency: false))
        }
    }

    @Test("a file that is taken up again is the same file")
    func resumed() throws {
        var random = SeededGenerator(seed: testSeed())
        let written = try RandomPrices.make(20, isWholeDays: false, using: &random)
        var whole = PriceCSVWriter()
        for (sku, prices) in written { _ = whole.append(prices, of: sku) }
        var first = PriceCSVWriter()
        for (sku, prices) in written.prefix(7) { _ = first.append(prices, of: sku) }
        var second = PriceCSVWriter(isResumed: true)
        for (sku, prices) in written.dropFirst(7) { _ = second.append(prices, of: sku) }
        #expect(first.take() + second.take() == whole.take())
    }

    @Test("a file that is cut off at any byte gives no more than the whole one's records, but for the last row")
    func truncation() throws {
        let text = "sku,amount,validFrom,listId\r\nA,12.50,2026-01-01,us\r\n\"B,2\",1,,us\r\nC,3,,us\r\n"
        let whole = PriceReading(csv: text)
        for count in 0..<text.utf8.count {
            let cut = PriceReading(
                PriceCSVReader(try PriceTableOptions()), Array(text.utf8.prefix(count)), piece: 3)
            guard cut.fault == nil else { continue }
            #expect(cut.records.count <= whole.records.count + 1)
            #expect(Array(cut.records.dropLast()) == Array(whole.records.prefix(max(0, cut.records.count - 1))))
        }
    }

    @Test("no bytes whatever make the reader fail in another way than by its faults")
    func fuzz() throws {
        var random = SeededGenerator(seed: testSeed())
        let text = Array("sku,amount,validFrom,validTo,listId,action\nA,1.5,2026-01-01,,us,A\n\"B\",2,,,us,D\n".utf8)
        for _ in 0..<2_000 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes.insert(Array("\",\n\r'=;".utf8).randomElement(using: &random) ?? 0, at: index)
                default: bytes.remove(at: index)
                }
            }
            let reader = PriceCSVReader(try PriceTableOptions())
            let (one, other) = (PriceReading(reader, bytes, piece: 1), PriceReading(reader, bytes))
            #expect(one.records == other.records && one.fault == other.fault)
            for price in one.prices {
                #expect((1...64).contains(price.sku.utf8.count) && price.amount >= .zero)
            }
        }
    }
}
