/// Reads the rows of a chunk that a `COPY … TO STDOUT (FORMAT BINARY)` gave, field by field in the order of its columns.
///
/// Nothing but the text that is asked for is copied out of the chunk. Reads are checked: what a server sends cannot read
/// beyond it. Source: PostgreSQL documentation, COPY, "Binary Format".
public struct PostgresBinaryRows {
    private static let signatureBytes = 11

    private let bytes: [UInt8]
    private var position = 0
    private let columns: Int

    /// The rows of a chunk.
    ///
    /// - Parameters:
    ///   - columns: How many the statement has.
    ///   - isFirst: Whether it is the first chunk, which begins with a header.
    /// - Throws: ``PostgresError`` with code `decoding` where it does not begin as such a chunk does.
    public init(_ chunk: [UInt8], columns: Int, isFirst: Bool) throws(PostgresError) {
        self.bytes = chunk
        self.columns = columns
        guard isFirst else { return }
        try self.skip(Self.signatureBytes + 4)
        try self.skip(Int(Int32(truncatingIfNeeded: try self.word(4))))
    }

    /// Begins the next row; all fields of the one before must have been read.
    ///
    /// - Returns: false at the end of the chunk, and of the rows.
    public mutating func next() throws(PostgresError) -> Bool {
        guard self.position < self.bytes.count else { return false }
        let count = Int16(truncatingIfNeeded: try self.word(2))
        // The trailer.
        if count == -1 { return false }
        guard count == self.columns else {
            throw .unexpectedValue(column: "all", reason: "a row has \(count) columns, not \(self.columns)")
        }
        return true
    }

    /// Reads a `smallint`.
    public mutating func int16() throws(PostgresError) -> Int16 { Int16(truncatingIfNeeded: try self.field(2)) }

    /// Reads a `bigint`.
    public mutating func int64() throws(PostgresError) -> Int64 { Int64(bitPattern: try self.field(8)) }

    /// Reads a `boolean`.
    public mutating func bool() throws(PostgresError) -> Bool { try self.field(1) != 0 }

    /// Reads a `uuid`.
    public mutating func uuid() throws(PostgresError) -> PostgresUUID {
        try self.expectLength(16)
        return PostgresUUID(high: try self.word(8), low: try self.word(8))
    }

    /// Reads a `text`; nil for NULL.
    public mutating func text() throws(PostgresError) -> String? {
        let length = Int(Int32(truncatingIfNeeded: try self.word(4)))
        guard length >= 0 else { return nil }
        let start = self.position
        try self.skip(length)
        guard let text = String(validating: self.bytes[start..<self.position], as: UTF8.self) else {
            throw .unexpectedValue(column: "a text", reason: "it is not UTF-8")
        }
        return text
    }

    private mutating func field(_ length: Int) throws(PostgresError) -> UInt64 {
        try self.expectLength(length)
        return try self.word(length)
    }

    private mutating func expectLength(_ length: Int) throws(PostgresError) {
        let sent = Int32(truncatingIfNeeded: try self.word(4))
        guard sent == length else {
            throw .unexpectedValue(column: "a number", reason: "it has \(sent) bytes, not \(length)")
        }
    }

    private mutating func skip(_ count: Int) throws(PostgresError) {
        guard count >= 0, self.bytes.count - self.position >= count else {
            throw .unexpectedValue(column: "all", reason: "a row ends before its last field")
        }
        self.position += count
    }

    /// An unsigned integer in network order.
    private mutating func word(_ length: Int) throws(PostgresError) -> UInt64 {
        let start = self.position
        try self.skip(length)
        var word: UInt64 = 0
        for index in start..<self.position { word = word << 8 | UInt64(self.bytes[index]) }
        return word
    }
}
