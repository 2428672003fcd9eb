/// What stands in a cell of a table of prices. Writing and reading it gives the same value.
enum PriceCell {
    /// Whether a text gets an apostrophe in front when it is written, which is taken off when it is read: texts that
    /// spreadsheets would take for formulas, as they begin with `=`, `+`, `-`, `@`, a tab or a carriage return (OWASP lists
    /// them), and such texts with apostrophes in front. All others stand as they are.
    static func isMarked(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first(where: { $0 != UInt8(ascii: "'") }) else { return false }
        return "=+-@\t\r".utf8.contains(first)
    }

    /// The cell of a text.
    static func cell(_ text: String) -> String { Self.isMarked(text.utf8) ? "'\(text)" : text }

    /// The text of a cell.
    static func text(_ cell: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        cell.first == UInt8(ascii: "'") && Self.isMarked(cell.dropFirst()) ? cell.dropFirst() : cell
    }
}
