internal import DequeModule
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RPCMessages
internal import Wire

/// A client's connections on one event loop: one for each address. Bound to the event loop.
///
/// A call goes to the less loaded of two connections that are picked at random, which spreads load nearly as well as
/// looking at all. A call made on an event loop is carried out on it, so that a handler's own calls never leave its
/// thread.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class ClientPool: @unchecked Sendable {
    /// How long looked-up addresses are used.
    private static let resolutionLifetime = TimeAmount.seconds(30)

    private let configuration: RPCClientConfiguration
    private let loop: LoopContext
    private let logger: Logger
    private let sslContext: NIOSSLContext?
    private var endpoints: [Endpoint] = []
    private var waiting: Deque<ClientCall> = []
    private var isResolving = false
    private var resolved = NIODeadline.uptimeNanoseconds(0)
    private var isShutDown = false
    private var leaving: [ObjectIdentifier: ClientConnection] = [:]
    private var random = SystemRandomNumberGenerator()
    private lazy var timer = DeadlineTimer(self.loop.eventLoop) { [weak self] in
        self?.expireWaiting($0) ?? .distantFuture
    }

    /// An address and what is known of it.
    private final class Endpoint {
        let address: SocketAddress
        var connection: ClientConnection?
        var isConnecting = false
        var failedAttempts = 0
        /// Until when no connection is attempted, after one has failed.
        var pausedUntil = NIODeadline.uptimeNanoseconds(0)
        var lastError: RPCError?
        var breaker: CircuitBreaker

        init(_ address: SocketAddress, _ breaker: CircuitBreaker) {
            self.address = address
            self.breaker = breaker
        }
    }

    init(_ configuration: RPCClientConfiguration, _ loop: LoopContext, _ logger: Logger, _ sslContext: NIOSSLContext?) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        self.sslContext = sslContext
    }

    var eventLoop: any EventLoop { self.loop.eventLoop }

    /// Makes a call as soon as there is a connection for it. From any thread.
    func submit(_ call: ClientCall) {
        if self.eventLoop.inEventLoop {
            self.place(call)
        } else {
            self.eventLoop.execute { self.place(call) }
        }
    }

    /// Gives a call up. From any thread.
    func cancel(_ call: ClientCall, _ error: RPCError) {
        self.eventLoop.execute {
            if let connection = call.connection { return connection.cancel(call, error) }
            self.waiting.removeAll { $0 === call }
            call.end(CallFailure(error: error, isUnhandled: true))
        }
    }

    private func place(_ call: ClientCall) {
        guard !call.isOver else {
            // It was given up before it came here, and its caller may have begun to wait since.
            let error = RPCError(.cancelled, "the call was cancelled")
            return call.failed(CallFailure(error: error, isUnhandled: true))
        }
        guard !self.isShutDown else { return self.fail(call, "the client was shut down") }
        if let endpoint = self.pick() {
            endpoint.breaker.began(at: NIODeadline.now().uptimeNanoseconds)
            endpoint.connection?.start(call)
            return
        }
        guard self.waiting.count < self.configuration.maximumWaitingCalls else {
            let error = RPCError(
                .resourceExhausted, "\(self.waiting.count) calls wait for a connection already", type: "overloaded",
                reason: .overloaded)
            return call.end(CallFailure(error: error, isUnhandled: true))
        }
        self.waiting.append(call)
        self.timer.arm(call.deadline)
        self.connect()
    }

    private func placeOneWaiting() {
        guard let call = self.waiting.popFirst() else { return }
        self.place(call)
    }

    private func fail(_ call: ClientCall, _ message: String) {
        let error = RPCError(.unavailable, message, type: "unavailable", reason: .unavailable)
        call.end(CallFailure(error: error, isUnhandled: true))
    }

    /// The connection for the next call.
    private func pick() -> Endpoint? {
        let now = NIODeadline.now().uptimeNanoseconds
        let ready = self.endpoints.filter { $0.connection?.takesCalls ?? false }
        guard !ready.isEmpty else { return nil }
        if ready.count < self.endpoints.count { self.connect() }
        let allowed = ready.filter { $0.breaker.allows(at: now) }
        // The last address is never given up: better a call that may fail than one that must.
        let candidates = allowed.isEmpty ? ready : allowed
        guard candidates.count > 1 else { return candidates[0] }
        let first = Int.random(in: 0..<candidates.count, using: &self.random)
        let second = (first + Int.random(in: 1..<candidates.count, using: &self.random)) % candidates.count
        let isFirstLess =
            (candidates[first].connection?.callCount ?? 0) <= (candidates[second].connection?.callCount ?? 0)
        return isFirstLess ? candidates[first] : candidates[second]
    }

    private func expireWaiting(_ now: NIODeadline) -> NIODeadline {
        var next = NIODeadline.distantFuture
        var kept: Deque<ClientCall> = []
        for call in self.waiting where !call.isOver {
            if call.deadline <= now {
                call.end(CallFailure(error: ServerConnection.deadlineExceeded, isUnhandled: true))
            } else {
                next = min(next, call.deadline)
                kept.append(call)
            }
        }
        self.waiting = kept
        return next
    }
}

// MARK: - Connecting

extension ClientPool {
    /// Sees to it that every address has a connection, or is being connected to.
    private func connect() {
        guard !self.isShutDown else { return }
        let now = NIODeadline.now()
        if self.endpoints.isEmpty || now > self.resolved + ClientPool.resolutionLifetime { self.resolve() }
        for endpoint in self.endpoints where endpoint.connection == nil && !endpoint.isConnecting {
            guard endpoint.pausedUntil <= now else { continue }
            self.connect(endpoint)
        }
        self.failWaitingIfHopeless()
    }

    private func resolve() {
        guard !self.isResolving else { return }
        self.isResolving = true
        let target = self.configuration.target
        Task {
            let result: Result<[SocketAddress], RPCError>
            do throws(RPCError) {
                result = .success(try await AddressResolver.addresses(of: target))
            } catch {
                result = .failure(error)
            }
            self.eventLoop.execute { self.resolved(result) }
        }
    }

    private func resolved(_ result: Result<[SocketAddress], RPCError>) {
        self.isResolving = false
        self.resolved = .now()
        switch result {
        case .success(let addresses): self.use(addresses)
        case .failure(let error):
            guard self.endpoints.isEmpty else { return }
            self.resolved = .uptimeNanoseconds(0)
            for call in self.takeWaiting(where: { !$0.options.waitsForReady }) {
                call.end(CallFailure(error: error, isUnhandled: true))
            }
            guard !self.waiting.isEmpty else { return }
            self.eventLoop.scheduleTask(in: .seconds(1)) { self.connect() }
        }
    }

    private func use(_ addresses: [SocketAddress]) {
        let gone = self.endpoints.filter { !addresses.contains($0.address) }
        self.endpoints.removeAll { endpoint in gone.contains { $0 === endpoint } }
        for endpoint in gone { endpoint.connection?.leave() }
        for address in addresses where !self.endpoints.contains(where: { $0.address == address }) {
            self.endpoints.append(Endpoint(address, CircuitBreaker(self.configuration.circuitBreaker)))
        }
        self.connect()
    }

    private func connect(_ endpoint: Endpoint) {
        endpoint.isConnecting = true
        let bound = NIOLoopBound(endpoint, eventLoop: self.eventLoop)
        ClientBootstrap(group: self.eventLoop)
            .connectTimeout(self.configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 262_144)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, bound.value) }
            }
            .connect(to: endpoint.address)
            .assumeIsolated()
            .whenFailure { error in
                let error = RPCError(
                    .unavailable, "cannot connect to \(endpoint.address): \(error)", type: "connection-failed",
                    reason: .unavailable)
                self.connectFailed(endpoint, error)
            }
    }

    private func initialize(_ channel: any Channel, _ endpoint: Endpoint) throws {
        if let sslContext = self.sslContext {
            let handler = try NIOSSLClientHandler(context: sslContext, serverHostname: self.configuration.sniName)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        let connection = ClientConnection(
            self.configuration, self.loop, self.logger,
            // A connection may outlive a client that was dropped.
            onReady: { [weak self] error in
                guard let error else { return self?.connected(endpoint) ?? () }
                endpoint.connection = nil
                self?.connectFailed(endpoint, error)
            },
            onLeaving: { [weak self] connection in self?.left(endpoint, connection) },
            onRoom: { [weak self] in self?.placeOneWaiting() },
            onOutcome: { isFailure in
                let now = NIODeadline.now().uptimeNanoseconds
                switch isFailure {
                case true?: endpoint.breaker.failed(at: now)
                case false?: endpoint.breaker.succeeded(at: now)
                case nil: endpoint.breaker.abandoned()
                }
            }
        )
        endpoint.connection = connection
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    private func connected(_ endpoint: Endpoint) {
        endpoint.isConnecting = false
        endpoint.failedAttempts = 0
        endpoint.lastError = nil
        if self.isShutDown {
            endpoint.connection?.leave()
            return
        }
        for call in self.takeWaiting(where: { _ in true }) { self.place(call) }
    }

    private func connectFailed(_ endpoint: Endpoint, _ error: RPCError) {
        guard endpoint.isConnecting else { return }
        endpoint.isConnecting = false
        endpoint.connection = nil
        endpoint.failedAttempts += 1
        endpoint.lastError = error
        let milliseconds = Backoff.reconnect.milliseconds(retry: endpoint.failedAttempts, using: &self.random)
        endpoint.pausedUntil = .now() + .milliseconds(Int64(milliseconds))
        self.failWaitingIfHopeless()
        guard !self.waiting.isEmpty else { return }
        self.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds) + 1)) { self.connect() }
    }

    /// Calls that do not wait for ready fail as soon as every address has failed.
    private func failWaitingIfHopeless() {
        let now = NIODeadline.now()
        guard !self.endpoints.isEmpty, !self.waiting.isEmpty,
            self.endpoints.allSatisfy({ $0.connection == nil && !$0.isConnecting && $0.pausedUntil > now })
        else { return }
        let error = self.endpoints.compactMap(\.lastError).first ?? RPCError(.unavailable, "no server can be reached")
        for call in self.takeWaiting(where: { !$0.options.waitsForReady }) {
            call.end(CallFailure(error: error, isUnhandled: true))
        }
    }

    private func takeWaiting(where isTaken: (ClientCall) -> Bool) -> [ClientCall] {
        let taken = self.waiting.filter(isTaken)
        self.waiting.removeAll(where: isTaken)
        return Array(taken)
    }

    /// A connection takes no more calls; it is kept until its last has ended.
    private func left(_ endpoint: Endpoint, _ connection: ClientConnection) {
        guard endpoint.connection === connection, !endpoint.isConnecting else { return }
        endpoint.connection = nil
        if !self.waiting.isEmpty { self.connect() }
    }

    /// Takes no new calls, fails those that wait, and closes connections when their last call has ended. From any
    /// thread.
    func shutDown() {
        self.eventLoop.execute {
            self.isShutDown = true
            for call in self.takeWaiting(where: { _ in true }) { self.fail(call, "the client was shut down") }
            for endpoint in self.endpoints { endpoint.connection?.leave() }
            self.timer.stop()
        }
    }
}

extension RPCClientConfiguration {
    /// The name for TLS's server name indication; numeric addresses have none.
    var sniName: String? {
        if let serverName = self.serverName { return serverName }
        let host =
            switch self.target {
            case .dns(let address): address.host
            case .list(let addresses): addresses.first?.host ?? ""
            case .unixSocket: ""
            }
        guard !host.isEmpty else { return nil }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}
