internal import FileFormats
internal import Money
internal import PricingDomain
internal import PricingMessages

/// Reads prices from CSV: a row each, and a first row with names of fields as JSON has them.
///
/// RFC 4180 in UTF-8, with or without its mark. Ends of periods are exclusive, as everywhere in the API. A column `action`
/// says what becomes of the price: A, C or nothing puts it, D removes it. Empty rows are passed over.
/// docs/pricing-files.md has it all.
public struct PriceCSVReader: PriceFileReader, Sendable {
    private let options: PriceTableOptions
    private var beginning = FileBeginning()
    private var csv: CSVReader
    private var record = CSVRecord()
    private var columns: PriceColumns?
    /// The list of the row before, whose text is mostly that of the next one, too.
    private var lastList = ""

    /// A reader of one file.
    public init(_ options: PriceTableOptions) {
        self.options = options
        self.csv = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: options.delimiter)
    }

    /// Nothing; nil until the row of names was read.
    public var header: PriceFileHeader? { self.columns == nil ? nil : PriceFileHeader() }

    /// Takes the next bytes.
    public mutating func append(_ bytes: [UInt8]) throws(PriceFileFault) {
        self.csv.buffer.append(try self.beginning.take(bytes))
    }

    /// Says that there are no more bytes.
    public mutating func complete() throws(PriceFileFault) {
        self.csv.buffer.append(try self.beginning.complete())
        self.csv.buffer.complete()
    }

    /// The next record; nil: more bytes are needed, or all is read.
    public mutating func next() throws(PriceFileFault) -> PriceRecord? {
        while true {
            switch self.csv.next(into: &self.record) {
            case .needsMore: return nil
            case .end:
                guard self.columns != nil else {
                    throw PriceFileFault(
                        code: "empty-file", message: "the file has no row of column names; nothing was imported")
                }
                return nil
            case .record:
                if self.isBlank { continue }
                guard let columns else {
                    self.columns = try PriceColumns(self.record, self.options)
                    continue
                }
                return self.row(columns)
            }
        }
    }

    /// Whether no cell says anything, as in rows that spreadsheets leave behind.
    private var isBlank: Bool {
        self.record.fault == nil && (0..<self.record.count).allSatisfy { self.record[$0].isEmpty }
    }

    private mutating func row(_ columns: PriceColumns) -> PriceRecord {
        var row = PriceRow(listID: self.options.listID)
        do throws(RecordFault) {
            try row.read(self.record, columns, lastList: self.lastList)
            self.lastList = row.listID
            return PriceRecord(line: self.record.line, content: .price(try row.price()))
        } catch {
            return error.record(line: self.record.line, sku: row.sku, listID: row.listID)
        }
    }
}

/// What a row says.
private struct PriceRow {
    var sku = ""
    var listID: String
    private var quantity: Int64 = 1
    private var from = Instant.distantPast
    private var to = Instant.distantFuture
    private var amount: Amount?
    private var action = PriceAction.put
    /// The first cell that is at fault; those behind it are read, for the names of the row.
    private var fault: RecordFault?

    init(listID: String) { self.listID = listID }

    mutating func read(_ record: CSVRecord, _ columns: PriceColumns, lastList: String) throws(RecordFault) {
        if let fault = record.fault {
            throw RecordFault(field: "", "cannot be read: \(fault.message)", expected: fault.expected)
        }
        guard record.count == columns.all.count else {
            throw RecordFault(
                field: "", "has \(record.count) cells", expected: "\(columns.all.count), as the row of names has")
        }
        for (index, field) in columns.all.enumerated() {
            guard let field, !record[index].isEmpty else { continue }
            do throws(RecordFault) {
                try self.take(record[index], field, lastList)
            } catch {
                self.fault = self.fault ?? error
            }
        }
        if let fault { throw fault }
    }

    private mutating func take(
        _ cell: ArraySlice<UInt8>, _ field: PriceField, _ lastList: String
    ) throws(RecordFault) {
        switch field {
        case .sku: self.sku = try Self.text(PriceCell.text(cell), field)
        case .listID:
            let name = PriceCell.text(cell)
            self.listID = name.elementsEqual(lastList.utf8) ? lastList : try Self.text(name, field)
        case .minimumQuantity:
            self.quantity = try PriceFields.quantity(PriceFields.trimmed(cell), field: field.rawValue)
        case .amount:
            self.amount = try PriceFields.amount(
                String(decoding: PriceFields.trimmed(cell), as: UTF8.self), field: field.rawValue)
        case .validFrom: self.from = try Self.instant(cell, field)
        case .validTo: self.to = try Self.instant(cell, field)
        case .action: self.action = try Self.action(cell)
        }
    }

    private static func text(_ cell: ArraySlice<UInt8>, _ field: PriceField) throws(RecordFault) -> String {
        guard let text = String(validating: cell, as: UTF8.self) else {
            throw RecordFault(field: field.rawValue, "is not UTF-8", expected: "the file saved as UTF-8")
        }
        return text
    }

    private static func instant(_ cell: ArraySlice<UInt8>, _ field: PriceField) throws(RecordFault) -> Instant {
        guard let instant = InstantText.parse(PriceFields.trimmed(cell)) else {
            throw RecordFault(field: field.rawValue, "is no time", expected: InstantText.expected)
        }
        return instant
    }

    private static func action(_ cell: ArraySlice<UInt8>) throws(RecordFault) -> PriceAction {
        if cell.elementsEqual("A".utf8) || cell.elementsEqual("C".utf8) { return .put }
        if cell.elementsEqual("D".utf8) { return .remove }
        throw RecordFault(
            field: PriceField.action.rawValue,
            "is \(PriceColumns.shown(String(decoding: cell, as: UTF8.self)))", expected: "A, C or D, or nothing")
    }

    func price() throws(RecordFault) -> FilePrice {
        if let fault = PriceFields.fault(ofSKU: self.sku, field: PriceField.sku.rawValue) { throw fault }
        guard !self.listID.isEmpty else {
            throw RecordFault(
                field: PriceField.listID.rawValue, "is missing", expected: "a price list, in the row or in the import")
        }
        guard let amount = self.action == .remove ? .zero : self.amount else {
            throw RecordFault(
                .invalidAmount, field: PriceField.amount.rawValue, "is missing",
                expected: "a decimal number such as 12.99")
        }
        return FilePrice(
            sku: self.sku, listID: self.listID, minimumQuantity: self.quantity,
            period: try PriceFields.period(from: self.from, to: self.to, field: PriceField.validTo.rawValue),
            amount: amount, action: self.action)
    }
}
