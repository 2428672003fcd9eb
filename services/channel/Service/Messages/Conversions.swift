internal import Buckets
internal import Glibc
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

extension PostgresUUID {
    /// The bucket of one of the brand's keys.
    func bucket(of key: String) -> Bucket { Bucket(brand: (self.high, self.low), key: key) }
}

extension PostgresTimestamp {
    /// The time of this machine's clock: for what is not decided by it.
    static var ofSystemClock: PostgresTimestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return PostgresTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// The moment of a message, to the microsecond; nil: it lies outside the years 1 to 9999.
    init?(_ message: ProtoTimestamp) {
        guard message.isValid else { return nil }
        self.init(microseconds: message.seconds * 1_000_000 + Int64(message.nanos / 1_000))
    }

    /// The moment as messages have it.
    var protobuf: ProtoTimestamp {
        let (seconds, microseconds) = self.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // Fractions count forward also before 1970.
        return microseconds < 0
            ? ProtoTimestamp(seconds: seconds - 1, nanos: Int32(microseconds + 1_000_000) * 1_000)
            : ProtoTimestamp(seconds: seconds, nanos: Int32(microseconds) * 1_000)
    }
}

extension Message {
    /// A document of a row.
    ///
    /// - Throws: `PostgresError` that names the column, where somebody else has changed it.
    init(stored bytes: [UInt8], column: String, in arena: Arena) throws(PostgresError) {
        do throws(DecodingError) {
            try self.init(decoding: bytes.span.bytes, in: arena)
        } catch {
            throw .unexpectedValue(column: column, reason: "it is no \(Self.fullName): \(error)")
        }
    }
}
