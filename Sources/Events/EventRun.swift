internal import Buckets
internal import Postgres

/// Events of one bucket and one transaction that stand one behind the other, as a row of the log holds them.
///
/// A row and an index entry for each event took a tenth of what an update of stock costs the server. What it need not look
/// into, it is given as one value: each event's id and brand in 16 bytes, its moment in microseconds since 1970
/// in eight, and its type, subject, trace context and payload, each behind its length in four (-1: no trace context).
/// Numbers are in network order. The functions of ``EventLog/runSchema`` take such values apart, and make them, in SQL.
struct EventRun {
    /// After how many bytes a run takes no further event: what fits into a page four times, so that the server keeps it
    /// where it is.
    static let maximumBytes = 1_900

    /// How many events it has.
    private(set) var count: Int16 = 0
    /// The events, one behind the other.
    private(set) var bytes: [UInt8] = []

    /// Takes an event, unless there is no room for it.
    ///
    /// - Returns: Whether it did. A run without events takes any.
    mutating func append(_ event: Event) -> Bool {
        let size = Self.size(of: event)
        guard self.count == 0 || (self.bytes.count + size <= Self.maximumBytes && self.count < .max) else {
            return false
        }
        if self.count == 0 { self.bytes.reserveCapacity(max(size, Self.maximumBytes)) }
        self.append(event.id)
        self.append(event.brand)
        self.append(event.occurredAt.microseconds)
        self.append(event.type)
        self.append(event.subject)
        if let traceParent = event.traceParent { self.append(traceParent) } else { self.append(Int32(-1)) }
        self.append(Int32(event.payload.count))
        self.bytes.append(contentsOf: event.payload)
        self.count += 1
        return true
    }

    private static func size(of event: Event) -> Int {
        40 + 16 + event.type.utf8.count + event.subject.utf8.count + (event.traceParent?.utf8.count ?? 0)
            + event.payload.count
    }

    private mutating func append(_ uuid: PostgresUUID) {
        self.append(uuid.high)
        self.append(uuid.low)
    }

    private mutating func append(_ text: String) {
        self.append(Int32(text.utf8.count))
        self.bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { self.bytes.append(contentsOf: $0) }
    }
}
