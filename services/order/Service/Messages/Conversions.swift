internal import Buckets
internal import Crypto
internal import Glibc
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import WellKnownMessages

extension PostgresUUID {
    /// An order's id as columns hold it.
    init(_ id: OrderID) { self.init(high: id.high, low: id.low) }

    /// The bucket of one of the brand's keys.
    func bucket(of key: String) -> Bucket { Bucket(brand: (self.high, self.low), key: key) }
}

extension OrderID {
    /// The id of a column.
    init(_ column: PostgresUUID) { self.init(high: column.high, low: column.low) }
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

    /// What tells a repeat of a command from another command with its id: the SHA-256 of the message's name and bytes.
    ///
    /// What differs between repeats, the command's id above all, must be taken out before.
    func fingerprint() throws(EncodingError) -> [UInt8] {
        let bytes = try self.encodedBytes()
        var hash = SHA256()
        hash.update(data: Array(Self.fullName.utf8))
        hash.update(data: bytes)
        return Array(hash.finalize())
    }
}

/// Text that is the same only with the same bytes: `String` takes different spellings of a letter for one, columns do not.
struct ExactText: Hashable, Comparable, Sendable {
    /// As it was said.
    let text: String

    /// Text of a column or message.
    init(_ text: String) { self.text = text }

    static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in self.text.utf8 { hasher.combine(byte) }
    }
}
