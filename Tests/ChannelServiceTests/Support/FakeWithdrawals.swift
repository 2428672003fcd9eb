import ChannelAdapter
import Synchronization

/// Listings that are taken off a shelf, one call after the other.
final class FakeWithdrawals: Sendable {
    private struct State {
        var asked: [ListingReference] = []
        var fault: PlatformFault?
    }

    private let state = Mutex(State())

    /// What was to be taken off.
    var asked: [ListingReference] { self.state.withLock { $0.asked } }

    /// What calls come to; nil: they succeed.
    var fault: PlatformFault? {
        get { self.state.withLock { $0.fault } }
        set { self.state.withLock { $0.fault = newValue } }
    }

    func withdraw(_ listing: ListingReference) -> RowOutcome {
        self.state.withLock { state in
            state.asked.append(listing)
            return RowOutcome(
                sku: listing.sku, fault: state.fault, ids: state.fault == nil ? ["live": "", "made": "yes"] : [:])
        }
    }
}
