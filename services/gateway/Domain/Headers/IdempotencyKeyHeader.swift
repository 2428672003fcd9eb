/// The key by which the repeat of a request is recognised.
public enum IdempotencyKeyHeader {
    /// The header's name.
    public static let name = "Idempotency-Key"
    /// The most characters of a key.
    public static let maximumLength = 255

    /// Reads the header: 1 to 255 characters of visible ASCII, bare or in quotes.
    ///
    /// - Parameter fields: All fields of that name.
    /// - Returns: The key without its quotes; `nil` where there is none.
    /// - Throws: The 400 that says what a key may be.
    public static func key(_ fields: [String]) throws(ProblemDocument) -> String? {
        guard let field = fields.first else { return nil }
        guard fields.count == 1 else {
            throw .headerInvalid(self.name, "is given \(fields.count) times", expected: "one key")
        }
        var key = field[...].trimmed
        if key.utf8.count >= 2, key.first == "\"", key.last == "\"" { key = key.dropFirst().dropLast() }
        guard (1...self.maximumLength).contains(key.utf8.count), key.isVisibleASCII, !key.contains("\"") else {
            throw .headerInvalid(
                self.name, "is no idempotency key", expected: "1 to \(self.maximumLength) visible ASCII characters")
        }
        return String(key)
    }
}
