/// A JSON document as `jsonb` takes and gives it: its text.
public struct PostgresJSON: PostgresScalar, Hashable {
    private static let version: UInt8 = 1

    /// UTF-8. The server parses it, and gives it back in a form of its own.
    public var text: String

    /// A document by its text, which the server checks.
    public init(_ text: String) { self.text = text }

    /// The type that the server is told.
    public static var postgresType: PostgresType { .jsonb }

    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        bytes.append(Self.version)
        try self.text.encode(into: &bytes)
    }

    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Self {
        guard field.type == .jsonb else { throw .unexpected(field.type, for: Self.self) }
        var field = field
        let version = try field.integer(UInt8.self)
        guard version == Self.version else { throw .malformed("jsonb of version \(version)") }
        return Self(try field.remainingText())
    }
}
