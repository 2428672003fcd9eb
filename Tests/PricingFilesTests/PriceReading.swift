import Money
import PricingDomain
import PricingMessages
import TestSupport

@testable import PricingFiles

/// All that a reader says of a file.
struct PriceReading {
    private(set) var records: [PriceRecord] = []
    private(set) var fault: PriceFileFault?
    private(set) var header: PriceFileHeader?

    /// Reads a file in pieces.
    init(_ reader: any PriceFileReader, _ bytes: [UInt8], piece: Int = 1 << 16) {
        var reader = reader
        do throws(PriceFileFault) {
            for start in stride(from: 0, to: bytes.count, by: max(1, piece)) {
                try reader.append(Array(bytes[start..<min(bytes.count, start + max(1, piece))]))
                while let record = try reader.next() { self.records.append(record) }
            }
            try reader.complete()
            while let record = try reader.next() { self.records.append(record) }
        } catch {
            self.fault = error
        }
        self.header = reader.header
    }

    private init(fault: PriceFileFault) { self.fault = fault }

    init(csv text: String, _ options: PriceImportOptions = PriceImportOptions(), piece: Int = 1 << 16) {
        do throws(PriceFileFault) {
            let options = try PriceTableOptions(options)
            self.init(PriceCSVReader(options), Array(text.utf8), piece: piece)
        } catch {
            self.init(fault: error)
        }
    }

    init(pies bytes: [UInt8], _ choices: [PIESListChoice] = PIESSample.choices, piece: Int = 1 << 16) throws {
        self.init(try PIESPriceReader(choices), bytes, piece: piece)
    }

    var prices: [FilePrice] {
        self.records.compactMap { record in
            if case .price(let price) = record.content { price } else { nil }
        }
    }

    var refusals: [FailedPrice] {
        self.records.compactMap { record in
            if case .refused(let refusal) = record.content { refusal } else { nil }
        }
    }

    var passedOver: Int { self.records.count { $0.content == .passedOver } }
}

/// An instant by its text, for tests.
func instant(_ text: String) -> Instant { InstantText.parse(text.utf8) ?? .distantPast }

/// A period by the texts of its ends; empty: open.
func period(_ from: String = "", _ to: String = "") throws -> Period {
    try Period(
        from: from.isEmpty ? .distantPast : instant(from), to: to.isEmpty ? .distantFuture : instant(to),
        field: "validTo")
}

/// Prices that a seed determines: many SKUs with some prices each.
enum RandomPrices {
    static let lists = [
        ExportedList(listID: "us-list", name: "List", currency: "USD", tradeCode: "LST", sheetNumber: "2026-01"),
        ExportedList(listID: "us-jobber", currency: "USD", tradeCode: "JBR", sheetNumber: "2026-01"),
        ExportedList(listID: "ca-jobber", name: "Jobber & Co <CAD>", currency: "CAD", tradeCode: "JBR"),
    ]

    /// - Parameter isWholeDays: Only what PIES can carry.
    static func make(
        _ skus: Int, isWholeDays: Bool, using random: inout SeededGenerator
    ) throws -> [(sku: String, prices: [ExportedPrice])] {
        var result: [(sku: String, prices: [ExportedPrice])] = []
        for number in 0..<skus {
            var prices: [ExportedPrice] = []
            for list in self.lists where Bool.random(using: &random) {
                for quantity in [1, 12, 1 + Int64.random(in: 1...99_999, using: &random)] {
                    let unit = isWholeDays ? InstantText.microsecondsPerDay : 1
                    let from = Int64.random(in: 0...2_000_000_000_000_000, using: &random) / unit * unit
                    let to = from + (1 + Int64.random(in: 0...99_999_999_999_999, using: &random) / unit) * unit
                    let amount = Int64.random(in: 0...99_999_999, using: &random) * (isWholeDays ? 100 : 1)
                    prices.append(
                        ExportedPrice(
                            list: list, minimumQuantity: quantity,
                            period: try Period(
                                from: Bool.random(using: &random) ? .distantPast : Instant(microseconds: from),
                                to: Bool.random(using: &random) ? .distantFuture : Instant(microseconds: to),
                                field: "validTo"), amount: Amount(micros: amount)))
                }
            }
            let sku = ["AB-\(number)", "=\(number)", "'-\(number)", "a,\"\(number)", "é & <\(number)>"][number % 5]
            if !prices.isEmpty { result.append((sku, prices)) }
        }
        return result
    }

    static func filePrices(
        _ written: [(sku: String, prices: [ExportedPrice])], hasCurrency: Bool
    ) -> [FilePrice] {
        written.flatMap { sku, prices in
            prices.map { price in
                FilePrice(
                    sku: sku, listID: price.list.listID, minimumQuantity: price.minimumQuantity, period: price.period,
                    amount: price.amount, currency: hasCurrency ? price.list.currency : "")
            }
        }
    }
}
