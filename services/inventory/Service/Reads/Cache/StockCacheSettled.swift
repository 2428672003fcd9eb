internal import Buckets
internal import Events

/// What this process has settled in the cache by itself after its commits, so that its follower of the event log need not do
/// it once more.
///
/// Of one Redis process at a time, or of none: what was settled in another says nothing about this one. Pure.
struct StockCacheSettled {
    /// The most items that are remembered; of more, all are forgotten and settled once more.
    static let maximumItems = 65_536
    /// The most ranges of events of a bucket that are remembered; the events of further ones are read.
    static let maximumRanges = 1_024

    private var followed: CacheFreshness.Followed?
    private var versions: [StockKey: Int64] = [:]
    /// By bucket, ascending.
    private var events: [[ClosedRange<Int64>]] = Array(repeating: [], count: Bucket.count)

    /// It was carried out that these items have at least their versions.
    ///
    /// - Parameter events: Those that tell of these changes and of nothing else; none: they are not known.
    mutating func settled(
        _ changes: [StockCacheChange], events: [EventRange] = [], in followed: CacheFreshness.Followed
    ) {
        if self.followed != followed {
            self.followed = followed
            self.events = Array(repeating: [], count: Bucket.count)
            self.versions.removeAll(keepingCapacity: true)
        }
        for range in events { self.add(range) }
        guard events.isEmpty else { return }
        if self.versions.count + changes.count > Self.maximumItems { self.versions.removeAll(keepingCapacity: true) }
        guard changes.count <= Self.maximumItems else { return }
        for change in changes {
            self.versions[change.key] = max(change.version, self.versions[change.key] ?? change.version)
        }
    }

    private mutating func add(_ range: EventRange) {
        let bucket = Int(range.bucket.number)
        guard self.events[bucket].count < Self.maximumRanges else { return }
        // Nearly always the last: transactions of a bucket are told of in about the order of their commits.
        let index = self.events[bucket].lastIndex { $0.lowerBound < range.sequences.lowerBound }.map { $0 + 1 } ?? 0
        self.events[bucket].insert(range.sequences, at: index)
    }

    /// A cursor moved on over the events that need not be read. What lies before it is forgotten.
    mutating func passing(_ cursor: EventCursor, in followed: CacheFreshness.Followed) -> EventCursor {
        guard self.followed == followed else { return cursor }
        var cursor = cursor
        for bucket in Bucket.all {
            let ranges = self.events[Int(bucket.number)]
            guard !ranges.isEmpty else { continue }
            var end = cursor[bucket]
            var passed = 0
            for range in ranges {
                guard range.lowerBound <= end + 1 else { break }
                end = max(end, range.upperBound)
                passed += 1
            }
            cursor[bucket] = end
            self.events[Int(bucket.number)].removeFirst(passed)
        }
        return cursor
    }

    /// What of these changes, which the event log tells of, is still to be settled. What is not is forgotten with it.
    mutating func unsettled(of changes: [StockCacheChange], in followed: CacheFreshness.Followed) -> [StockCacheChange]
    {
        guard self.followed == followed else { return changes }
        return changes.filter { change in
            guard let version = self.versions[change.key] else { return true }
            if version <= change.version { self.versions[change.key] = nil }
            return version < change.version
        }
    }
}
