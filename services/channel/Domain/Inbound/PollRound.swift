/// One round of asking a platform for orders: all pages of what was changed since a moment. Has no clock and no I/O; all
/// times are in microseconds since 1970.
///
/// The next round begins behind the latest change that this one has seen, or behind the time until when the platform says
/// that it has told all of them; in either case by the platform's clock, less the overlap: not
/// behind the highest id, which an order that is changed later does not raise; not at a time of ours, which the platform's
/// clock may be behind; and only when all pages are here, as platforms need not list changes in order.
public struct PollRound: Hashable, Sendable {
    /// When it began, by our clock.
    public let beganAt: Int64
    /// The question: changed since then.
    public let since: Int64
    /// The page to ask for; empty: the first.
    public private(set) var page: String
    /// The latest change so far; nil: none.
    public private(set) var newest: Int64?
    /// Whether all pages are here.
    public private(set) var isEnded = false

    /// A round that goes on.
    public init(beganAt: Int64, since: Int64, page: String, newest: Int64?) {
        self.beganAt = beganAt
        self.since = since
        self.page = page
        self.newest = newest
    }

    /// A round that begins.
    ///
    /// - Parameters:
    ///   - newest: The latest change of the rounds before; nil: there was none.
    ///   - first: Nothing changed before then is asked for.
    ///   - overlapMilliseconds: How far behind the latest change to begin.
    public static func begin(
        at now: Int64, behind newest: Int64?, notBefore first: Int64, overlapMilliseconds: Int64
    ) -> Self {
        let (overlap, isEndless) = max(0, overlapMilliseconds).multipliedReportingOverflow(by: 1_000)
        let since = newest.map { newest in
            let (moved, isBelow) = newest.subtractingReportingOverflow(overlap)
            return isEndless || isBelow ? first : max(moved, first)
        }
        return Self(beganAt: now, since: max(0, since ?? first), page: "", newest: nil)
    }

    /// A page came.
    ///
    /// - Parameters:
    ///   - changes: When its orders were changed. One that lies in our future, beyond what clocks may differ, counts as that
    ///     far: it must not have the next rounds leave something out.
    ///   - toldUntil: Until when the platform says that it has told all changes; nil: it does not say. Only that of the last
    ///     page counts: what is on the others may be older.
    ///   - next: Where to go on; empty: that was all.
    public mutating func took(changes: [Int64], toldUntil: Int64? = nil, next: String) {
        let latest = self.beganAt + Self.clockSkewMicroseconds
        let told = next.isEmpty ? toldUntil.map { [min($0, self.beganAt)] } ?? [] : []
        for change in changes + told { self.newest = max(self.newest ?? .min, min(change, latest)) }
        self.page = next
        self.isEnded = next.isEmpty
    }

    /// The latest change of this round and of those before.
    public func newest(beside before: Int64?) -> Int64? {
        guard let newest else { return before }
        return max(newest, before ?? .min)
    }

    private static let clockSkewMicroseconds: Int64 = 300_000_000
}
