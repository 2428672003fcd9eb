public import HealthAPI
public import HealthMessages
public import ProtobufC
public import RPC
internal import RPCMessages
internal import Synchronization
internal import Wire

/// `driveline.health.v1.HealthService`: says whether the server, or one of its services, takes calls.
///
/// A service that is not known here is NOT_FOUND; the whole server, named by the empty text, begins as serving.
public final class Health: HealthService {
    private struct State {
        var statuses: [String: ServingStatus]
        var watchers: [UInt64: AsyncStream<ServingStatus>.Continuation] = [:]
        var watchedServices: [UInt64: String] = [:]
        var nextWatcher: UInt64 = 0
        var isLeaving = false
    }

    /// The callers that may watch at once; one more is refused.
    public static let maximumWatchers = 1_024

    private let state: Mutex<State>

    /// Health of a server and of the services that are named.
    public init(services: [String] = []) {
        var statuses = ["": ServingStatus.serving]
        for service in services { statuses[service] = .serving }
        self.state = Mutex(State(statuses: statuses))
    }

    /// Says how a service is from now on; the empty name is the whole server.
    ///
    /// Watchers see states in the order in which they were set, and the last one in any case.
    public func set(_ status: ServingStatus, for service: String = "") {
        self.state.withLock { state in
            state.statuses[service] = status
            // Within the lock, or of two states set at once a watcher could keep the one that was set first.
            for (id, watcher) in state.watchers where state.watchedServices[id] == service { watcher.yield(status) }
        }
    }

    /// Answers NOT_SERVING for everything, as a server does that is about to leave.
    ///
    /// Whoever watches is told, and the watches end, also those that begin later: a stream that stays open would keep
    /// the server from leaving.
    public func setAllNotServing() {
        self.state.withLock { state in
            state.isLeaving = true
            for service in state.statuses.keys { state.statuses[service] = .notServing }
            for (id, watcher) in state.watchers {
                if let service = state.watchedServices[id], let status = state.statuses[service] {
                    watcher.yield(status)
                }
                watcher.finish()
            }
        }
    }

    /// Answers the state of a service now; NOT_FOUND where it is not known.
    public func check(
        _ request: borrowing View<CheckRequest>,
        into response: inout Builder<CheckResponse>,
        context: borrowing InlineContext
    ) throws(RPCError) {
        let service = String(copying: request.service)
        guard let status = self.state.withLock({ $0.statuses[service] }) else {
            throw RPCError(.notFound, "there is no service \(service)", type: "service-unknown", reason: .notFound)
        }
        response.status = status
    }

    /// Answers the state of a service now and whenever it changes, until the caller cancels.
    public func watch(
        _ request: CheckRequest,
        responses: ResponseWriter<CheckResponse>,
        context: ServerContext
    ) async throws {
        guard let (watcher, statuses) = self.addWatcher(of: request.service) else {
            throw RPCError(
                .resourceExhausted, "\(Self.maximumWatchers) callers watch already", type: "overloaded",
                reason: .overloaded)
        }
        defer { self.removeWatcher(watcher) }
        for await status in statuses { try await responses.write(CheckResponse(status: status)) }
    }

    /// The states of a service from now on; `nil` where too many watch already.
    func addWatcher(of service: String) -> (id: UInt64, statuses: AsyncStream<ServingStatus>)? {
        let (statuses, continuation) = AsyncStream.makeStream(
            of: ServingStatus.self, bufferingPolicy: .bufferingNewest(1))
        return self.state.withLock { state in
            guard state.watchers.count < Self.maximumWatchers else { return nil }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = continuation
            state.watchedServices[state.nextWatcher] = service
            continuation.yield(state.statuses[service] ?? .serviceUnknown)
            if state.isLeaving { continuation.finish() }
            return (state.nextWatcher, statuses)
        }
    }

    private func removeWatcher(_ watcher: UInt64) {
        self.state.withLock { state in
            state.watchers[watcher] = nil
            state.watchedServices[watcher] = nil
        }
    }
}
