internal import FileFormats
public import OrderMessages

/// Reads orders from CSV: a row for each line of an order, and a first row with names of fields as JSON has them.
///
/// RFC 4180 in UTF-8, with or without its mark. Rows of one order follow each other and have one `orderId`; what is of
/// the order as a whole stands in each of them, or in the first. Empty rows are passed over. docs/orders.md has it all.
public struct OrderCSVReader: OrderFileReader {
    private let json: OrderJSON
    private let options: OrderTableOptions
    private let defaults: OrderDefaults
    private var beginning = FileBeginning()
    private var csv: CSVReader
    private var row = CSVRecord()
    private var columns: OrderColumns?
    /// The order whose rows are being read.
    private var open: OrderRows?

    /// A reader of one file.
    init(_ json: OrderJSON, _ options: OrderTableOptions, _ defaults: OrderDefaults) {
        self.json = json
        self.options = options
        self.defaults = defaults
        self.csv = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: options.delimiter)
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

    /// The next record; nil: more bytes are needed, or all is read.
    public mutating func next() throws(OrderFileFault) -> OrderRecord? {
        while true {
            switch self.csv.next(into: &self.row) {
            case .needsMore: return nil
            case .end:
                guard self.columns != nil else {
                    throw OrderFileFault(
                        code: "empty-file", message: "the file has no row of column names; nothing was taken in")
                }
                defer { self.open = nil }
                return self.open?.record(self.json, self.defaults)
            case .record:
                if self.isBlank { continue }
                guard let columns else {
                    self.columns = try OrderColumns(self.row, self.options, self.json.columns)
                    continue
                }
                if let ended = self.take(columns) { return ended.record(self.json, self.defaults) }
            }
        }
    }

    /// Whether no cell says anything, as in rows that spreadsheets leave behind.
    private var isBlank: Bool {
        self.row.fault == nil && (0..<self.row.count).allSatisfy { self.row[$0].isEmpty }
    }

    /// Takes a row.
    ///
    /// - Returns: The order before, which is whole.
    private mutating func take(_ columns: OrderColumns) -> OrderRows? {
        let set = self.json.columns
        if let fault = self.fault(columns) {
            return self.begin(OrderRows(unreadable: fault, line: self.row.line))
        }
        let orderID = OrderRows.orderID(self.row, columns, set)
        if let open, open.orderID == orderID, !orderID.isEmpty {
            self.open?.append(self.row, columns, set)
            return nil
        }
        return self.begin(OrderRows(self.row, columns, set, orderID: orderID))
    }

    private mutating func begin(_ rows: OrderRows) -> OrderRows? {
        defer { self.open = rows }
        return self.open
    }

    private func fault(_ columns: OrderColumns) -> OrderRecordFault? {
        if let fault = self.row.fault {
            return OrderRecordFault(
                field: "", message: "the row cannot be read: \(fault.message); expected \(fault.expected)")
        }
        guard self.row.count == columns.all.count else {
            return OrderRecordFault(
                field: "",
                message: "the row has \(self.row.count) cells; expected \(columns.all.count), as the row of names has")
        }
        return nil
    }
}

/// Writes orders as CSV, a row for each line: what ``OrderCSVReader`` reads back equal.
///
/// Texts that spreadsheets would take for formulas get an apostrophe in front, which the reader takes off again. What
/// is of the order as a whole stands in its first row.
public struct OrderCSVWriter: OrderFileWriter {
    private let json: OrderJSON
    private var csv = CSVText()

    /// A file with its row of names.
    ///
    /// - Parameter isResumed: It has been begun: its row of names is there.
    init(_ json: OrderJSON, isResumed: Bool) {
        self.json = json
        guard !isResumed else { return }
        for field in json.columns.fields { self.csv.field(field.name) }
        self.csv.endRow()
    }

    /// Adds the rows of an order.
    public mutating func append(_ order: Order) throws(OrderFileFault) {
        let members = Dictionary(try self.json.members(order).map { ($0.name, $0.value) }) { first, _ in first }
        let items = Self.elements(members["items"])
        for (index, item) in items.enumerated() {
            for field in self.json.columns.fields {
                if field.isOfItem {
                    self.csv.field(Self.cell(field, in: item))
                } else if index == 0 || field.name == OrderColumnSet.orderID {
                    self.csv.field(Self.cell(field, in: members))
                } else {
                    self.csv.field("")
                }
            }
            self.csv.endRow()
        }
    }

    private static func cell(_ field: OrderTableField, in members: [String: ArraySlice<UInt8>]) -> String {
        guard !field.object.isEmpty else { return members[field.member].flatMap(field.cell) ?? "" }
        let inner = members[field.object].flatMap { JSONMembers($0) }
        return inner?[field.member].flatMap(field.cell) ?? ""
    }

    /// The members of the objects of a list.
    private static func elements(_ list: ArraySlice<UInt8>?) -> [[String: ArraySlice<UInt8>]] {
        guard let list else { return [] }
        var reader = JSONReader(FileBuffer(offset: 0, line: 1), maximumDocumentBytes: list.count)
        reader.buffer.append(Array(list))
        reader.buffer.complete()
        var record = JSONRecord()
        var elements: [[String: ArraySlice<UInt8>]] = []
        while reader.next(into: &record) == .record, record.fault == nil {
            let members = JSONMembers(record.text[...])?.all ?? []
            elements.append(Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first })
        }
        return elements
    }

    /// Takes out what is written so far.
    public mutating func take() -> [UInt8] {
        defer { self.csv.bytes = [] }
        return self.csv.bytes
    }
}
