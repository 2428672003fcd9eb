internal import NIOCore
internal import Synchronization

/// Until when all changes are known to have been settled in the caches.
///
/// The follower of the event log says so; readers ask before they believe a cache. Where it does not keep up, or cannot
/// reach the log or Redis, readers go to the database instead: slower, and never older than the bound.
final class CacheFreshness: Sendable {
    /// Which caches are followed: that of this process, and a Redis process where one answers.
    struct Followed: Hashable, Sendable {
        /// Nil: no Redis answers.
        let redis: StockCacheEpoch?
    }

    private struct State {
        var followed = Followed(redis: nil)
        // No moment is far enough in the past: these count from when the machine started.
        var settledUntil: NIODeadline?
    }

    private let bound: TimeAmount
    private let state = Mutex(State())

    /// - Parameter milliseconds: How old what readers see may be.
    init(milliseconds: Int64) { self.bound = .milliseconds(milliseconds) }

    /// All that was committed before a moment is settled in this process, and in the Redis of an epoch.
    func settled(until moment: NIODeadline, in epoch: StockCacheEpoch?) {
        self.state.withLock { state in
            state.followed = Followed(redis: epoch)
            state.settledUntil = moment
        }
    }

    /// Nothing may be shown before something is settled again.
    func unsettled() { self.state.withLock { $0.settledUntil = nil } }

    /// The epoch of a Redis process, where what it holds may be shown now.
    func epoch(of runID: String?, now: NIODeadline = .now()) -> StockCacheEpoch? {
        guard let runID, let epoch = self.followed(now: now)?.redis, epoch.runID == runID else { return nil }
        return epoch
    }

    /// The epoch that was settled last, where it may still be shown.
    var current: StockCacheEpoch? { self.followed()?.redis }

    /// What may be shown now; nil: nothing.
    func followed(now: NIODeadline = .now()) -> Followed? {
        self.state.withLock { state in
            guard let settled = state.settledUntil, now - settled <= self.bound else { return nil }
            return state.followed
        }
    }
}
