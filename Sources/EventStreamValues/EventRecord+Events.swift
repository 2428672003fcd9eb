public import Buckets
public import EventStreamMessages
public import Events
internal import Postgres

extension EventRecord {
    /// An event as it travels.
    public init(_ recorded: RecordedEvent) {
        let event = recorded.event
        self.init(
            sequence: recorded.sequence, id: event.id.bytes, brand: event.brand.bytes, type: event.type,
            subject: event.subject, occurredAtMicroseconds: event.occurredAt.microseconds,
            traceParent: event.traceParent ?? "", payload: event.payload)
    }

    /// The event that travelled; nil where it is none.
    public func recorded(in bucket: Bucket) -> RecordedEvent? {
        guard let id = PostgresUUID(bytes: self.id), let brand = PostgresUUID(bytes: self.brand), self.sequence > 0
        else { return nil }
        return RecordedEvent(
            sequence: self.sequence,
            event: Event(
                id: id, brand: brand, bucket: bucket, type: self.type, subject: self.subject,
                occurredAt: PostgresTimestamp(microseconds: self.occurredAtMicroseconds),
                traceParent: self.traceParent.isEmpty ? nil : self.traceParent, payload: self.payload))
    }
}

extension BucketRecords {
    /// A span as it travels.
    public init(_ span: EventSpan) {
        self.init(
            bucket: UInt32(span.bucket.number), after: span.after, through: span.through,
            records: span.events.map { EventRecord($0) })
    }
}

extension EventSpan {
    /// The span that travelled; nil where it is none: a bucket that there is not, or events outside of the span or out of
    /// their order.
    public init?(_ records: BucketRecords) {
        guard let number = Int16(exactly: records.bucket), let bucket = Bucket(number: number), records.after >= 0,
            records.after <= records.through
        else { return nil }
        var events: [RecordedEvent] = []
        events.reserveCapacity(records.records.count)
        var last = records.after
        for record in records.records {
            guard record.sequence > last, let recorded = record.recorded(in: bucket) else { return nil }
            last = record.sequence
            events.append(recorded)
        }
        guard last <= records.through else { return nil }
        self.init(bucket: bucket, after: records.after, through: records.through, events: events)
    }
}

extension EventCursor {
    /// The positions of some buckets as they travel.
    public func positions(of buckets: [Bucket]) -> [BucketPosition] {
        buckets.map { BucketPosition(bucket: UInt32($0.number), sequence: self[$0]) }
    }
}
