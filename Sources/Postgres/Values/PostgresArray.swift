extension Array: PostgresEncodable where Element: PostgresElement {
    /// The type that the server is told.
    public static var postgresType: PostgresType { Element.postgresArrayType }
    /// Whether the value is NULL.
    public var isNull: Bool { false }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        try Element.encodeArray(self, into: &bytes)
    }
}

extension Array: PostgresDecodable where Element: PostgresElement {
    /// Reads the value; nil stands for NULL.
    public static func decode(_ field: PostgresField?) throws(PostgresDecodingFailure) -> Self {
        guard let field else { throw PostgresDecodingFailure(reason: "it is NULL") }
        return try Element.decodeArray(field)
    }
}

/// The binary form of arrays: dimensions, whether there are nulls, the elements' type, each dimension's length and lower
/// bound, and the elements with their lengths. Source: `array_send` in the server.
enum PostgresArray {
    /// Elements for which space is taken before they are read; a length that a server claims is not believed further.
    private static let reservedElements = 4_096

    static func elements<Element>(
        of field: PostgresField, _ decode: (PostgresField?) throws(PostgresDecodingFailure) -> Element
    ) throws(PostgresDecodingFailure) -> [Element] {
        var field = field
        let dimensions = try field.integer(Int32.self)
        _ = try field.integer(Int32.self)
        let type = PostgresType(identifier: try field.integer(UInt32.self))
        guard dimensions != 0 else {
            try field.expectEnd()
            return []
        }
        guard dimensions == 1 else { throw .malformed("an array with \(dimensions) dimensions, not one") }
        let count = try field.integer(Int32.self)
        _ = try field.integer(Int32.self)
        var elements: [Element] = []
        elements.reserveCapacity(Int(Swift.min(Swift.max(count, 0), Int32(Self.reservedElements))))
        for _ in 0..<Swift.max(count, 0) {
            let length = try field.integer(Int32.self)
            elements.append(try decode(length == -1 ? nil : try field.split(Int(length), type: type)))
        }
        try field.expectEnd()
        return elements
    }
}

extension PostgresBytes {
    mutating func appendArrayHeader(of type: PostgresType, count: Int, hasNulls: Bool) {
        self.append(Int32(count == 0 ? 0 : 1))
        self.append(Int32(hasNulls ? 1 : 0))
        self.append(type.identifier)
        guard count > 0 else { return }
        self.append(Int32(truncatingIfNeeded: count))
        self.append(Int32(1))
    }
}
