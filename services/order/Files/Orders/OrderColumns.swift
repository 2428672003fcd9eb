internal import FileFormats
internal import OrderMessages
internal import Transcoding

/// A column of a table of orders: what its cells are, and where they stand in the order's JSON.
struct OrderTableField: Hashable, Sendable {
    /// What a cell holds.
    enum Form: Hashable, Sendable {
        case text
        case number
        case boolean
        /// Texts with a bar between them, or a JSON list.
        case texts
        /// A JSON list or object.
        case json
    }

    /// Its name in the table: "orderId", "buyer.name", "sku", "itemVehicle.year".
    let name: String
    let form: Form
    /// Whether it belongs to a line, and not to the order as a whole.
    let isOfItem: Bool
    /// The object that the value stands in; empty: in the order or line itself.
    let object: String
    /// What the value is called there.
    let member: String

    fileprivate init(_ field: Schema.Field, name: String, isOfItem: Bool, object: String = "") {
        self.form =
            switch (field.count, field.kind) {
            case (.one, .text): .text
            case (.one, .number): .number
            case (.one, .boolean): .boolean
            case (.list, .text): .texts
            default: .json
            }
        (self.name, self.isOfItem, self.object, self.member) = (name, isOfItem, object, field.name)
    }

    /// What the value is called in the order's JSON, without its line.
    var jsonName: String { self.object.isEmpty ? self.member : "\(self.object).\(self.member)" }
}

/// All columns that a table of orders can have.
struct OrderColumnSet: Sendable {
    static let orderID = "orderId"
    static let sku = "sku"
    static let quantity = "quantity"
    /// How the vehicle of a line is told from that of the order.
    private static let itemVehicle = "itemVehicle"
    /// What says how an order is placed; a finished one is not.
    private static let ofPlacing: Set<String> = [
        "commandId", "quoteVersion", "onShortfall", "confirmOnPayment", "holdFor", "items",
    ]
    /// What a line is answered with only.
    private static let ofAnswers: Set<String> = [
        "total", "cancelled", "shipped", "delivered", "returned", "coresReturned", "backordered", "allocations",
        "substituteFor", "priceListId", "priceRuleIds",
    ]

    /// In the order in which they are written.
    let fields: [OrderTableField]
    private let byName: [String: Int]

    init(_ schema: Schema, order: MessageType, item: MessageType) {
        var fields: [OrderTableField] = []
        for field in schema.fields(of: order) where !Self.ofPlacing.contains(field.name) {
            if field.count == .one, let object = field.message {
                fields += schema.fields(of: object).map {
                    OrderTableField($0, name: "\(field.name).\($0.name)", isOfItem: false, object: field.name)
                }
            } else {
                fields.append(OrderTableField(field, name: field.name, isOfItem: false))
            }
        }
        for field in schema.fields(of: item) where !Self.ofAnswers.contains(field.name) {
            if field.count == .one, let object = field.message {
                fields += schema.fields(of: object).map {
                    OrderTableField($0, name: "\(Self.itemVehicle).\($0.name)", isOfItem: true, object: field.name)
                }
            } else {
                fields.append(OrderTableField(field, name: field.name, isOfItem: true))
            }
        }
        self.fields = fields
        self.byName = Dictionary(fields.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
    }

    /// The number of a column; nil: there is none of that name.
    func number(of name: String) -> Int? { self.byName[name] }

    /// What a field of the JSON is called in the table: `items[2].vehicle.year` is `itemVehicle.year`.
    func column(ofField field: String) -> String {
        guard field.hasPrefix("items[") else { return field }
        let inItem = field.split(separator: ".", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        let name = self.fields.first {
            $0.isOfItem && (inItem == $0.jsonName || inItem.hasPrefix("\($0.jsonName)["))
        }
        return name?.name ?? (inItem.isEmpty ? field : inItem)
    }

    /// For faults: the known name that another is like.
    func expectation(for name: String) -> String {
        let names = self.fields.map(\.name)
        let near = Schema.nearestName(to: name, among: names).map { "perhaps \($0), or another " } ?? ""
        return "\(near)one of \(names.joined(separator: ", "))"
    }
}

/// What a file's columns are, and how it is written: the options of an import, checked.
struct OrderTableOptions: Sendable {
    let delimiter: UInt8
    /// For a column of the file ours; empty: it is passed over.
    let mapped: [String: String]
    let ignoresOtherColumns: Bool

    /// - Throws: ``OrderFileFault`` of the code "invalid-option" where the delimiter cannot be one, or a column of the file
    ///   is mapped twice, or to what is no field.
    init(_ options: OrderImportOptions, _ columns: OrderColumnSet) throws(OrderFileFault) {
        self.delimiter = try OrderFileFault.delimiter(options.delimiter)
        var mapped: [String: String] = [:]
        for column in options.columns {
            let shown = OrderFileFault.shown(column.fileColumn)
            guard column.field.isEmpty || columns.number(of: column.field) != nil else {
                throw .invalidOption(
                    "the column \(shown) is mapped to \(OrderFileFault.shown(column.field)), which is no field; "
                        + "expected "
                        + columns.expectation(for: column.field))
            }
            guard mapped.updateValue(column.field, forKey: column.fileColumn) == nil else {
                throw .invalidOption("the column \(shown) is mapped twice; once is valid")
            }
        }
        self.mapped = mapped
        self.ignoresOtherColumns = options.ignoreOtherColumns
    }
}

/// What the columns of a table are, from its first row.
struct OrderColumns: Sendable {
    /// The numbers of the fields that cells are; nil: they are passed over.
    let all: [Int?]

    /// Reads the row of names.
    ///
    /// - Throws: ``OrderFileFault`` that names the column at fault: no row could be read without.
    init(_ header: CSVRecord, _ options: OrderTableOptions, _ set: OrderColumnSet) throws(OrderFileFault) {
        let names = try HeaderNames.read(header)
        var all: [Int?] = []
        for (index, name) in names.enumerated() {
            let field = options.mapped[name] ?? name
            let number = set.number(of: field)
            guard number != nil || field.isEmpty || options.ignoresOtherColumns else {
                throw OrderFileFault(
                    code: "unknown-column", line: header.line,
                    message:
                        "column \(index + 1), \(OrderFileFault.shown(name)), is none that is imported; map it, or pass "
                        + "over other columns; expected \(set.expectation(for: name))")
            }
            if let number, all.contains(number) {
                throw OrderFileFault(
                    code: "duplicate-column", line: header.line,
                    message:
                        "column \(index + 1), \(OrderFileFault.shown(name)), says the same as one before; one is valid")
            }
            all.append(number)
        }
        try HeaderNames.checkMapped(options.mapped.keys, names, line: header.line)
        for name in [OrderColumnSet.orderID, OrderColumnSet.sku, OrderColumnSet.quantity]
        where !all.contains(set.number(of: name)) {
            throw OrderFileFault(
                code: "missing-column", line: header.line,
                message:
                    "the file has no column \(name); name it so, map the column that has it, or say which delimiter it "
                    + "has")
        }
        self.all = all
    }
}

/// The row of column names of a table.
enum HeaderNames {
    /// The names.
    static func read(_ header: CSVRecord) throws(OrderFileFault) -> [String] {
        if let fault = header.fault {
            throw OrderFileFault(
                code: "unreadable-header", line: header.line,
                message: "the row of column names: \(fault.message); expected \(fault.expected)")
        }
        var names: [String] = []
        for index in 0..<header.count {
            guard let name = String(validating: CSVCell.trimmed(header[index]), as: UTF8.self) else {
                throw OrderFileFault(
                    code: "not-utf8", line: header.line,
                    message: "the name of column \(index + 1) is not UTF-8; save the file so")
            }
            names.append(name)
        }
        return names
    }

    /// - Throws: Where a column is mapped that the file does not have.
    static func checkMapped(
        _ mapped: some Sequence<String>, _ names: [String], line: Int64
    ) throws(OrderFileFault) {
        guard let name = mapped.sorted().first(where: { !names.contains($0) }) else { return }
        throw OrderFileFault(
            code: "missing-column", line: line,
            message: "the file has no column \(OrderFileFault.shown(name)), which is mapped")
    }
}
