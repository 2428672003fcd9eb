internal import FileFormats
internal import OrderDomain
internal import OrderMessages

/// Reads a settlement from CSV: a row for each amount, or for several in columns of their own.
///
/// RFC 4180 in UTF-8, with or without its mark. What its columns and words mean is said by the settlement's options;
/// all amounts are in one currency. docs/orders.md has it all.
public struct SettlementCSVReader: SettlementFileReader {
    private let options: SettlementTableOptions
    private var beginning = FileBeginning()
    private var csv: CSVReader
    private var record = CSVRecord()
    private var columns: SettlementColumns?
    /// What the file says of the whole: its time is that of its first and last amounts.
    public private(set) var header = SettlementHeader()

    /// A reader of one file.
    init(_ options: SettlementTableOptions) {
        self.options = options
        self.csv = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: options.delimiter)
        self.header.reference = options.reference
        self.header.currency = options.currency
        self.header.statedTotal = options.statedTotal
    }

    /// Takes the next bytes.
    public mutating func append(_ bytes: [UInt8]) throws(OrderFileFault) {
        do throws(FileBeginning.Fault) {
            self.csv.buffer.append(try self.beginning.take(bytes))
        } catch {
            throw OrderFileFault(error)
        }
    }

    /// Says that there are no more bytes.
    public mutating func complete() throws(OrderFileFault) {
        do throws(FileBeginning.Fault) {
            self.csv.buffer.append(try self.beginning.complete())
        } catch {
            throw OrderFileFault(error)
        }
        self.csv.buffer.complete()
    }

    /// The next row; nil: more bytes are needed, or all is read.
    public mutating func next() throws(OrderFileFault) -> SettlementRow? {
        while true {
            switch self.csv.next(into: &self.record) {
            case .needsMore: return nil
            case .end:
                guard self.columns != nil else {
                    throw OrderFileFault(
                        code: "empty-file", message: "the file has no row of column names; nothing was taken in")
                }
                return nil
            case .record:
                if self.isBlank { continue }
                guard let columns else {
                    self.columns = try SettlementColumns(self.record, self.options)
                    continue
                }
                return self.row(columns)
            }
        }
    }

    private var isBlank: Bool {
        self.record.fault == nil && (0..<self.record.count).allSatisfy { self.record[$0].isEmpty }
    }

    private mutating func row(_ columns: SettlementColumns) -> SettlementRow {
        let line = self.record.line
        if let fault = self.rowFault(columns) {
            return SettlementRow(line: line, failure: FailedSettlementRow(line: line, orderID: "", faults: [fault]))
        }
        var cells = SettlementCells()
        for (index, meaning) in columns.all.enumerated() {
            cells.read(self.record[index], meaning, column: columns.names[index], self.options.words)
        }
        let entries = cells.entries(line: line, currency: self.header.currency)
        guard cells.faults.isEmpty else {
            let failure = FailedSettlementRow(line: line, orderID: cells.orderID, faults: cells.faults)
            return SettlementRow(line: line, failure: failure)
        }
        self.header.currency = entries.first?.currency ?? self.header.currency
        if let postedAt = cells.postedAt {
            self.header.from = min(self.header.from ?? postedAt, postedAt)
            self.header.to = max(self.header.to ?? postedAt, postedAt)
        }
        return SettlementRow(line: line, entries: entries)
    }

    private func rowFault(_ columns: SettlementColumns) -> FailedSettlementRow.Fault? {
        if let fault = self.record.fault {
            return FailedSettlementRow.Fault("", "cannot be read: \(fault.message)", expected: fault.expected)
        }
        guard self.record.count == columns.all.count else {
            return FailedSettlementRow.Fault(
                "", "has \(self.record.count) cells", expected: "\(columns.all.count), as the row of names has")
        }
        return nil
    }
}
