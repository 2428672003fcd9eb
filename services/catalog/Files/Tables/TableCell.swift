internal import FileFormats

/// What stands in a cell, and what it is in JSON. Writing and reading it gives the same value.
enum TableCell {
    /// The cell that clears a field.
    static let clear = Array("null".utf8)
    /// Between texts of a list.
    static let bar = UInt8(ascii: "|")

    /// Whether a text gets an apostrophe in front when it is written, which is taken off when it is read.
    ///
    /// These are texts that spreadsheets would take for formulas (they begin with `=`, `+`, `-`, `@`, a tab or a carriage
    /// return, as OWASP lists them), the text `null`, which would clear the field, and such texts with apostrophes in
    /// front. All others are read and written as they are, so that `'90s` stays what it is, and so does a `-12` that comes
    /// without an apostrophe.
    static func isMarked(_ text: some Collection<UInt8>) -> Bool {
        let rest = text.drop { $0 == UInt8(ascii: "'") }
        guard let first = rest.first else { return false }
        return "=+-@\t\r".utf8.contains(first) || rest.elementsEqual(Self.clear)
    }

    /// The cell of a text.
    static func cell(text: String) -> [UInt8] { (Self.isMarked(text.utf8) ? Array("'".utf8) : []) + text.utf8 }

    /// The text of a cell.
    static func text(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        cell.first == UInt8(ascii: "'") && Self.isMarked(cell.dropFirst()) ? cell.dropFirst() : cell
    }

    /// The cell of several texts with bars between them; nil: they have to be written as JSON, as one is empty, holds a
    /// bar, or has a space at an end, or as the cell would not be read as a list of texts.
    static func cell(texts: [String]) -> [UInt8]? {
        guard let first = texts.first, !Self.isMarked(first.utf8), first.utf8.first != UInt8(ascii: "[") else {
            return nil
        }
        for text in texts {
            let bytes = Array(text.utf8)
            guard !bytes.isEmpty, !bytes.contains(Self.bar), Self.trimmed(bytes[...]).count == bytes.count else {
                return nil
            }
        }
        return Array(texts.joined(separator: "|").utf8)
    }

    /// The texts of a cell.
    static func texts(_ cell: ArraySlice<UInt8>, field: String) throws(RowFault) -> [ArraySlice<UInt8>] {
        let texts = cell.split(separator: Self.bar, omittingEmptySubsequences: false).map { Self.trimmed($0) }
        guard !texts.contains(where: \.isEmpty) else {
            throw .invalid(
                field, "has an empty value beside a |", expected: "values with one | between them, or a JSON list")
        }
        return texts
    }

    /// Without spaces and tabs at its ends.
    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }

    /// A text as JSON has it; its bytes are UTF-8.
    static func quoted(_ text: some Collection<UInt8>) -> [UInt8] {
        var json = [UInt8(ascii: "\"")]
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: json += Array("\\u00".utf8) + [Self.digit(byte >> 4), Self.digit(byte & 15)]
            default: json.append(byte)
            }
        }
        return json + [UInt8(ascii: "\"")]
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension TableField {
    /// A cell as JSON; what it may be is checked with the whole record, but it is one value.
    func json(_ cell: ArraySlice<UInt8>) throws(RowFault) -> [UInt8] {
        switch self.form {
        case .text, .vehicleAttribute: return TableCell.quoted(TableCell.text(cell))
        case .number, .boolean: return self.bare(TableCell.trimmed(cell))
        case .texts where !Self.isList(cell):
            return Self.list(try TableCell.texts(cell, field: self.name).map { TableCell.quoted($0) })
        case .notes where !Self.isList(cell):
            let texts = try TableCell.texts(cell, field: self.name)
            return Self.list(texts.map { Array("{\"text\":".utf8) + TableCell.quoted($0) + Array("}".utf8) })
        case .texts, .notes, .json, .map:
            let text = TableCell.trimmed(cell)
            do throws(JSONFault) { _ = try JSONValue(text) } catch {
                throw .invalid(
                    self.name, "is no JSON: \(error.reason), at its byte \(error.offset + 1)",
                    expected: self.expectation)
            }
            return Array(text)
        }
    }

    /// A number or a word; what is neither is given as a text, so that it is refused as one.
    private func bare(_ cell: ArraySlice<UInt8>) -> [UInt8] {
        // Spreadsheets write booleans in capitals.
        if self.form == .boolean {
            if cell.elementsEqual("TRUE".utf8) { return Array("true".utf8) }
            if cell.elementsEqual("FALSE".utf8) { return Array("false".utf8) }
        }
        switch try? JSONValue(cell) {
        case .number, .bool: return Array(cell)
        default: return TableCell.quoted(cell)
        }
    }

    private var expectation: String {
        switch self.form {
        case .texts: "values with | between them, or a JSON list of texts such as [\"DOT\", \"SAE\"]"
        case .notes: "texts with | between them, or a JSON list of objects such as [{\"text\": \"…\"}]"
        case .map: "a JSON object of texts such as {\"material\": \"Ceramic\"}"
        default: "a JSON list or object"
        }
    }

    private static func isList(_ cell: ArraySlice<UInt8>) -> Bool {
        TableCell.trimmed(cell).first == UInt8(ascii: "[")
    }

    private static func list(_ elements: [[UInt8]]) -> [UInt8] {
        Array("[".utf8) + elements.joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8)
    }
}
