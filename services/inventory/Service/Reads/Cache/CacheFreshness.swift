internal import NIOCore
internal import Synchronization

/// Until when all changes are known to have been settled in the cache.
///
/// The follower of the event log says so; readers ask before they believe the cache. Where it does not keep up, or cannot
/// reach the log or the cache, readers go to the database instead: slower, and never older than the bound.
final class CacheFreshness: Sendable {
    private struct State {
        var epoch: StockCacheEpoch?
        var settledUntil = NIODeadline.distantPast
    }

    private let bound: TimeAmount
    private let state = Mutex(State())

    /// - Parameter milliseconds: How old what readers see may be.
    init(milliseconds: Int64) { self.bound = .milliseconds(milliseconds) }

    /// All that was committed before a moment is settled in the Redis of an epoch.
    func settled(until moment: NIODeadline, in epoch: StockCacheEpoch) {
        self.state.withLock { state in
            state.epoch = epoch
            state.settledUntil = moment
        }
    }

    /// The epoch of a Redis process, where what it holds may be shown now.
    func epoch(of runID: String?, now: NIODeadline = .now()) -> StockCacheEpoch? {
        self.state.withLock { state in
            guard let runID, let epoch = state.epoch, epoch.runID == runID, now - state.settledUntil <= self.bound
            else { return nil }
            return epoch
        }
    }

    /// The epoch that was settled last, where it may still be shown.
    var current: StockCacheEpoch? { self.epoch(of: self.state.withLock { $0.epoch?.runID }) }
}
