internal import Buckets
internal import InventoryDomain
internal import Postgres
internal import WellKnownMessages

extension PostgresUUID {
    /// The bucket of one of the brand's SKUs, reservations or commands.
    func bucket(of key: String) -> Bucket { Bucket(brand: (self.high, self.low), key: key) }
}

extension Timestamp {
    /// A moment as the domain has it.
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.microseconds) }

    /// The moment as messages have it.
    var protobuf: ProtoTimestamp { PostgresTimestamp(self).protobuf }
}

extension PostgresTimestamp {
    /// A moment as the database has it.
    init(_ timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }

    /// The moment as messages have it.
    var protobuf: ProtoTimestamp {
        let (seconds, microseconds) = self.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // Fractions count forward also before 1970.
        return microseconds < 0
            ? ProtoTimestamp(seconds: seconds - 1, nanos: Int32(microseconds + 1_000_000) * 1_000)
            : ProtoTimestamp(seconds: seconds, nanos: Int32(microseconds) * 1_000)
    }
}

// What rows hold was valid when it was written. Where it is not now, somebody else has changed it: an error that names the
// column, not a trap.

extension SKU {
    static func read(_ text: String) throws(PostgresError) -> SKU {
        do throws(InvalidValue) { return try SKU(text) } catch { throw .unexpectedValue(error, column: "sku") }
    }
}

extension LocationID {
    static func read(_ text: String) throws(PostgresError) -> LocationID {
        do throws(InvalidValue) { return try LocationID(text) } catch {
            throw .unexpectedValue(error, column: "location_id")
        }
    }
}

extension ReservationID {
    static func read(_ text: String) throws(PostgresError) -> ReservationID {
        do throws(InvalidValue) { return try ReservationID(text) } catch {
            throw .unexpectedValue(error, column: "reservation_id")
        }
    }
}

extension CommandID {
    static func read(_ text: String) throws(PostgresError) -> CommandID {
        do throws(InvalidValue) { return try CommandID(text) } catch {
            throw .unexpectedValue(error, column: "command_id")
        }
    }
}

extension UnitCount {
    static func read(_ units: Int64, _ column: String) throws(PostgresError) -> UnitCount {
        do throws(InvalidValue) { return try UnitCount(units) } catch { throw .unexpectedValue(error, column: column) }
    }
}

extension Quantity {
    static func read(_ units: Int64, _ column: String) throws(PostgresError) -> Quantity {
        do throws(InvalidValue) { return try Quantity(units) } catch { throw .unexpectedValue(error, column: column) }
    }
}

extension ChannelBuffer {
    static func read(_ channels: [String], _ buffers: [Int64]) throws(PostgresError) -> [ChannelBuffer] {
        guard channels.count == buffers.count else {
            throw .unexpectedValue(
                column: "channel_buffers", reason: "\(buffers.count) buffers stand for \(channels.count) channels")
        }
        var read: [ChannelBuffer] = []
        for (channel, units) in zip(channels, buffers) {
            do throws(InvalidValue) {
                read.append(ChannelBuffer(channel: try ChannelID(channel), quantity: try UnitCount(units)))
            } catch {
                throw .unexpectedValue(error, column: "channel_buffers")
            }
        }
        return read
    }
}

extension WriteMark {
    static func read(_ source: Int16?, _ at: PostgresTimestamp?) -> WriteMark? {
        guard let at, let source = source.flatMap({ Source(rawValue: $0) }) else { return nil }
        return WriteMark(source: source, at: Timestamp(at))
    }
}

extension PostgresError {
    static func unexpectedValue(_ error: InvalidValue, column: String) -> PostgresError {
        .unexpectedValue(column: column, reason: "\(error)")
    }
}
