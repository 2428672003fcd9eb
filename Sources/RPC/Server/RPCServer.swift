public import Logging
public import NIOCore
public import NIOPosix
internal import NIOSSL
public import ServiceLifecycle
internal import Synchronization
internal import Wire

/// A server that offers services over the wire protocol of `docs/wire.md`.
///
/// ```swift
/// let server = RPCServer(services: [Echo()], authenticator: authenticator)
/// try await server.run()
/// ```
///
/// ``run()`` fits into a `ServiceGroup`: a graceful shutdown drains the server, so that no call that reached it is
/// lost.
public final class RPCServer: Service {
    private let core: ServerCore
    private let group: any EventLoopGroup
    private let loops: LoopContexts
    private let connections: Connections
    private let boundAddress = Mutex<AddressState>(.unknown([]))
    private let ownLogger: Logger

    private enum AddressState {
        case unknown([CheckedContinuation<SocketAddress?, Never>])
        case known(SocketAddress?)
    }

    /// Makes a server; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - services: What it offers. Method ids must be unique, which generated code has been checked for.
    ///   - interceptors: What happens around each call, the first outermost.
    ///   - observer: The hook for metrics.
    ///   - group: The event loops that connections are spread over.
    public init(
        services: [any RPCService],
        configuration: RPCServerConfiguration = RPCServerConfiguration(),
        authenticator: any Authenticator,
        interceptors: [any ServerInterceptor] = [],
        observer: (any RPCObserver)? = nil,
        logger: Logger = Logger(label: "driveline.rpc.server"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        var registry = MethodRegistry(
            interceptors: interceptors, observer: observer, defaultTimeout: configuration.defaultTimeout)
        for service in services { service.register(in: &registry) }
        self.core = ServerCore(
            methods: registry.table, configuration: configuration, authenticator: authenticator, observer: observer,
            logger: logger)
        self.group = group
        self.loops = LoopContexts(group)
        self.connections = Connections(limit: configuration.maximumConnections)
        self.ownLogger = logger
    }

    /// Where the server listens; waits until it does. `nil` where it could not.
    public var address: SocketAddress? {
        get async {
            await withCheckedContinuation { continuation in
                let known: SocketAddress?? = self.boundAddress.withLock { state in
                    switch state {
                    case .known(let address): return .some(address)
                    case .unknown(let waiters):
                        state = .unknown(waiters + [continuation])
                        return nil
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }

    /// Listens, serves, and returns when a drain has ended.
    ///
    /// A graceful shutdown of the task begins the drain; a cancellation closes everything at once.
    ///
    /// - Throws: An `IOError` where the address cannot be bound, or a `NIOSSLError` where the TLS configuration is
    ///   unusable.
    public func run() async throws {
        let listener: any Channel
        do {
            listener = try await self.bind()
        } catch {
            self.announce(nil)
            throw error
        }
        self.announce(listener.localAddress)
        await withTaskCancellationOrGracefulShutdownHandler {
            try? await listener.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            listener.close(promise: nil)
        }
        await self.drain()
    }

    private func announce(_ address: SocketAddress?) {
        let waiters = self.boundAddress.withLock { state in
            defer { state = .known(address) }
            guard case .unknown(let waiters) = state else { return [CheckedContinuation<SocketAddress?, Never>]() }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: address) }
    }

    private func bind() async throws -> any Channel {
        let configuration = self.core.configuration
        var tls = configuration.tls
        tls?.applicationProtocols = ["driveline/1"]
        let sslContext = try tls.map { try NIOSSLContext(configuration: $0) }
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 262_144)
            )
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: 262_144, high: 1_048_576)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, sslContext) }
            }
        if let path = configuration.unixSocketPath {
            return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
        return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
    }

    private func initialize(_ channel: any Channel, _ sslContext: NIOSSLContext?) throws {
        guard let loop = self.loops[channel.eventLoop] else {
            preconditionFailure("a connection was accepted on another group's event loop")
        }
        let connections = self.connections
        guard connections.takesOne() else {
            self.core.logger.warning("connection refused: \(connections.limit) are open")
            throw RPCError(.resourceExhausted, "too many connections")
        }
        if let sslContext { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: sslContext)) }
        let connection = ServerConnection(self.core, loop, onClosed: { connections.remove($0, loop) })
        connections.add(connection, loop)
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    /// Tells every peer to go elsewhere, lets what is under way come to its end, and cuts off what has not at the
    /// time limit.
    private func drain() async {
        defer { for loop in self.loops.all { loop.eventLoop.execute { loop.handlerTasks.stop() } } }
        self.connections.drain(self.loops)
        let deadline = NIODeadline.now() + self.core.configuration.drainTimeout
        while self.connections.count > 0, NIODeadline.now() < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
        guard self.connections.count > 0 else { return }
        self.ownLogger.warning("drain: \(self.connections.count) connections were cut off")
        self.connections.cutOff(self.loops)
        while self.connections.count > 0, NIODeadline.now() < deadline + .seconds(1) { await Task.yield() }
    }
}

/// A server's open connections.
private final class Connections: Sendable {
    let limit: Int
    private let open = Atomic(0)
    private let byLoop = Mutex<[ObjectIdentifier: NIOLoopBound<LoopConnections>]>([:])

    /// The connections of one event loop.
    final class LoopConnections {
        var connections: [ObjectIdentifier: ServerConnection] = [:]
    }

    init(limit: Int) { self.limit = limit }

    var count: Int { self.open.load(ordering: .relaxed) }

    /// Counts a connection, unless there are too many.
    func takesOne() -> Bool {
        let (_, count) = self.open.add(1, ordering: .relaxed)
        guard count > self.limit else { return true }
        self.open.subtract(1, ordering: .relaxed)
        return false
    }

    func add(_ connection: ServerConnection, _ loop: LoopContext) {
        self.of(loop).connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: ServerConnection, _ loop: LoopContext) {
        self.of(loop).connections[ObjectIdentifier(connection)] = nil
        self.open.subtract(1, ordering: .relaxed)
    }

    func drain(_ loops: LoopContexts) { self.onEach(loops) { $0.drain() } }

    func cutOff(_ loops: LoopContexts) { self.onEach(loops) { $0.close("the drain took too long") } }

    private func onEach(_ loops: LoopContexts, _ body: @escaping @Sendable (ServerConnection) -> Void) {
        for loop in loops.all {
            loop.eventLoop.execute {
                for connection in self.of(loop).connections.values { body(connection) }
            }
        }
    }

    private func of(_ loop: LoopContext) -> LoopConnections {
        self.byLoop.withLock { byLoop in
            if let bound = byLoop[ObjectIdentifier(loop)] { return bound }
            let bound = NIOLoopBound(LoopConnections(), eventLoop: loop.eventLoop)
            byLoop[ObjectIdentifier(loop)] = bound
            return bound
        }.value
    }
}
