internal import Buckets

/// The rows that one transaction appends, in the order in which they will be numbered.
///
/// A bucket's row tells, once it is advanced, where the next transaction begins; an event's sequence is found by counting
/// back from there. So the numbers need no answer before the insert, and all statements travel together.
struct EventBatch {
    /// The buckets, ascending, and how many events each gets.
    let counts: [(bucket: Bucket, count: Int64)]
    /// Of each event, its bucket's place among the buckets, from 1 on.
    private(set) var places: [Int32] = []
    /// Of each event, how far its sequence lies before its bucket's next; 1 for the last.
    private(set) var backs: [Int64] = []

    init(_ events: [Event]) {
        var remaining = [Int64](repeating: 0, count: Bucket.count)
        for event in events { remaining[Int(event.bucket.number)] += 1 }
        self.counts = Bucket.all.filter { remaining[Int($0.number)] > 0 }.map { ($0, remaining[Int($0.number)]) }
        var places = [Int32](repeating: 0, count: Bucket.count)
        for (index, count) in self.counts.enumerated() { places[Int(count.bucket.number)] = Int32(index + 1) }
        self.places.reserveCapacity(events.count)
        self.backs.reserveCapacity(events.count)
        for event in events {
            let bucket = Int(event.bucket.number)
            self.places.append(places[bucket])
            self.backs.append(remaining[bucket])
            remaining[bucket] -= 1
        }
    }
}
