internal import Buckets

/// The rows that one transaction appends, in the order in which they will be numbered.
///
/// They are appended bucket by bucket. So rows that follow each other in the index follow each other in the table, too, and
/// by that PostgreSQL knows a page of the index that is written from left to right, and fills it, where it would otherwise
/// split it in halves.
///
/// A bucket's row tells, once it is advanced, where the next transaction begins; where a run ends is found by counting back
/// from there. So the numbers need no answer before the insert, and all statements travel together.
struct EventBatch {
    /// The buckets, ascending, and how many events each gets.
    private(set) var counts: [(bucket: Bucket, count: Int64)] = []
    /// By buckets, ascending, and within a bucket in the order in which the events happened.
    private(set) var runs: [EventRun] = []
    /// Of each run, its bucket's place among the buckets, from 1 on.
    private(set) var places: [Int32] = []
    /// Of each run, how far the sequence of its last event lies before its bucket's next; 1 for the bucket's last.
    private(set) var backs: [Int64] = []

    init(_ events: [Event]) {
        var buckets = [[Int]](repeating: [], count: Bucket.count)
        for (index, event) in events.enumerated() { buckets[Int(event.bucket.number)].append(index) }
        for bucket in Bucket.all {
            let indices = buckets[Int(bucket.number)]
            guard !indices.isEmpty else { continue }
            self.counts.append((bucket, Int64(indices.count)))
            let first = self.runs.count
            var run = EventRun()
            for index in indices where !run.append(events[index]) {
                self.runs.append(run)
                run = EventRun()
                _ = run.append(events[index])
            }
            self.runs.append(run)
            var back: Int64 = 1
            var backs: [Int64] = []
            for run in self.runs[first...].reversed() {
                backs.append(back)
                back += Int64(run.count)
            }
            self.backs += backs.reversed()
            self.places += Array(repeating: Int32(self.counts.count), count: backs.count)
        }
    }
}
