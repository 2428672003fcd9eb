/// Where a row stands in its table: `ctid`.
///
/// Any change of the row moves it, and what stood there may be another row later. So a statement that finds a row by it
/// must compare the row's key too, and count what it has found.
public struct PostgresTupleID: PostgresScalar, Hashable, CustomStringConvertible {
    /// The page of the table, from 0 on.
    public let block: UInt32
    /// The row's number in its page, from 1 on.
    public let offset: UInt16

    /// A place by its page and the number in it.
    public init(block: UInt32, offset: UInt16) {
        self.block = block
        self.offset = offset
    }

    /// As the server writes it: `(7,1)`.
    public var description: String { "(\(self.block),\(self.offset))" }

    /// The type that the server is told.
    public static var postgresType: PostgresType { .tupleID }

    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        bytes.append(self.block)
        bytes.append(self.offset)
    }

    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Self {
        guard field.type == .tupleID else { throw .unexpected(field.type, for: Self.self) }
        var field = field
        let place = Self(block: try field.integer(), offset: try field.integer())
        try field.expectEnd()
        return place
    }
}
