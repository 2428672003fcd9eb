/// What a text becomes in a cell of a table that spreadsheets may open, and back. Writing and reading gives the same
/// text.
public enum CSVCell {
    /// Whether a text gets an apostrophe in front when it is written, which is taken off when it is read: texts that
    /// spreadsheets would take for formulas, as they begin with `=`, `+`, `-`, `@`, a tab or a carriage return (OWASP
    /// lists them), and such texts with apostrophes in front. All others stand as they are.
    public static func isMarked(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first(where: { $0 != UInt8(ascii: "'") }) else { return false }
        return "=+-@\t\r".utf8.contains(first)
    }

    /// The cell of a text.
    public static func cell(_ text: String) -> String { Self.isMarked(text.utf8) ? "'\(text)" : text }

    /// The text of a cell.
    public static func text(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        cell.first == UInt8(ascii: "'") && Self.isMarked(cell.dropFirst()) ? cell.dropFirst() : cell
    }

    /// Without spaces and tabs at its ends.
    public static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
