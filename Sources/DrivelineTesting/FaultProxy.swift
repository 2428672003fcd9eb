public import LocalServers
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Stands between clients and a server, and does to their connections what networks do.
///
/// It listens on a Unix socket and on a free loopback port, and works for PostgreSQL, Redis and RPC alike, as it looks
/// into nothing. All faults hold for all connections, those that come later too.
public final class FaultProxy: Sendable {
    /// Where the server listens.
    public enum Upstream: Sendable, Hashable {
        /// A Unix socket.
        case unixSocket(String)
        /// A port of 127.0.0.1.
        case port(Int)
    }

    /// A direction of a connection.
    public enum Direction: Sendable, Hashable, CaseIterable {
        /// From a client to the server: requests.
        case toServer
        /// From the server to a client: answers.
        case toClient
    }

    /// The loopback port that it listens on.
    public let port: Int
    /// The Unix socket that it listens on, named as PostgreSQL's is.
    public let socketPath: String
    let upstream: Upstream
    private let folder: TemporaryFolder
    private let listeners: [any Channel]
    private let state: ProxyState

    /// Listens.
    ///
    /// - Throws: `LocalServerError` or an `IOError` where it cannot.
    public init(to upstream: Upstream) async throws {
        let folder = try TemporaryFolder()
        let socketPath = "\(folder.path)/.s.PGSQL.5432"
        let state = ProxyState()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // A client's bytes wait until the server is reached.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { Self.accept($0, upstream, state) }
        let socket = try await bootstrap.bind(unixDomainSocketPath: socketPath).get()
        let port = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        self.folder = folder
        self.socketPath = socketPath
        self.upstream = upstream
        self.state = state
        self.listeners = [socket, port]
        self.port = port.localAddress?.port ?? 0
    }

    /// Stands before a PostgreSQL server.
    public convenience init(to server: LocalPostgres) async throws {
        try await self.init(to: .unixSocket(server.socketPath))
    }

    /// Stands before a Redis server.
    public convenience init(to server: LocalRedis) async throws {
        try await self.init(to: .unixSocket(server.socketPath))
    }

    /// Stands before an RPC server.
    public convenience init(to server: InProcessServer) async throws {
        try await self.init(to: .unixSocket(server.socketPath))
    }

    /// A URL of a PostgreSQL database behind it.
    public func url(database: String = "postgres") -> String {
        "postgresql:///\(database)?host=\(self.folder.path)&port=5432&user=postgres&sslmode=disable"
    }

    /// How many connections are open.
    public var connectionCount: Int { self.state.connectionCount }

    /// How many bytes went on in a direction, over all connections.
    public func passedBytes(_ direction: Direction) -> Int { self.state.withFaults(direction) { $0.passedBytes } }

    /// Cuts all connections, and takes no more.
    public func stop() {
        self.state.refuse(true)
        for listener in self.listeners { listener.close(promise: nil) }
        self.cut()
        self.folder.remove()
    }

    private static func accept(
        _ client: any Channel, _ upstream: Upstream, _ state: ProxyState
    ) -> EventLoopFuture<Void> {
        guard !state.isRefusing else { return client.close() }
        let bootstrap = ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
        let connected =
            switch upstream {
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .port(let port): bootstrap.connect(host: "127.0.0.1", port: port)
            }
        return connected.flatMapThrowing { server in
            let requests = ProxyPump(.toServer, to: server, state)
            let answers = ProxyPump(.toClient, to: client, state)
            try client.pipeline.syncOperations.addHandler(requests)
            try server.pipeline.syncOperations.addHandler(answers)
            requests.opposite = answers
            answers.opposite = requests
            answers.updateReading()
            state.add(client)
        }.flatMapError { _ in client.close() }
    }
}

// MARK: - Faults

extension FaultProxy {
    /// The next bytes from the server on any connection are swallowed, and that connection is cut: the server has done
    /// what it was asked, and nobody knows.
    public func cutAtNextAnswer() { self.cut(afterBytes: 0, .toClient) }

    /// The connection on which so many more bytes arrive in the direction, counted over all, is cut behind them.
    ///
    /// - Parameter count: 0 or more.
    public func cut(afterBytes count: Int, _ direction: Direction) {
        self.state.withFaults(direction) { $0.bytesUntilCut = max(count, 0) }
    }

    /// Cuts the connections that are open now.
    public func cut() { self.state.closeAll() }

    /// Nothing goes on in the directions until ``resume()``; what arrives is kept.
    public func stall(_ directions: [Direction] = Direction.allCases) {
        for direction in directions { self.state.withFaults(direction) { $0.isStalled = true } }
    }

    /// What arrives in the direction vanishes from now on, until ``resume()``, while the connection stays open.
    public func drop(_ direction: Direction) { self.state.withFaults(direction) { $0.isDropping = true } }

    /// What arrives in the directions goes on that much later.
    public func delay(_ duration: Duration, _ directions: [Direction] = Direction.allCases) {
        for direction in directions { self.state.withFaults(direction) { $0.delay = duration } }
    }

    /// All connections that there are now stay open, but nothing passes them any more: as when a firewall forgets them.
    public func dropSilently() { self.state.tell(.forgotten) }

    /// New connections are closed at once, until ``resume()``.
    public func refuse() { self.state.refuse(true) }

    /// Ends all faults but those that cut; what was kept goes on.
    public func resume() {
        self.state.refuse(false)
        for direction in Direction.allCases {
            self.state.withFaults(direction) { faults in
                faults.isStalled = false
                faults.isDropping = false
                faults.delay = .zero
            }
        }
        self.state.tell(.resumed)
    }
}

/// What a proxy's connections share.
final class ProxyState: Sendable {
    /// What a connection's pumps are told.
    enum Event: Sendable {
        /// Faults have ended.
        case resumed
        /// Nothing passes this connection any more.
        case forgotten
    }

    private struct State {
        var faults: [FaultProxy.Direction: LinkFaults] = [:]
        var isRefusing = false
        var clients: [ObjectIdentifier: any Channel] = [:]
    }
    private let state = Mutex(State())

    var isRefusing: Bool { self.state.withLock { $0.isRefusing } }
    var connectionCount: Int { self.state.withLock { $0.clients.count } }

    func withFaults<Value: Sendable>(
        _ direction: FaultProxy.Direction, _ body: (inout LinkFaults) -> Value
    ) -> Value {
        self.state.withLock { body(&$0.faults[direction, default: LinkFaults()]) }
    }

    func refuse(_ isRefusing: Bool) { self.state.withLock { $0.isRefusing = isRefusing } }

    func add(_ client: any Channel) {
        self.state.withLock { $0.clients[ObjectIdentifier(client)] = client }
        client.closeFuture.whenComplete { _ in
            self.state.withLock { _ = $0.clients.removeValue(forKey: ObjectIdentifier(client)) }
        }
    }

    func closeAll() { for client in self.clients { client.close(promise: nil) } }

    func tell(_ event: Event) { for client in self.clients { client.pipeline.fireUserInboundEventTriggered(event) } }

    private var clients: [any Channel] { self.state.withLock { Array($0.clients.values) } }
}
