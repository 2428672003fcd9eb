public import CatalogMessages
internal import FileFormats
internal import Transcoding

/// What a file's columns are, and how it is written: the options of an import, checked.
public struct TableOptions: Sendable {
    let delimiter: UInt8
    /// For a column of the file our column; empty: it is passed over.
    let mapped: [String: String]
    let ignoresOtherColumns: Bool

    /// Options as an import has them.
    ///
    /// - Throws: ``CatalogFileFault`` of the code "invalid-option" where the delimiter cannot be one, or a column of the
    ///   file is mapped twice.
    public init(_ options: CatalogImportOptions = CatalogImportOptions()) throws(CatalogFileFault) {
        let delimiter = Array((options.delimiter.isEmpty ? "," : options.delimiter).utf8)
        guard let byte = delimiter.first, delimiter.count == 1, byte < 0x80, !"\"\r\n\0".utf8.contains(byte) else {
            throw Self.invalid(
                "the delimiter \(String(options.delimiter.prefix(8)).debugDescription) cannot be one; expected one ASCII "
                    + "character that is no quotation mark and no end of a line")
        }
        self.delimiter = byte
        var mapped: [String: String] = [:]
        for column in options.columns {
            guard mapped.updateValue(column.field, forKey: column.fileColumn) == nil else {
                throw Self.invalid("the column \(TableColumns.shown(column.fileColumn)) is mapped twice; once is valid")
            }
        }
        self.mapped = mapped
        self.ignoresOtherColumns = options.ignoreOtherColumns
    }

    static func invalid(_ message: String) -> CatalogFileFault {
        CatalogFileFault(code: "invalid-option", line: 0, message: message)
    }
}

/// What the columns of a table are, from its first row.
struct TableColumns: Sendable {
    /// What a cell is.
    enum Meaning: Hashable, Sendable {
        case passedOver
        case action
        case field(TableField)
        /// One value of a map.
        case entry(TableField, key: String)
    }

    let all: [Meaning]
    /// Where the SKU stands.
    let sku: Int

    /// Reads the row of names.
    ///
    /// - Throws: ``CatalogFileFault`` that names the column at fault: no row could be read without.
    init(_ header: CSVRecord, _ form: TableForm, _ options: TableOptions) throws(CatalogFileFault) {
        let line = header.line
        if let fault = header.fault {
            throw CatalogFileFault(
                code: "unreadable-header", line: line,
                message: "the row of column names: \(fault.message); expected \(fault.expected)")
        }
        var all: [Meaning] = []
        var names: [String] = []
        for index in 0..<header.count {
            guard let name = String(validating: header[index], as: UTF8.self) else {
                throw CatalogFileFault(
                    code: "not-utf8", line: line,
                    message: "the name of column \(index + 1) is not UTF-8; save the file so")
            }
            names.append(name)
            let meaning = try Self.meaning(name, number: index + 1, line, form, options)
            guard meaning == .passedOver || !all.contains(meaning) else {
                throw CatalogFileFault(
                    code: "duplicate-column", line: line,
                    message: "column \(index + 1), \(Self.shown(name)), says the same as one before; one is valid")
            }
            all.append(meaning)
        }
        for name in options.mapped.keys.sorted() where !names.contains(name) {
            let nearest = Schema.nearestName(to: name, among: names)
            throw CatalogFileFault(
                code: "missing-column", line: line,
                message: "the file has no column \(Self.shown(name)), which is mapped"
                    + (nearest.map { "; perhaps it is \(Self.shown($0))" } ?? ""))
        }
        self.all = all
        self.sku = try Self.sku(all, line)
    }

    private static func sku(_ all: [Meaning], _ line: Int64) throws(CatalogFileFault) -> Int {
        let index = all.firstIndex { meaning in
            if case .field(let field) = meaning { field.name == "sku" } else { false }
        }
        guard let index else {
            throw CatalogFileFault(
                code: "missing-column", line: line,
                message:
                    "the file has no column sku; name it so, map the column that has it, or say which delimiter it has")
        }
        return index
    }

    private static func meaning(
        _ name: String, number: Int, _ line: Int64, _ form: TableForm, _ options: TableOptions
    ) throws(CatalogFileFault) -> Meaning {
        if let mapped = options.mapped[name] {
            guard !mapped.isEmpty else { return .passedOver }
            guard let meaning = self.meaning(mapped, form), meaning != .passedOver else {
                throw TableOptions.invalid(
                    "the column \(self.shown(name)) is mapped to \(self.shown(mapped)), which is no field"
                        + self.suggestion(mapped, form))
            }
            return meaning
        }
        if let meaning = self.meaning(name, form) { return meaning }
        guard !options.ignoresOtherColumns else { return .passedOver }
        throw CatalogFileFault(
            code: "unknown-column", line: line,
            message: "column \(number), \(self.shown(name)), is none that is imported\(self.suggestion(name, form)); "
                + "map it, or pass over other columns")
    }

    /// - Returns: nil for a name that is none.
    private static func meaning(_ name: String, _ form: TableForm) -> Meaning? {
        if name == TableForm.actionColumn { return .action }
        if let field = form.fields.first(where: { $0.name == name }) { return .field(field) }
        if form.onlyInAnswers.contains(name) { return .passedOver }
        for field in form.fields where field.form == .map && name.hasPrefix(field.name + ".") {
            let key = String(name.dropFirst(field.name.count + 1))
            return key.isEmpty ? nil : .entry(field, key: key)
        }
        return nil
    }

    private static func suggestion(_ name: String, _ form: TableForm) -> String {
        let nearest = Schema.nearestName(to: name, among: form.names)
        return nearest.map { "; perhaps \($0) is meant" } ?? "; expected one of \(form.names.joined(separator: ", "))"
    }

    static func shown(_ name: String) -> String { String(name.prefix(64)).debugDescription }
}
