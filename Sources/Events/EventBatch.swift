internal import Buckets

/// The rows that one transaction appends, in the order in which they will be numbered.
///
/// They are appended bucket by bucket. So rows that follow each other in the index follow each other in the table, too, and
/// by that PostgreSQL knows a page of the index that is written from left to right, and fills it, where it would otherwise
/// split it in halves.
///
/// A bucket's row tells, once it is advanced, where the next transaction begins; an event's sequence is found by counting
/// back from there. So the numbers need no answer before the insert, and all statements travel together.
struct EventBatch {
    /// The buckets, ascending, and how many events each gets.
    let counts: [(bucket: Bucket, count: Int64)]
    /// By buckets, ascending, and within a bucket in the order in which they happened.
    let events: [Event]
    /// Of each event, its bucket's place among the buckets, from 1 on.
    private(set) var places: [Int32] = []
    /// Of each event, how far its sequence lies before its bucket's next; 1 for the last.
    private(set) var backs: [Int64] = []

    init(_ events: [Event]) {
        var counts = [Int64](repeating: 0, count: Bucket.count)
        for event in events { counts[Int(event.bucket.number)] += 1 }
        self.counts = Bucket.all.filter { counts[Int($0.number)] > 0 }.map { ($0, counts[Int($0.number)]) }
        var next = [Int](repeating: 0, count: Bucket.count)
        var order = [Int](repeating: 0, count: events.count)
        self.places.reserveCapacity(events.count)
        self.backs.reserveCapacity(events.count)
        for (index, (bucket, count)) in self.counts.enumerated() {
            next[Int(bucket.number)] = self.places.count
            for back in (1...count).reversed() {
                self.places.append(Int32(index + 1))
                self.backs.append(back)
            }
        }
        for (index, event) in events.enumerated() {
            order[next[Int(event.bucket.number)]] = index
            next[Int(event.bucket.number)] += 1
        }
        self.events = order.map { events[$0] }
    }
}
