/// A type that may be a parameter.
public protocol PostgresEncodable: Sendable {
    /// The type that the server is told.
    static var postgresType: PostgresType { get }
    /// Whether this value is NULL; then ``encode(into:)`` is not called.
    var isNull: Bool { get }
    /// Appends the value's binary form.
    func encode(into bytes: inout PostgresBytes) throws(PostgresError)
}

/// A type that a column may be decoded as.
public protocol PostgresDecodable: Sendable {
    /// - Parameter field: nil for NULL.
    static func decode(_ field: PostgresField?) throws(PostgresDecodingFailure) -> Self
}

/// A type that may be the element of an array.
public protocol PostgresElement: Sendable {
    /// The type of an array of them.
    static var postgresArrayType: PostgresType { get }
    static func encodeArray(_ elements: [Self], into bytes: inout PostgresBytes) throws(PostgresError)
    static func decodeArray(_ field: PostgresField) throws(PostgresDecodingFailure) -> [Self]
}

/// A single value with a type of its own: what conforms can be parameter, column, optional and array element.
public protocol PostgresScalar: PostgresEncodable, PostgresDecodable, PostgresElement {
    static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Self
}

extension PostgresScalar {
    /// Whether the value is NULL.
    public var isNull: Bool { false }

    /// Reads the value; nil stands for NULL.
    @inlinable
    public static func decode(_ field: PostgresField?) throws(PostgresDecodingFailure) -> Self {
        guard let field else { throw PostgresDecodingFailure(reason: "it is NULL") }
        return try Self.decode(value: field)
    }

    /// The type of an array of them.
    public static var postgresArrayType: PostgresType {
        // Every scalar's type has one; a type without is refused by the server by its number.
        Self.postgresType.array ?? PostgresType(identifier: 0)
    }

    /// Appends the binary form of an array of them.
    public static func encodeArray(_ elements: [Self], into bytes: inout PostgresBytes) throws(PostgresError) {
        bytes.appendArrayHeader(of: Self.postgresType, count: elements.count, hasNulls: false)
        bytes.reserve(elements.count * (MemoryLayout<Int32>.size + MemoryLayout<Self>.stride))
        for element in elements {
            try bytes.appendWithLength { bytes throws(PostgresError) in try element.encode(into: &bytes) }
        }
    }

    /// Reads the binary form of an array of them.
    public static func decodeArray(_ field: PostgresField) throws(PostgresDecodingFailure) -> [Self] {
        try PostgresArray.elements(of: field) { element throws(PostgresDecodingFailure) in try Self.decode(element) }
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type that the server is told.
    public static var postgresType: PostgresType { Wrapped.postgresType }
    /// Whether the value is NULL.
    public var isNull: Bool { self?.isNull ?? true }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) { try self?.encode(into: &bytes) }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads the value; nil stands for NULL.
    @inlinable
    public static func decode(_ field: PostgresField?) throws(PostgresDecodingFailure) -> Self {
        guard let field else { return nil }
        return try Wrapped.decode(field)
    }
}

extension Optional: PostgresElement where Wrapped: PostgresEncodable & PostgresDecodable & PostgresElement {
    /// The type of an array of them.
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    /// Appends the binary form of an array of them.
    public static func encodeArray(_ elements: [Self], into bytes: inout PostgresBytes) throws(PostgresError) {
        let hasNulls = elements.contains { $0 == nil }
        bytes.appendArrayHeader(of: Wrapped.postgresType, count: elements.count, hasNulls: hasNulls)
        for element in elements {
            guard let element else {
                bytes.append(Int32(-1))
                continue
            }
            try bytes.appendWithLength { bytes throws(PostgresError) in try element.encode(into: &bytes) }
        }
    }

    /// Reads the binary form of an array of them.
    public static func decodeArray(_ field: PostgresField) throws(PostgresDecodingFailure) -> [Self] {
        try PostgresArray.elements(of: field) { element throws(PostgresDecodingFailure) in
            try Optional<Wrapped>.decode(element)
        }
    }
}
