public import Logging
public import NIOCore
internal import NIOSSL
public import Observability
internal import Postgres
public import RPC
public import ServiceLifecycle
internal import Synchronization

/// What a service finds and says while it is put together, before it takes its first call.
public final class ServiceContext: Sendable {
    struct Parts {
        var rpcServices: [any RPCService] = []
        var interceptors: [any ServerInterceptor] = []
        var authenticator: any Authenticator
        var dependencies: [any ServiceDependency] = []
        var backgroundServices: [any Service] = []
        var clients: [String: RPCClient] = [:]
        var reactor: PostgresReactor?
        /// The databases that a pool migrates at its start.
        var migratedDatabases: Set<String> = []
    }

    /// The service's name.
    public let name: String
    /// The settings.
    public let configuration: ServiceConfiguration
    /// A logger for what belongs to no call.
    public let logger: Logger
    /// The metrics, for what swift-metrics cannot say; what is made through swift-metrics is in it too.
    public let metrics: MetricRegistry
    /// The event loops of the RPC server and the clients.
    public let eventLoopGroup: any EventLoopGroup

    let health: ServiceHealth
    private let clientTLS: TLSConfiguration?
    private let parts: Mutex<Parts>

    init(
        name: String, _ configuration: ServiceConfiguration, _ metrics: MetricRegistry, _ group: any EventLoopGroup,
        _ health: ServiceHealth, clientTLS: TLSConfiguration?
    ) {
        self.name = name
        self.configuration = configuration
        self.logger = Logger(label: name)
        self.metrics = metrics
        self.eventLoopGroup = group
        self.health = health
        self.clientTLS = clientTLS
        self.parts = Mutex(
            Parts(
                authenticator: ServiceTokenAuthenticator(
                    token: configuration[StandardSettings.serviceToken],
                    trustedPeers: Set(configuration[StandardSettings.trustedPeers]))))
    }

    /// Offers an RPC service.
    public func register(_ service: any RPCService) { self.parts.withLock { $0.rpcServices.append(service) } }

    /// Adds an interceptor around all calls; the first one is the outermost.
    public func intercept(with interceptor: any ServerInterceptor) {
        self.parts.withLock { $0.interceptors.append(interceptor) }
    }

    /// Replaces ``ServiceTokenAuthenticator``.
    public func authenticate(with authenticator: any Authenticator) {
        self.parts.withLock { $0.authenticator = authenticator }
    }

    /// Puts an authenticator before the present one, which by default is ``ServiceTokenAuthenticator``.
    ///
    /// - Parameter wrap: Gets the present one, for peers that it does not decide about itself.
    public func authenticate(_ wrap: (any Authenticator) -> any Authenticator) {
        self.parts.withLock { $0.authenticator = wrap($0.authenticator) }
    }

    /// Adds something the service needs: it is started before calls are taken, asked by `/readyz`, and stopped last.
    public func use(_ dependency: any ServiceDependency) async {
        self.parts.withLock { $0.dependencies.append(dependency) }
        guard dependency.isNeededForReadiness else { return }
        await self.addReadinessCheck(dependency.name) { try await dependency.checkReadiness() }
    }

    /// Adds what runs beside the calls and ends on a graceful shutdown, after the last call and before the dependencies.
    /// That one returns is no failure; that one throws ends the service.
    public func run(_ services: any Service...) { self.parts.withLock { $0.backgroundServices += services } }

    /// Adds a condition for taking calls.
    ///
    /// - Parameters:
    ///   - limit: How long the check may take; beyond that it has failed.
    ///   - check: Throws where the service cannot work.
    public func addReadinessCheck(
        _ name: String, limit: Duration = .seconds(1), _ check: @escaping @Sendable () async throws -> Void
    ) async {
        await self.health.checks.add(name, limit: limit, check)
    }

    /// The client of another service, which must be among the service's `clients`; always the same one.
    ///
    /// - Throws: ``StartupError`` where its address is not configured.
    public func client(for service: String) throws -> RPCClient {
        let setting = StandardSettings.address(of: service)
        guard let target = self.configuration[setting] else {
            throw StartupError(
                "the address of \(service) is not known; give it with \(setting.declaration.flag) or "
                    + setting.declaration.environmentVariable,
                exitCode: StartupError.configurationExitCode)
        }
        var configuration = RPCClientConfiguration(
            target: target, credential: self.configuration[StandardSettings.serviceToken] ?? "")
        configuration.tls = self.clientTLS
        configuration.agent = self.name
        return try self.parts.withLock { [configuration] parts in
            if let client = parts.clients[service] { return client }
            let client = try RPCClient(configuration, logger: self.logger, group: self.eventLoopGroup)
            parts.clients[service] = client
            return client
        }
    }

    /// The reactor that pools share, and whether it was made just now.
    func reactor() throws(PostgresError) -> (PostgresReactor, isNew: Bool) {
        try self.parts.withLock { parts throws(PostgresError) in
            if let reactor = parts.reactor { return (reactor, false) }
            let reactor = try PostgresReactor()
            parts.reactor = reactor
            return (reactor, true)
        }
    }

    /// Whether the caller is the first for this database, and so the one that migrates it.
    func claimMigrations(of database: ServiceDatabase) -> Bool {
        self.parts.withLock { $0.migratedDatabases.insert(database.name).inserted }
    }

    /// What was said so far.
    var composition: Parts { self.parts.withLock { $0 } }
}
