internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// What a server's connections share.
final class ServerCore: Sendable {
    let handler: any HTTPHandler
    let limits: HTTPServerLimits
    let configuration: HTTPServerConfiguration
    let commonHeaders: CommonHeaders
    let observer: (any HTTPServerObserver)?
    let logger: Logger
    let isDraining = Atomic(false)
    private let connections = Atomic(0)
    private let requests = Atomic(0)
    private let heldBodyBytes = Atomic(0)

    init(
        _ handler: any HTTPHandler, _ configuration: HTTPServerConfiguration, _ observer: (any HTTPServerObserver)?,
        _ logger: Logger
    ) {
        self.handler = handler
        self.limits = configuration.limits
        self.configuration = configuration
        self.commonHeaders = CommonHeaders(configuration.commonHeaders)
        self.observer = observer
        self.logger = logger
    }

    var connectionCount: Int { self.connections.load(ordering: .relaxed) }

    /// Counts a connection, unless there are too many.
    func takesConnection() -> Bool {
        let (_, count) = self.connections.add(1, ordering: .relaxed)
        guard count > self.limits.maximumConnections else { return true }
        self.connections.subtract(1, ordering: .relaxed)
        return false
    }

    func connectionClosed() { self.connections.subtract(1, ordering: .relaxed) }

    /// Why a request is shed, if it is.
    func refusal(_ request: HTTPRequest) -> HTTPRefusal? {
        guard self.requestCount < self.limits.maximumConcurrentRequests else { return .overloaded }
        return self.configuration.admission?(request, self.requestCount)
    }

    /// Counts a request, which ``requestEnded()`` must follow in any case.
    ///
    /// - Returns: Whether there is room for it.
    func requestBegan() -> Bool {
        let (_, count) = self.requests.add(1, ordering: .relaxed)
        return count <= self.limits.maximumConcurrentRequests
    }

    func requestEnded() { self.requests.subtract(1, ordering: .relaxed) }

    var requestCount: Int { self.requests.load(ordering: .relaxed) }

    /// Counts bytes of bodies that are held, which must be let go of in any case.
    ///
    /// - Returns: Whether there is room for them.
    func holdsBody(_ bytes: Int) -> Bool {
        let (_, held) = self.heldBodyBytes.add(bytes, ordering: .relaxed)
        return held <= self.limits.maximumHeldBodyBytes
    }

    func letGoOfBody(_ bytes: Int) { self.heldBodyBytes.subtract(bytes, ordering: .relaxed) }

    var heldBytes: Int { self.heldBodyBytes.load(ordering: .relaxed) }
}

extension HTTPRefusal {
    static let overloaded = HTTPRefusal(
        .overloaded, .serviceUnavailable, "too many requests are under way; try again in a second",
        retryAfterSeconds: 1)
}
