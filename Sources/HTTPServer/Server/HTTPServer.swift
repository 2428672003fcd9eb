public import Logging
public import NIOCore
internal import NIOHTTP1
public import NIOPosix
internal import NIOSSL
public import ServiceLifecycle
internal import Synchronization

/// An HTTP/1.1 server on SwiftNIO, for a public interface: see `docs/http.md`.
///
/// ```swift
/// let server = HTTPServer(Gateway(), configuration: configuration)
/// try await server.run()
/// ```
///
/// It knows nothing of routes and documents: those are its handler's. What is no HTTP, or is against a limit, never
/// reaches the handler.
public final class HTTPServer: Service {
    private let core: ServerCore
    private let group: any EventLoopGroup
    private let loops: [ObjectIdentifier: HTTPLoop]
    private let certificate: CertificateStore?
    private let listener = Mutex<(any Channel)?>(nil)

    /// Makes a server; ``start()`` or ``run()`` start it.
    ///
    /// - Parameters:
    ///   - group: The event loops that connections are spread over.
    /// - Throws: A `NIOSSLError` or an `IOError` where the certificate's files cannot be used.
    public init(
        _ handler: any HTTPHandler,
        configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        observer: (any HTTPServerObserver)? = nil,
        logger: Logger = Logger(label: "driveline.http.server"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        self.core = ServerCore(handler, configuration, observer, logger)
        self.group = group
        let resolution = configuration.limits.timeResolution
        self.loops = Dictionary(
            group.makeIterator().map { (ObjectIdentifier($0), HTTPLoop($0, timeResolution: resolution)) },
            uniquingKeysWith: { first, _ in first })
        self.certificate = try configuration.certificate.map { try CertificateStore($0, logger) }
    }

    /// Where the server listens, once it does.
    public var address: SocketAddress? { self.listener.withLock { $0?.localAddress } }

    /// The port that the server listens on, once it does.
    public var port: Int? { self.address?.port }

    /// The requests that are under way.
    public var requestCount: Int { self.core.requestCount }

    /// The connections that are open.
    public var connectionCount: Int { self.core.connectionCount }

    /// The bytes of requests' bodies that are held.
    public var heldBodyBytes: Int { self.core.heldBytes }

    /// Listens and serves. Changes of the certificate's files are looked for by ``run()`` only.
    ///
    /// - Throws: An `IOError` where the address cannot be bound.
    @discardableResult
    public func start() async throws -> SocketAddress? {
        let configuration = self.core.configuration
        let listener = try await self.bootstrap.bind(host: configuration.host, port: configuration.port).get()
        self.listener.withLock { $0 = listener }
        return listener.localAddress
    }

    /// Starts, and returns when a drain has ended.
    ///
    /// A graceful shutdown of the task begins the drain; a cancellation closes everything at once.
    ///
    /// - Throws: An `IOError` where the address cannot be bound.
    public func run() async throws { try await self.run { _ in } }

    /// Runs as ``run()`` does.
    ///
    /// - Parameter onListening: Told where the server listens, once it does.
    public func run(onListening: @Sendable (SocketAddress) -> Void) async throws {
        if let address = try await self.start() { onListening(address) }
        guard let listener = self.listener.withLock({ $0 }) else { return }
        let watch = Task { [certificate] in await certificate?.watch() }
        defer { watch.cancel() }
        await withTaskCancellationOrGracefulShutdownHandler {
            try? await listener.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            listener.close(promise: nil)
        }
        await self.drain()
    }

    /// Reads the certificate's files again; connections that are open keep theirs.
    ///
    /// - Throws: A `NIOSSLError` or an `IOError` where they cannot be used; the present certificate stays.
    public func reloadCertificate() throws { try self.certificate?.reload() }

    /// Says `Connection: close` in every answer from now on, but goes on to accept connections, until balancers have
    /// noticed that the server is going.
    public func announceDrain() { self.core.isDraining.store(true, ordering: .relaxed) }

    /// Accepts no more connections, closes idle ones, lets requests that are under way come to their end, and cuts off
    /// what has not at ``HTTPServerConfiguration/drainTime``.
    public func drain() async {
        self.announceDrain()
        try? await self.listener.withLock({ $0 })?.close().get()
        self.onEachConnection { $0.drain() }
        let deadline = NIODeadline.now() + self.core.configuration.drainTime
        while self.core.connectionCount > 0, NIODeadline.now() < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
        guard self.core.connectionCount > 0 else { return }
        self.core.logger.warning("drain: \(self.core.connectionCount) connections were cut off")
        self.onEachConnection { $0.cut(.drained) }
        while self.core.connectionCount > 0, NIODeadline.now() < deadline + .seconds(1) { await Task.yield() }
    }

    private func onEachConnection(_ body: @escaping @Sendable (HTTPConnection) -> Void) {
        for loop in self.loops.values {
            loop.eventLoop.execute {
                for connection in loop.connections.values { body(connection) }
            }
        }
    }
}

// MARK: - Connections

extension HTTPServer {
    private var bootstrap: ServerBootstrap {
        let waiting = self.core.limits.maximumWaitingAnswerBytes
        return ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // One read and one flush of its answers per turn, so that no connection keeps the others waiting.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 1_024, initial: 2_048, maximum: HTTPServerLimits.maximumReadBytes)
            )
            .childChannelOption(.writeBufferWaterMark, value: .init(low: waiting / 2, high: waiting))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel) }
            }
    }

    private func initialize(_ channel: any Channel) throws {
        guard let loop = self.loops[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a connection was accepted on another group's event loop")
        }
        let address = ClientAddress(channel.remoteAddress)
        guard self.takesConnection(from: address, on: loop) else {
            self.core.observer?.connectionRefused()
            throw ChannelError.alreadyClosed
        }
        let tls = self.certificate.map { NIOSSLServerHandler(context: $0.context) }
        try HTTPConnection.add(to: channel, self.core, loop, from: address, tls: tls)
    }

    /// Counts a connection, in the place of one that nobody uses where all places are taken.
    private func takesConnection(from address: ClientAddress?, on loop: HTTPLoop) -> Bool {
        switch self.core.takesConnection(from: address) {
        case .taken: return true
        case .addressFull: return false
        case .full: return loop.displaceIdle(.now()) && self.core.takesConnection(from: address) == .taken
        }
    }
}
