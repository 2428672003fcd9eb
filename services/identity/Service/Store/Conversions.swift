internal import IdentityDomain
internal import Postgres
internal import WellKnownMessages

extension PostgresUUID {
    /// Above every id that there is.
    static let greatest = PostgresUUID(high: .max, low: .max)

    /// A key's id as the database has it.
    init(_ id: KeyID) { self.init(high: id.high, low: id.low) }
}

extension KeyID {
    /// A key's id as the domain has it.
    init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension PostgresTimestamp {
    /// The moment as messages have it.
    var protobuf: ProtoTimestamp {
        let (seconds, microseconds) = self.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // Fractions count forward also before 1970.
        return microseconds < 0
            ? ProtoTimestamp(seconds: seconds - 1, nanos: Int32(microseconds + 1_000_000) * 1_000)
            : ProtoTimestamp(seconds: seconds, nanos: Int32(microseconds) * 1_000)
    }

    /// A message's moment to the microsecond; `nil` where it is none of the years 1 to 9999.
    init?(_ timestamp: ProtoTimestamp) {
        guard timestamp.isValid else { return nil }
        self.init(microseconds: timestamp.seconds * 1_000_000 + Int64(timestamp.nanos) / 1_000)
    }
}
