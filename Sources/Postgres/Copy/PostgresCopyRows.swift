/// Takes typed rows for a COPY … FROM STDIN (FORMAT BINARY). Source: PostgreSQL documentation, COPY, "Binary Format".
///
/// A row's values must have exactly the types of the columns: binary rows do not say their types, so the server can
/// tell a `bigint` for an `integer` only by its length.
public struct PostgresCopyRows: ~Copyable {
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xff] + Array("\r\n".utf8) + [0]
    private static let trailer = Int16(-1)

    private var writer: PostgresCopyWriter
    private var row = PostgresBytes()
    /// Rows that were appended.
    public private(set) var count = 0

    init(_ writer: consuming PostgresCopyWriter) throws(PostgresError) {
        guard writer.isBinary else {
            throw .invalidParameter("typed rows need a COPY statement with (format binary)")
        }
        self.writer = writer
        self.row.append(contentsOf: Self.signature)
        // No flags, and no extension of the header.
        self.row.append(Int32(0))
        self.row.append(Int32(0))
    }

    /// Appends a row; waits while the server takes no more.
    ///
    /// - Throws: ``PostgresError``: `invalidParameter` for a value that cannot be sent, or a wrong number of them; the
    ///   server's as soon as it refuses a row; `cancelled`. Nothing of the COPY is kept then.
    public mutating func append<each Value: PostgresEncodable>(_ values: repeat each Value) async throws(PostgresError)
    {
        try self.encode(repeat each values)
        self.count += 1
        if self.row.count >= Connection.copyChunkBytes { try await self.hand() }
    }

    private mutating func encode<each Value: PostgresEncodable>(_ values: repeat each Value) throws(PostgresError) {
        let start = self.row.count
        self.row.append(Int16(truncatingIfNeeded: self.writer.columns))
        var column = 0
        for value in repeat each values {
            column += 1
            do throws(PostgresError) {
                try self.row.appendValue(value)
            } catch {
                var error = error
                error.message = "row \(self.count + 1), value \(column): \(error.message)"
                throw error
            }
        }
        guard column == self.writer.columns else {
            throw .invalidParameter(
                "row \(self.count + 1) has \(column) values for \(self.writer.columns) columns")
        }
        guard self.row.count - start <= PostgresCommand.maximumParameterBytes else {
            throw .invalidParameter(
                "row \(self.count + 1) has more than \(PostgresCommand.maximumParameterBytes) bytes")
        }
    }

    private mutating func hand() async throws(PostgresError) {
        try await self.writer.write(self.row.bytes)
        self.row.removeAll()
    }

    mutating func end() async throws(PostgresError) {
        self.row.append(Self.trailer)
        try await self.hand()
        try await self.writer.flush()
    }
}

extension PostgresBytes {
    /// Appends a value with its length before it; NULL is a length of -1.
    mutating func appendValue<Value: PostgresEncodable>(_ value: Value) throws(PostgresError) {
        guard !value.isNull else { return self.append(Int32(-1)) }
        try self.appendWithLength { bytes throws(PostgresError) in try value.encode(into: &bytes) }
    }

    mutating func removeAll() { self.bytes.removeAll(keepingCapacity: true) }
}
