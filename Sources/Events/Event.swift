public import Buckets
public import Postgres

/// Something that happened, as its service appends it.
public struct Event: Hashable, Sendable {
    /// Made by the service (UUIDv7); consumers outside know the event by it.
    public var id: PostgresUUID
    /// Whose it is.
    public var brand: PostgresUUID
    /// Where it stands: the bucket of its subject. Events of one subject keep their order.
    public var bucket: Bucket
    /// What happened, such as `inventory.level.changed`.
    public var type: String
    /// What it happened to: a SKU, or an order's id.
    public var subject: String
    /// When it happened.
    public var occurredAt: PostgresTimestamp
    /// The trace context of what caused it, as in the header `traceparent`.
    public var traceParent: String?
    /// The event's message, encoded.
    public var payload: [UInt8]

    /// An event with all that it consists of.
    public init(
        id: PostgresUUID, brand: PostgresUUID, bucket: Bucket, type: String, subject: String,
        occurredAt: PostgresTimestamp, traceParent: String? = nil, payload: [UInt8]
    ) {
        self.id = id
        self.brand = brand
        self.bucket = bucket
        self.type = type
        self.subject = subject
        self.occurredAt = occurredAt
        self.traceParent = traceParent
        self.payload = payload
    }
}

/// An event as the log holds it.
public struct RecordedEvent: Hashable, Sendable {
    /// From 1 on, without gaps, in the order of commits within the bucket.
    public var sequence: Int64
    /// What happened.
    public var event: Event

    /// An event at its place.
    public init(sequence: Int64, event: Event) {
        self.sequence = sequence
        self.event = event
    }
}

/// How far a reader has come: per bucket the sequence of the last event that it has dealt with, 0 before the first.
public struct EventCursor: Hashable, Sendable {
    private var sequences: [Int64]

    /// Before the first event of every bucket.
    public init() { self.sequences = Array(repeating: 0, count: Bucket.count) }

    /// The sequence of the last event of a bucket that was dealt with.
    public subscript(bucket: Bucket) -> Int64 {
        get { self.sequences[Int(bucket.number)] }
        set { self.sequences[Int(bucket.number)] = newValue }
    }
}

/// Events of one bucket that stand one behind the other.
public struct EventRange: Hashable, Sendable {
    /// Their bucket.
    public let bucket: Bucket
    /// Their sequences.
    public let sequences: ClosedRange<Int64>

    /// A range by its ends.
    public init(bucket: Bucket, sequences: ClosedRange<Int64>) {
        self.bucket = bucket
        self.sequences = sequences
    }
}
