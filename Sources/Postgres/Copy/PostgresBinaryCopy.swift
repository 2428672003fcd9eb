/// Rows for a `COPY … FROM STDIN (FORMAT BINARY)` that are encoded before it begins, field by field in the order of its
/// columns: the counterpart of ``PostgresBinaryRows``.
///
/// For who has all of them at hand. Where rows come one by one, ``PostgresCopyRows`` waits while the server takes no
/// more. Values must have exactly the types of the columns. Some thousand rows cost the server a little less than
/// inserted from arrays, and a tenth of its log less. Source: PostgreSQL documentation, COPY, "Binary Format".
public struct PostgresBinaryCopy: Sendable {
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xff] + Array("\r\n".utf8) + [0]
    private static let trailer = Int16(-1)

    let statement: PostgresStatement
    private let columns: Int
    private var bytes = PostgresBytes()
    /// Rows that were begun.
    public private(set) var count = 0
    private var fields = 0
    private var failure: PostgresError?

    /// - Parameters:
    ///   - statement: One `COPY … FROM STDIN (FORMAT BINARY)`.
    ///   - columns: How many it names.
    public init(_ statement: PostgresStatement, columns: Int) {
        self.statement = statement
        self.columns = columns
        self.bytes.append(contentsOf: Self.signature)
        // No flags, and no extension of the header.
        self.bytes.append(Int32(0))
        self.bytes.append(Int32(0))
    }

    /// Begins the next row; all fields of the one before must have been appended.
    public mutating func beginRow() {
        self.endRow()
        self.count += 1
        self.fields = 0
        self.bytes.append(Int16(truncatingIfNeeded: self.columns))
    }

    /// Appends a `smallint`.
    public mutating func append(_ value: Int16) {
        self.begin(2)
        self.bytes.append(value)
    }

    /// Appends an `integer`.
    public mutating func append(_ value: Int32) {
        self.begin(4)
        self.bytes.append(value)
    }

    /// Appends a `bigint`.
    public mutating func append(_ value: Int64) {
        self.begin(8)
        self.bytes.append(value)
    }

    /// Appends a `boolean`.
    public mutating func append(_ value: Bool) {
        self.begin(1)
        self.bytes.append(UInt8(value ? 1 : 0))
    }

    /// Appends a `uuid`.
    public mutating func append(_ value: PostgresUUID) {
        self.begin(16)
        self.bytes.append(value.high)
        self.bytes.append(value.low)
    }

    /// Appends a `tid`.
    public mutating func append(_ value: PostgresTupleID) {
        self.begin(6)
        self.bytes.append(value.block)
        self.bytes.append(value.offset)
    }

    /// Appends a `timestamptz`.
    public mutating func append(_ value: PostgresTimestamp) {
        self.begin(8)
        do throws(PostgresError) { try value.encode(into: &self.bytes) } catch { self.fail(error.message) }
    }

    /// Appends a `text`, which must not hold NUL; nil stands for NULL.
    public mutating func append(_ value: String?) {
        guard let value else { return self.appendNull() }
        self.begin(value.utf8.count)
        do throws(PostgresError) { try value.encode(into: &self.bytes) } catch { self.fail(error.message) }
    }

    /// Appends a `bytea`.
    public mutating func append(_ value: [UInt8]) {
        self.begin(value.count)
        self.bytes.append(contentsOf: value)
    }

    /// Appends an array of texts, numbers or other values that arrays are made of.
    public mutating func append<Element: PostgresElement>(_ values: [Element]) {
        self.fields += 1
        do throws(PostgresError) {
            try self.bytes.appendWithLength { (bytes) throws(PostgresError) in try values.encode(into: &bytes) }
        } catch {
            self.fail(error.message)
        }
    }

    /// Appends NULL.
    public mutating func appendNull() { self.begin(-1) }

    private mutating func begin(_ length: Int) {
        self.fields += 1
        self.bytes.append(Int32(truncatingIfNeeded: length))
    }

    private mutating func endRow() {
        if self.count > 0, self.fields != self.columns {
            self.fail("it has \(self.fields) values for \(self.columns) columns")
        }
    }

    private mutating func fail(_ message: String) {
        self.failure = self.failure ?? .invalidParameter("row \(self.count): \(message)")
    }

    /// All that is sent.
    ///
    /// - Throws: ``PostgresError`` with code `invalidParameter` for a value that cannot be sent, or a wrong number of them.
    func finished() throws(PostgresError) -> [UInt8] {
        var all = self
        all.endRow()
        all.bytes.append(Self.trailer)
        if let failure = all.failure { throw failure }
        return all.bytes.bytes
    }
}

extension PostgresTransaction {
    /// Copies rows into a table within this transaction: two round trips.
    ///
    /// - Returns: How many rows were copied.
    /// - Throws: ``PostgresError``: `invalidParameter` for a value that cannot be sent, or a wrong number of them; the
    ///   server's. The transaction can only be rolled back then.
    @discardableResult
    public func copy(_ rows: PostgresBinaryCopy) async throws -> Int {
        let bytes = try rows.finished()
        return try await self.copyIn(rows.statement) { writer in
            guard writer.isBinary else {
                throw PostgresError.invalidParameter("typed rows need a COPY statement with (format binary)")
            }
            try await writer.write(bytes)
        }
    }
}
