/// A row that is due, as calls are made of it.
public struct DueRow: Hashable, Sendable {
    /// Ours.
    public var sku: String
    /// Where it stands.
    public var lane: SyncLane
    /// When it began to wait, in microseconds.
    public var since: Int64
    /// Counts the changes of what is wanted since then.
    public var revision: Int64
    /// Counts the calls for this revision that are known to have done nothing.
    public var attempt: Int32
    /// Tries that have failed.
    public var tries: Int32
    /// Of the call whose outcome is not known; empty: none.
    public var attemptKey: String
    /// The most rows that a call with this one may have, as larger ones were refused; 0: as many as the platform takes.
    public var groupLimit: Int32
    /// Whether it is in a bulk that is under way, or in one that has ended and may have undone it: it goes by a call of its own.
    public var isInBulk: Bool
    /// What would be sent for it, as text: with what is compared.
    public var content: String

    /// A row with all that it consists of.
    public init(
        sku: String, lane: SyncLane, since: Int64, revision: Int64, attempt: Int32 = 0, tries: Int32 = 0,
        attemptKey: String = "", groupLimit: Int32 = 0, isInBulk: Bool = false, content: String
    ) {
        self.sku = sku
        self.lane = lane
        self.since = since
        self.revision = revision
        self.attempt = attempt
        self.tries = tries
        self.attemptKey = attemptKey
        self.groupLimit = groupLimit
        self.isInBulk = isInBulk
        self.content = content
    }
}

/// Rows that go out in one call.
public struct PlannedCall: Hashable, Sendable {
    /// By the row that goes out first.
    public var lane: SyncLane
    /// Ascending by SKU.
    public var rows: [DueRow]
    /// The same for each try of the same rows.
    public var key: String
    /// Whether it repeats one that failed, or whose outcome is not known.
    public var isRepetition: Bool
    /// Whether it has more rows than an ordinary call takes, and goes in bulk.
    public var isBulk = false
}

/// How many rows of an operation go in bulk.
public struct BulkLimit: Hashable, Sendable {
    /// Whether one may begin.
    public enum State: Hashable, Sendable {
        /// One may.
        case free
        /// Not before the one that is under way has ended.
        case busy
        /// None may now: rows go by ordinary calls.
        case barred
    }

    /// Fewer rows go by ordinary calls.
    public var rows: ClosedRange<Int>
    /// Whether one may begin.
    public var state: State

    /// A limit with both of its parts.
    public init(rows: ClosedRange<Int>, state: State) {
        self.rows = rows
        self.state = state
    }

    /// What it is for rows that were read when it was another one: so many are read as may go, and where none could begin
    /// they are too few to fill one that can by now.
    ///
    /// - Parameter earlier: When they were read; nil: the same.
    public func forRows(readAt earlier: BulkLimit?) -> BulkLimit {
        guard let earlier, earlier.state != .free, self.state == .free else { return self }
        return earlier
    }
}

/// Makes the next call of rows that are due.
public enum SendPlan {
    /// Tries that a row may have failed to go in bulk: behind that it goes by ordinary calls, whatever is wrong with bulks.
    public static let bulkTries: Int32 = 3

    /// The next call: that of the row that goes out first.
    ///
    /// A call whose outcome is not known is repeated with its rows and key while none of them has changed; rows of which
    /// one has are free again. Rows go together with those of the same kind, whatever their lanes, those of the first lane
    /// first, and only rows that were tried before with such. Where enough of them wait for a bulk they go in one, or wait
    /// for the one that is under way; fewer never wait for it, and stock that goes to zero does not, however much of it
    /// there is, or whether the bulk has it already.
    ///
    /// - Parameters:
    ///   - rows: In the order in which they are due, of any lanes; none of which a call is under way.
    ///   - limit: The most rows of a call, by operation.
    ///   - bulk: How many rows go in bulk, by operation; nil: none ever do.
    public static func next(
        of rows: [DueRow], limit: (String) -> Int, bulk: (String) -> BulkLimit? = { _ in nil }
    ) -> PlannedCall? {
        let ordered = rows.enumerated().sorted { ($0.element.lane, $0.offset) < ($1.element.lane, $1.offset) }
        guard let first = ordered.first?.element else { return nil }
        let same = ordered.map(\.element).filter { $0.lane.kind == first.lane.kind }
        let limits = Limits(most: max(1, limit(first.lane.operation)), bulk: bulk(first.lane.operation))
        let open = self.unanswered(same, limits)
        let repeated = first.isInBulk ? nil : open[first.attemptKey]
        let chosen =
            repeated ?? self.fitting(first, of: same.filter { $0.isInBulk || open[$0.attemptKey] == nil }, limits)
        let isBulk = limits.bulk != nil && chosen.count > limits.most
        if isBulk, limits.bulk?.state == .busy {
            let waiting = Set(chosen.map(\.sku))
            let others = rows.filter { $0.lane.kind != first.lane.kind || !waiting.contains($0.sku) }
            return self.next(of: others, limit: limit, bulk: bulk)
        }
        return self.call(chosen, isRepetition: repeated != nil || first.tries > 0, isBulk: isBulk)
    }

    private struct Limits {
        let most: Int
        let bulk: BulkLimit?

        /// Whether rows that were sent together may be so again.
        func allows(again rows: [DueRow]) -> Bool {
            guard let bulk, rows.count > self.most else { return true }
            return bulk.state != .barred && rows.count <= bulk.rows.upperBound
                && rows.allSatisfy { $0.tries < SendPlan.bulkTries }
        }
    }

    /// The rows of calls whose outcomes are not known, and which are to be repeated, by their keys.
    private static func unanswered(_ rows: [DueRow], _ limits: Limits) -> [String: [DueRow]] {
        let rows = rows.filter { !$0.attemptKey.isEmpty && !$0.isInBulk }
        return Dictionary(grouping: rows, by: \.attemptKey).filter { key, group in
            limits.allows(again: group) && self.key(of: group) == key
        }
    }

    /// The rows that go with the first one. Who was refused in a larger call keeps its calls small, and goes in no bulk any
    /// more; who was not stays out of those.
    private static func fitting(_ first: DueRow, of rows: [DueRow], _ limits: Limits) -> [DueRow] {
        let alike = rows.filter { $0.groupLimit == first.groupLimit && ($0.tries > 0) == (first.tries > 0) }
        // A zero does not wait for the bulk that is under way.
        let isReady =
            limits.bulk.map { $0.state == .free || ($0.state == .busy && first.lane != .stockToZero) } ?? false
        if let bulk = limits.bulk, isReady, !first.isInBulk, first.groupLimit == 0, first.tries < self.bulkTries {
            let many = alike.filter { $0.tries < self.bulkTries && !$0.isInBulk }
            if many.count >= bulk.rows.lowerBound, many.count > limits.most {
                return bulk.state == .busy ? many : Array(many.prefix(bulk.rows.upperBound))
            }
        }
        let own = first.isInBulk || limits.bulk?.state == .busy ? alike.filter { $0.lane == first.lane } : alike
        return Array(own.prefix(first.groupLimit > 0 ? min(limits.most, Int(first.groupLimit)) : limits.most))
    }

    /// The key of a call with these rows.
    ///
    /// Revisions begin anew with each row: without the time, the same change of a listing would have the same key each time
    /// that it comes, and the platform would answer as before and do nothing.
    public static func key(of rows: [DueRow]) -> String {
        var hash = StableHash()
        for row in rows.sorted(by: { $0.sku < $1.sku }) {
            hash.add(row.sku)
            hash.add("\(row.lane.operation) \(row.since) \(row.revision) \(row.attempt)")
            hash.add(row.content)
        }
        return hash.text
    }

    private static func call(_ rows: [DueRow], isRepetition: Bool, isBulk: Bool) -> PlannedCall {
        let sorted = rows.sorted { $0.sku < $1.sku }
        return PlannedCall(
            lane: rows.map(\.lane).min() ?? .stock, rows: sorted, key: self.key(of: sorted),
            isRepetition: isRepetition, isBulk: isBulk)
    }
}

/// Two FNV-1a of 64 bits with different beginnings, as 32 hexadecimal digits: the same in every process and version. See the
/// IETF draft "The FNV Non-Cryptographic Hash Algorithm".
struct StableHash {
    private var high: UInt64 = 0xcbf2_9ce4_8422_2325
    private var low: UInt64 = 0x9ae1_6a3b_2f90_404f

    mutating func add(_ text: String) {
        for byte in text.utf8 { self.add(byte) }
        // No byte of UTF-8: what is added is told apart from what follows.
        self.add(0xFF)
    }

    private mutating func add(_ byte: UInt8) {
        self.high = (self.high ^ UInt64(byte)) &* 0x100_0000_01b3
        self.low = (self.low ^ UInt64(byte)) &* 0x100_0000_01b3 ^ (self.low >> 29)
    }

    var text: String {
        [self.high, self.low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
