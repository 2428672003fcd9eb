internal import FileFormats
internal import Money
internal import PricingDomain

/// Writes prices as CSV, a row each: what ``PriceCSVReader`` reads back equal.
///
/// Texts that spreadsheets would take for formulas get an apostrophe in front, which the reader takes off again. Nothing is
/// left out: the format carries every price.
public struct PriceCSVWriter: PriceFileWriter {
    /// How many decimal places an amount has at least.
    private static let decimalPlaces = 2

    private var csv = CSVText()

    /// A file with its row of names.
    ///
    /// - Parameter isResumed: It has been begun: its row of names is there.
    public init(isResumed: Bool = false) {
        guard !isResumed else { return }
        for field in PriceField.written { self.csv.field(field.rawValue) }
        self.csv.endRow()
    }

    /// Adds a row for each price.
    public mutating func append(_ prices: [ExportedPrice], of sku: String) -> [String] {
        for price in prices {
            self.csv.field(PriceCell.cell(price.list.listID))
            self.csv.field(PriceCell.cell(sku))
            self.csv.field(price.minimumQuantity)
            self.csv.field(price.amount.text(decimalPlaces: Self.decimalPlaces))
            self.csv.field(InstantText.text(price.period.from))
            self.csv.field(InstantText.text(price.period.to))
            self.csv.endRow()
        }
        return []
    }

    /// Does nothing: no row is without its end.
    public mutating func complete() {}

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] {
        defer { self.csv.bytes = [] }
        return self.csv.bytes
    }
}
