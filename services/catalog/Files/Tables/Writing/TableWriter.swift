internal import FileFormats

/// Writes a table row by row: what products and fitments have in common.
///
/// Texts that spreadsheets would take for formulas get an apostrophe in front, which the readers take off again: see
/// ``TableCell/isMarked(_:)``.
struct TableWriter: Sendable {
    private let fields: [TableField]
    private var csv: CSVText

    /// A table.
    ///
    /// - Parameter isResumed: It has been begun: its row of names is there.
    init(_ form: TableForm, _ options: TableOptions, isResumed: Bool) {
        self.fields = form.fields
        self.csv = CSVText(delimiter: options.delimiter)
        guard !isResumed else { return }
        for field in self.fields { self.csv.field(field.name) }
        self.csv.endRow()
    }

    /// Adds a row.
    ///
    /// - Parameter members: What the record says, under the names of columns; nil: it is too large.
    /// - Returns: Why it is left out; nil: it is not.
    mutating func append(_ members: [String: ArraySlice<UInt8>]?) -> String? {
        guard let members else { return LeftOut.tooLarge }
        guard members["sku"] != nil else { return LeftOut.skuMissing }
        let begin = self.csv.bytes.count
        for field in self.fields { self.csv.field(members[field.name].map { field.cell($0) } ?? []) }
        self.csv.endRow()
        guard self.csv.bytes.count - begin <= CatalogJSON.maximumRecordBytes else {
            self.csv.bytes.removeSubrange(begin...)
            return LeftOut.tooLarge
        }
        return nil
    }

    mutating func take() -> [UInt8] {
        defer { self.csv.bytes = [] }
        return self.csv.bytes
    }
}

extension TableField {
    /// The cell of a value in JSON.
    fileprivate func cell(_ json: ArraySlice<UInt8>) -> [UInt8] {
        switch self.form {
        case .text, .vehicleAttribute:
            if case .string(let text)? = try? JSONValue(json) { return TableCell.cell(text: text) }
        case .texts: if let cell = Self.texts(json, Self.text).flatMap({ TableCell.cell(texts: $0) }) { return cell }
        case .notes: if let cell = Self.texts(json, Self.note).flatMap({ TableCell.cell(texts: $0) }) { return cell }
        case .number, .boolean, .json, .map: break
        }
        return Array(json)
    }

    /// The texts of a list; nil: an element has more to say.
    private static func texts(_ json: ArraySlice<UInt8>, _ text: (JSONValue) -> String?) -> [String]? {
        guard case .array(let elements)? = try? JSONValue(json) else { return nil }
        let texts = elements.compactMap(text)
        return texts.count == elements.count ? texts : nil
    }

    private static func text(_ element: JSONValue) -> String? {
        guard case .string(let text) = element else { return nil }
        return text
    }

    /// The text of a note that says nothing else.
    private static func note(_ element: JSONValue) -> String? {
        guard case .object(let members) = element else { return nil }
        let said = members.filter { $0.value != .number("0") && $0.value != .string("") }
        guard said.count == 1, said[0].name == "text", case .string(let text) = said[0].value else { return nil }
        return text
    }
}
