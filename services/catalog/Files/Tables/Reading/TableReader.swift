internal import CatalogMessages
internal import FileFormats

/// Reads a table row by row: what products and fitments have in common.
struct TableReader: Sendable {
    private let form: TableForm
    private let options: TableOptions
    private var beginning = FileBeginning()
    private var csv: CSVReader
    private var record = CSVRecord()
    private var columns: TableColumns?

    init(_ form: TableForm, _ options: TableOptions) {
        self.form = form
        self.options = options
        self.csv = CSVReader(
            FileBuffer(offset: 0, line: 1), delimiter: options.delimiter,
            maximumRecordBytes: CatalogJSON.maximumRecordBytes)
    }

    /// Whether the row of names was read.
    var hasColumns: Bool { self.columns != nil }

    mutating func append(_ bytes: [UInt8]) throws(CatalogFileFault) {
        self.csv.buffer.append(try self.beginning.take(bytes))
    }

    mutating func complete() throws(CatalogFileFault) {
        self.csv.buffer.append(try self.beginning.complete())
        self.csv.buffer.complete()
    }

    /// The next row, of which `read` makes what the record says.
    mutating func next(
        _ read: (inout TableRow) throws(RecordFault) -> CatalogRecord.Content
    ) throws(CatalogFileFault) -> CatalogRecord? {
        while true {
            switch self.csv.next(into: &self.record) {
            case .needsMore: return nil
            case .end:
                guard self.columns != nil else {
                    throw CatalogFileFault(
                        code: "empty-file", line: 0,
                        message: "the file has no row of column names; nothing was imported")
                }
                return nil
            case .record:
                if self.isBlank { continue }
                guard let columns else {
                    self.columns = try TableColumns(self.record, self.form, self.options)
                    continue
                }
                return self.row(columns, read)
            }
        }
    }

    /// Whether no cell says anything, as in rows that spreadsheets leave behind.
    private var isBlank: Bool {
        self.record.fault == nil && (0..<self.record.count).allSatisfy { self.record[$0].isEmpty }
    }

    private func row(
        _ columns: TableColumns, _ read: (inout TableRow) throws(RecordFault) -> CatalogRecord.Content
    ) -> CatalogRecord {
        do throws(RecordFault) {
            var row = try self.row(columns)
            return CatalogRecord(line: self.record.line, content: try read(&row))
        } catch {
            return error.refusal(line: self.record.line, sku: self.sku(columns), self.form.reason)
        }
    }

    private func row(_ columns: TableColumns) throws(RecordFault) -> TableRow {
        do throws(RowFault) { return try TableRow(self.record, columns, self.form) } catch { throw RecordFault(error) }
    }

    /// The SKU of a row that is refused, as far as it can be told.
    private func sku(_ columns: TableColumns) -> String {
        guard columns.sku < self.record.count else { return "" }
        return String(decoding: TableCell.text(self.record[columns.sku]), as: UTF8.self)
    }
}
