internal import FileFormats
internal import OrderMessages

/// A column of a settlement's table.
enum SettlementField: String, CaseIterable, Sendable {
    case orderID = "orderId"
    case sku
    case lineID = "lineId"
    case quantity
    case amount
    case kind
    case feeKind
    case postedAt
    case currency
    case description

    static let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
}

/// What a column's cells are.
enum SettlementMeaning: Hashable, Sendable {
    case field(SettlementField)
    /// Amounts that are all of one kind.
    case amounts(SettlementAmountKind)
    case passedOver
}

/// How a settlement's table is written: the options of a settlement, checked.
struct SettlementTableOptions: Sendable {
    let delimiter: UInt8
    let mapped: [String: SettlementMeaning]
    let words: SettlementWords
    let ignoresOtherColumns: Bool
    let currency: String
    let reference: String
    let statedTotal: Int64?

    /// - Throws: ``OrderFileFault`` of the code "invalid-option" that names what cannot be followed.
    init(_ options: SettlementOptions) throws(OrderFileFault) {
        self.delimiter = try OrderFileFault.delimiter(options.delimiter)
        self.words = try SettlementWords(options.words)
        self.ignoresOtherColumns = options.ignoreOtherColumns
        self.currency = options.currency
        self.reference = options.reference
        self.statedTotal = options.statedTotal?.micros
        var mapped: [String: SettlementMeaning] = [:]
        for column in options.columns {
            let shown = OrderFileFault.shown(column.fileColumn)
            guard mapped.updateValue(try Self.meaning(of: column), forKey: column.fileColumn) == nil else {
                throw .invalidOption("the column \(shown) is mapped twice; once is valid")
            }
        }
        self.mapped = mapped
    }

    private static func meaning(of column: SettlementColumn) throws(OrderFileFault) -> SettlementMeaning {
        let shown = OrderFileFault.shown(column.fileColumn)
        if column.amountKind != .unspecified {
            guard column.field.isEmpty || column.field == SettlementField.amount.rawValue else {
                throw .invalidOption(
                    "the column \(shown) is mapped to \(OrderFileFault.shown(column.field)) and to amounts of a kind; "
                        + "one is valid")
            }
            guard SettlementWords.byName.values.contains(column.amountKind) else {
                throw .invalidOption("the column \(shown) has no known kind; expected one of \(SettlementWords.names)")
            }
            return .amounts(column.amountKind)
        }
        guard !column.field.isEmpty else { return .passedOver }
        guard let field = SettlementField(rawValue: column.field) else {
            throw .invalidOption(
                "the column \(shown) is mapped to \(OrderFileFault.shown(column.field)), which is no field; "
                    + "expected one of "
                    + SettlementField.names)
        }
        return .field(field)
    }
}

/// What the columns of a settlement's table are, from its first row.
struct SettlementColumns: Sendable {
    let all: [SettlementMeaning]
    /// The names that the file gives them.
    let names: [String]

    /// - Throws: ``OrderFileFault`` that names the column at fault.
    init(_ header: CSVRecord, _ options: SettlementTableOptions) throws(OrderFileFault) {
        let names = try HeaderNames.read(header)
        var all: [SettlementMeaning] = []
        for (index, name) in names.enumerated() {
            let meaning = options.mapped[name] ?? SettlementField(rawValue: name).map { .field($0) }
            guard meaning != nil || options.ignoresOtherColumns else {
                throw OrderFileFault(
                    code: "unknown-column", line: header.line,
                    message:
                        "column \(index + 1), \(OrderFileFault.shown(name)), is none that is read; map it, or "
                        + "pass over "
                        + "other columns; expected one of \(SettlementField.names)")
            }
            if case .field? = meaning, let meaning, all.contains(meaning) {
                throw OrderFileFault(
                    code: "duplicate-column", line: header.line,
                    message:
                        "column \(index + 1), \(OrderFileFault.shown(name)), says the same as one before; one is valid")
            }
            all.append(meaning ?? .passedOver)
        }
        try HeaderNames.checkMapped(options.mapped.keys, names, line: header.line)
        let hasAmounts = all.contains { if case .amounts = $0 { true } else { $0 == .field(.amount) } }
        for (name, isThere) in [("orderId", all.contains(.field(.orderID))), ("amount", hasAmounts)] where !isThere {
            throw OrderFileFault(
                code: "missing-column", line: header.line,
                message:
                    "the file has no column \(name); name it so, map the column that has it, or say which delimiter it "
                    + "has")
        }
        self.all = all
        self.names = names
    }
}
