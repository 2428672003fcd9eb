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
    /// No more entries than connections; empty without a limit for each address.
    private let connectionsByAddress = Mutex<[ClientAddress: Int]>([:])
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

    /// Whether there was a place for a connection.
    enum ConnectionPlace { case taken, full, addressFull }

    /// Counts a connection, which ``connectionClosed(from:)`` must follow, unless there are too many.
    func takesConnection(from address: ClientAddress?) -> ConnectionPlace {
        let (_, count) = self.connections.add(1, ordering: .relaxed)
        guard count <= self.limits.maximumConnections else {
            self.connections.subtract(1, ordering: .relaxed)
            return .full
        }
        guard self.countConnection(of: address) else {
            self.connections.subtract(1, ordering: .relaxed)
            return .addressFull
        }
        return .taken
    }

    func connectionClosed(from address: ClientAddress?) {
        self.connections.subtract(1, ordering: .relaxed)
        guard self.limits.maximumConnectionsPerAddress != nil, let address else { return }
        self.connectionsByAddress.withLock { counts in
            guard let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }

    private func countConnection(of address: ClientAddress?) -> Bool {
        guard let maximum = self.limits.maximumConnectionsPerAddress, let address else { return true }
        return self.connectionsByAddress.withLock { counts in
            let count = counts[address, default: 0]
            guard count < maximum else { return false }
            counts[address] = count + 1
            return true
        }
    }

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
