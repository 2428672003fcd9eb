internal import Buckets

/// The rows that one transaction appends, in the order in which they will be numbered.
///
/// A bucket's row tells, once it is advanced, where the next transaction begins; an event's sequence is found by counting
/// back from there. So the numbers need no answer before the insert, and all statements travel together.
struct EventBatch {
    /// An event, its bucket's place among the buckets, from 1 on, and how far its sequence lies before that one's next; 1
    /// for the last.
    struct Row {
        var event: Event
        var place: Int32
        var back: Int64
    }

    /// The buckets, ascending, and how many events each gets.
    let counts: [(bucket: Bucket, count: Int64)]
    /// In the order in which they were given.
    let rows: [Row]

    init(_ events: [Event]) {
        var remaining: [Bucket: Int64] = [:]
        for event in events { remaining[event.bucket, default: 0] += 1 }
        self.counts = remaining.sorted { $0.key < $1.key }.map { (bucket: $0.key, count: $0.value) }
        var places: [Bucket: Int32] = [:]
        for (index, count) in self.counts.enumerated() { places[count.bucket] = Int32(index + 1) }
        var rows: [Row] = []
        rows.reserveCapacity(events.count)
        for event in events {
            let back = remaining[event.bucket, default: 0]
            rows.append(Row(event: event, place: places[event.bucket, default: 0], back: back))
            remaining[event.bucket] = back - 1
        }
        self.rows = rows
    }
}
