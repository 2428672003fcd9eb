/// The binary form of one value of an answer, while it is decoded.
///
/// Reads are checked: what a server sends cannot read beyond its value. Must not be kept: it points into the answer.
public struct PostgresField {
    /// What the server says that it is.
    public let type: PostgresType
    private var rest: UnsafeRawBufferPointer

    init(type: PostgresType, bytes: UnsafeRawBufferPointer) {
        self.type = type
        self.rest = bytes
    }

    /// How many bytes are left.
    public var count: Int { self.rest.count }

    /// Reads an integer in network order.
    public mutating func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self
    ) throws(PostgresDecodingFailure) -> Value {
        let size = MemoryLayout<Value>.size
        guard self.rest.count >= size else {
            throw .malformed("\(size) bytes were expected, \(self.rest.count) are left")
        }
        defer { self.rest = UnsafeRawBufferPointer(rebasing: self.rest[size...]) }
        return Value(bigEndian: self.rest.loadUnaligned(as: Value.self))
    }

    /// Reads as many bytes as are left.
    public mutating func remaining() -> [UInt8] {
        defer { self.rest = UnsafeRawBufferPointer(start: nil, count: 0) }
        return Array(self.rest)
    }

    /// Reads as many bytes as are left, as UTF-8.
    public mutating func remainingText() throws(PostgresDecodingFailure) -> String {
        guard let text = String(validating: self.rest, as: UTF8.self) else { throw .malformed("it is not UTF-8") }
        self.rest = UnsafeRawBufferPointer(start: nil, count: 0)
        return text
    }

    /// Takes the next bytes as a value by itself.
    mutating func split(_ count: Int, type: PostgresType) throws(PostgresDecodingFailure) -> PostgresField {
        guard count >= 0, count <= self.rest.count else {
            throw .malformed("an element of \(count) bytes where \(self.rest.count) are left")
        }
        defer { self.rest = UnsafeRawBufferPointer(rebasing: self.rest[count...]) }
        return PostgresField(type: type, bytes: UnsafeRawBufferPointer(rebasing: self.rest[..<count]))
    }

    func expectEnd() throws(PostgresDecodingFailure) {
        guard self.rest.isEmpty else { throw .malformed("\(self.rest.count) bytes are left over") }
    }
}

/// Why a value could not be decoded; the row adds which column it was.
public struct PostgresDecodingFailure: Error, Hashable, Sendable {
    /// For people, such as `it is NULL`.
    public var reason: String

    @usableFromInline
    init(reason: String) { self.reason = reason }

    static func malformed(_ reason: String) -> Self { Self(reason: reason) }

    static func unexpected(_ type: PostgresType, for wanted: Any.Type) -> Self {
        Self(reason: "a \(type) is not decoded as \(wanted)")
    }
}
