extension Bool: PostgresScalar {
    /// The type that the server is told.
    public static var postgresType: PostgresType { .boolean }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) { bytes.append(UInt8(self ? 1 : 0)) }
    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Bool {
        guard field.type == .boolean else { throw .unexpected(field.type, for: Bool.self) }
        var field = field
        let byte = try field.integer(UInt8.self)
        try field.expectEnd()
        return byte != 0
    }
}

extension Int16: PostgresScalar {
    /// The type that the server is told.
    public static var postgresType: PostgresType { .smallint }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) { bytes.append(self) }
    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Int16 {
        try field.exactInteger()
    }
}

extension Int32: PostgresScalar {
    /// The type that the server is told.
    public static var postgresType: PostgresType { .integer }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) { bytes.append(self) }
    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Int32 {
        try field.exactInteger()
    }
}

extension Int64: PostgresScalar {
    /// The type that the server is told.
    public static var postgresType: PostgresType { .bigint }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) { bytes.append(self) }
    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Int64 {
        try field.exactInteger()
    }
}

extension PostgresField {
    /// Any of the server's integers, as long as its value fits.
    func exactInteger<Value: FixedWidthInteger>() throws(PostgresDecodingFailure) -> Value {
        var field = self
        let wide: Int64
        switch self.type {
        case .smallint: wide = Int64(try field.integer(Int16.self))
        case .integer: wide = Int64(try field.integer(Int32.self))
        case .bigint: wide = try field.integer(Int64.self)
        default: throw .unexpected(self.type, for: Value.self)
        }
        try field.expectEnd()
        guard let value = Value(exactly: wide) else { throw .malformed("\(wide) does not fit into \(Value.self)") }
        return value
    }
}

extension Double: PostgresScalar {
    /// The type that the server is told.
    public static var postgresType: PostgresType { .doublePrecision }
    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) { bytes.append(self.bitPattern) }
    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Double {
        guard field.type == .doublePrecision else { throw .unexpected(field.type, for: Double.self) }
        var field = field
        let bits = try field.integer(UInt64.self)
        try field.expectEnd()
        return Double(bitPattern: bits)
    }
}

extension String: PostgresScalar {
    /// The type that the server is told.
    public static var postgresType: PostgresType { .text }

    /// - Throws: ``PostgresError`` for text with NUL, which the server cannot hold.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        let text = self.utf8.span
        for index in text.indices where text[index] == 0 {
            throw .invalidParameter("text with NUL, which PostgreSQL cannot hold")
        }
        bytes.append(contentsOf: self.utf8)
    }

    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> String {
        switch field.type {
        case .text, .varchar, .character, .name: break
        default: throw .unexpected(field.type, for: String.self)
        }
        var field = field
        return try field.remainingText()
    }
}

/// `[UInt8]` is bytea, so a byte by itself is not a value.
extension UInt8: PostgresElement {
    /// The type of an array of them.
    public static var postgresArrayType: PostgresType { .bytea }

    /// Appends the binary form of an array of them.
    public static func encodeArray(_ elements: [UInt8], into bytes: inout PostgresBytes) throws(PostgresError) {
        bytes.append(contentsOf: elements)
    }

    /// Reads the binary form of an array of them.
    public static func decodeArray(_ field: PostgresField) throws(PostgresDecodingFailure) -> [UInt8] {
        guard field.type == .bytea else { throw .unexpected(field.type, for: [UInt8].self) }
        var field = field
        return field.remaining()
    }
}

extension Array: PostgresElement where Element == UInt8 {
    /// The type of an array of them.
    public static var postgresArrayType: PostgresType { PostgresType(identifier: 1001) }

    /// Appends the binary form of an array of them.
    public static func encodeArray(_ elements: [[UInt8]], into bytes: inout PostgresBytes) throws(PostgresError) {
        bytes.appendArrayHeader(of: .bytea, count: elements.count, hasNulls: false)
        for element in elements {
            bytes.append(Int32(truncatingIfNeeded: element.count))
            bytes.append(contentsOf: element)
        }
    }

    /// Reads the binary form of an array of them.
    public static func decodeArray(_ field: PostgresField) throws(PostgresDecodingFailure) -> [[UInt8]] {
        try PostgresArray.elements(of: field) { element throws(PostgresDecodingFailure) in
            try [UInt8].decode(element)
        }
    }
}
