/// A moment, as `timestamptz` holds it: microseconds, in UTC.
public struct PostgresTimestamp: PostgresScalar, Hashable, Comparable {
    /// From 1970-01-01 to the server's epoch, 2000-01-01.
    private static let epochMicroseconds: Int64 = 946_684_800_000_000

    /// Microseconds since 1970-01-01 00:00 UTC. The server holds 4713 BC to AD 294276.
    public var microseconds: Int64

    /// A moment by its microseconds since 1970-01-01 00:00 UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Before all others: `-infinity`.
    public static let negativeInfinity = PostgresTimestamp(microseconds: .min)
    /// Behind all others: `infinity`.
    public static let infinity = PostgresTimestamp(microseconds: .max)

    /// The type that the server is told.
    public static var postgresType: PostgresType { .timestamptz }

    /// Whether the left one comes first.
    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// Appends the value's binary form.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        // The ends of the range stand for the two infinities.
        guard self != .infinity, self != .negativeInfinity else {
            bytes.append(self.microseconds)
            return
        }
        let (value, overflow) = self.microseconds.subtractingReportingOverflow(Self.epochMicroseconds)
        guard !overflow else { throw .invalidParameter("a timestamp before 4713 BC") }
        bytes.append(value)
    }

    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Self {
        guard field.type == .timestamptz else { throw .unexpected(field.type, for: Self.self) }
        var field = field
        let value = try field.integer(Int64.self)
        try field.expectEnd()
        guard value != .max, value != .min else { return Self(microseconds: value) }
        let (microseconds, overflow) = value.addingReportingOverflow(Self.epochMicroseconds)
        guard !overflow else { throw .malformed("a timestamp after AD 294276") }
        return Self(microseconds: microseconds)
    }
}
