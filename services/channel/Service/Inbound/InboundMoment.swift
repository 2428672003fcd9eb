internal import Glibc
internal import Postgres
internal import WellKnownMessages

/// Moments as rows and messages have them.
enum InboundMoment {
    /// The time of this machine's clock: for ids, and for what is not decided by it.
    static var now: PostgresTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return PostgresTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// A moment of a message, to the microsecond; nil: it lies outside the years 1 to 9999.
    static func moment(_ message: ProtoTimestamp) -> PostgresTimestamp? {
        guard message.isValid else { return nil }
        return PostgresTimestamp(microseconds: message.seconds * 1_000_000 + Int64(message.nanos / 1_000))
    }

    /// A moment as messages have it; nil for none and for the two infinities.
    static func message(_ moment: PostgresTimestamp?) -> ProtoTimestamp? {
        guard let moment, moment != .infinity, moment != .negativeInfinity else { return nil }
        let (seconds, microseconds) = moment.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // Fractions count forward also before 1970.
        return microseconds < 0
            ? ProtoTimestamp(seconds: seconds - 1, nanos: Int32(microseconds + 1_000_000) * 1_000)
            : ProtoTimestamp(seconds: seconds, nanos: Int32(microseconds) * 1_000)
    }

    /// A new id of the present.
    static func newID() -> PostgresUUID {
        var generator = SystemRandomNumberGenerator()
        return PostgresUUID(milliseconds: Self.now.microseconds / 1_000, using: &generator)
    }
}
