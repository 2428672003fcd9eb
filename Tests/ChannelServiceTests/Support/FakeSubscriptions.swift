import ChannelAdapter
import Synchronization

/// What a platform was asked to send notifications to, and what it answered.
final class FakeSubscriptions: Sendable {
    private struct State {
        var addresses: [String] = []
        var faults: [PlatformFault] = []
        var waiting: (@Sendable () async throws -> Void)?
    }

    private let state = Mutex(State())

    /// The addresses of all calls, in their order.
    var addresses: [String] { self.state.withLock { $0.addresses } }

    /// Has the next calls go wrong.
    func fail(_ faults: PlatformFault...) { self.state.withLock { $0.faults += faults } }

    /// What happens while a call is under way.
    func whileCalled(_ body: @escaping @Sendable () async throws -> Void) {
        self.state.withLock { $0.waiting = body }
    }

    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics {
        let (fault, waiting) = self.state.withLock { state in
            state.addresses.append(address)
            return (state.faults.isEmpty ? nil : state.faults.removeFirst(), state.waiting)
        }
        do { try await waiting?() } catch { throw PlatformFault(.retry, code: "no-answer", "\(error)") }
        if let fault { throw fault }
        return SubscribedTopics(topics: ["orders", "stock"])
    }
}
