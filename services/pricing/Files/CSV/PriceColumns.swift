internal import FileFormats
public import PricingMessages

/// A column of a table of prices, by its name.
enum PriceField: String, CaseIterable {
    case listID = "listId"
    case sku
    case minimumQuantity
    case amount
    case validFrom
    case validTo
    case action

    /// Those that are written, in their order.
    static let written: [PriceField] = [.listID, .sku, .minimumQuantity, .amount, .validFrom, .validTo]
    /// Columns that are passed over, as they stand in answers only.
    static let onlyInAnswers: Set<String> = ["recordedAt", "recordedBy", "reason", "importId", "replacedAt"]
}

/// What a file's columns are, and how it is written: the options of an import, checked.
public struct PriceTableOptions: Sendable {
    let delimiter: UInt8
    /// For a column of the file our column; empty: it is passed over.
    let mapped: [String: String]
    let ignoresOtherColumns: Bool
    /// Of rows that name none; may be empty.
    let listID: String

    /// Options as an import has them.
    ///
    /// - Throws: ``PriceFileFault`` of the code "invalid-option" where the delimiter cannot be one, or a column of the file
    ///   is mapped twice, or to what is no field.
    public init(_ options: PriceImportOptions = PriceImportOptions()) throws(PriceFileFault) {
        let delimiter = Array((options.delimiter.isEmpty ? "," : options.delimiter).utf8)
        guard let byte = delimiter.first, delimiter.count == 1, byte < 0x80, !"\"\r\n\0".utf8.contains(byte) else {
            throw Self.invalid(
                "the delimiter \(PriceColumns.shown(options.delimiter)) cannot be one; expected one ASCII character that "
                    + "is no quotation mark and no end of a line")
        }
        self.delimiter = byte
        var mapped: [String: String] = [:]
        for column in options.columns {
            guard column.field.isEmpty || PriceField(rawValue: column.field) != nil else {
                throw Self.invalid(
                    "the column \(PriceColumns.shown(column.fileColumn)) is mapped to \(PriceColumns.shown(column.field)), "
                        + "which is no field; expected one of \(PriceColumns.names)")
            }
            guard mapped.updateValue(column.field, forKey: column.fileColumn) == nil else {
                throw Self.invalid("the column \(PriceColumns.shown(column.fileColumn)) is mapped twice; once is valid")
            }
        }
        self.mapped = mapped
        self.ignoresOtherColumns = options.ignoreOtherColumns
        self.listID = options.listID
    }

    private static func invalid(_ message: String) -> PriceFileFault {
        PriceFileFault(code: "invalid-option", message: message)
    }
}

/// What the columns of a table are, from its first row.
struct PriceColumns: Sendable {
    static let names = PriceField.allCases.map(\.rawValue).joined(separator: ", ")

    /// What the cells are; nil: they are passed over.
    let all: [PriceField?]

    /// Reads the row of names.
    ///
    /// - Throws: ``PriceFileFault`` that names the column at fault: no row could be read without.
    init(_ header: CSVRecord, _ options: PriceTableOptions) throws(PriceFileFault) {
        let line = header.line
        if let fault = header.fault {
            throw PriceFileFault(
                code: "unreadable-header", line: line,
                message: "the row of column names: \(fault.message); expected \(fault.expected)")
        }
        var all: [PriceField?] = []
        var names: Set<String> = []
        for index in 0..<header.count {
            guard let name = String(validating: header[index], as: UTF8.self) else {
                throw PriceFileFault(
                    code: "not-utf8", line: line,
                    message: "the name of column \(index + 1) is not UTF-8; save the file so")
            }
            names.insert(name)
            let field = try Self.field(name, number: index + 1, line, options)
            guard field == nil || !all.contains(field) else {
                throw PriceFileFault(
                    code: "duplicate-column", line: line,
                    message: "column \(index + 1), \(Self.shown(name)), says the same as one before; one is valid")
            }
            all.append(field)
        }
        if let name = options.mapped.keys.sorted().first(where: { !names.contains($0) }) {
            throw PriceFileFault(
                code: "missing-column", line: line,
                message: "the file has no column \(Self.shown(name)), which is mapped")
        }
        for field in [PriceField.sku, .amount] where !all.contains(field) {
            throw PriceFileFault(
                code: "missing-column", line: line,
                message:
                    "the file has no column \(field.rawValue); name it so, map the column that has it, or say which "
                    + "delimiter it has")
        }
        self.all = all
    }

    private static func field(
        _ name: String, number: Int, _ line: Int64, _ options: PriceTableOptions
    ) throws(PriceFileFault) -> PriceField? {
        if let mapped = options.mapped[name] { return PriceField(rawValue: mapped) }
        if let field = PriceField(rawValue: name) { return field }
        guard !options.ignoresOtherColumns, !PriceField.onlyInAnswers.contains(name) else { return nil }
        throw PriceFileFault(
            code: "unknown-column", line: line,
            message:
                "column \(number), \(Self.shown(name)), is none that is imported; expected one of \(Self.names); map "
                + "it, or pass over other columns")
    }

    static func shown(_ name: String) -> String { String(name.prefix(64)).debugDescription }
}
