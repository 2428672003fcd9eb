internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Observability
internal import RPC
internal import RPCServices
internal import ServiceLifecycle
internal import Synchronization

/// A service from the end of its configuration to the end of its process.
final class ServiceLife: Sendable {
    /// What is left beyond the two drain times for the process to end, whatever hangs: 29 s in all by default.
    static let cutOffDuration: Duration = .seconds(4)
    /// What is left after the calls for everything else to end by itself, before it is cancelled.
    static let endingDuration: Duration = .seconds(2)

    private let origin: LogOrigin
    private let configuration: ServiceConfiguration
    private let metrics: MetricRegistry
    private let logger: Logger
    private let health = ServiceHealth()
    private let serviceGroup = Mutex<ServiceGroup?>(nil)

    init(_ origin: LogOrigin, _ configuration: ServiceConfiguration, _ metrics: MetricRegistry) {
        self.origin = origin
        self.configuration = configuration
        self.metrics = metrics
        self.logger = Logger(label: origin.name)
    }

    /// Starts everything, serves, and returns when all has ended.
    func run(_ compose: @Sendable (ServiceContext) async throws -> Void) async throws {
        await ShutdownSignals.handle { await self.shutDown() }
        let tls = try TLSFiles(self.configuration)
        let loopCount = self.configuration[StandardSettings.eventLoops]
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loopCount > 0 ? loopCount : System.coreCount)
        let watchdog = LoopWatchdog(group)
        defer { watchdog.stop() }
        let pages = AdminPages(
            origin: self.origin, health: self.health, watchdog: watchdog, metrics: self.metrics,
            logOutput: .standardError)
        let admin = AdminServer(pages)
        // First, so that probes see a start that takes long.
        let adminPort = try await self.listen(admin)

        let context = ServiceContext(
            name: self.origin.name, self.configuration, self.metrics, group, self.health, clientTLS: tls.client)
        try await compose(context)
        let parts = context.composition
        defer { for client in context.composition.clients.values { client.shutDown() } }
        let started = try await self.start(parts.dependencies)
        let server = self.server(parts, tls, group)
        let announcement = Task { await self.announce(server, adminPort: adminPort) }
        defer { announcement.cancel() }
        try await self.serve(server, started, parts.backgroundServices)
        await admin.stop()
    }

    private func listen(_ admin: AdminServer) async throws -> Int {
        let host = self.configuration[StandardSettings.adminHost]
        let port = self.configuration[StandardSettings.adminPort]
        do {
            return try await admin.start(host: host, port: port).localAddress?.port ?? port
        } catch {
            throw StartupError(listeningAt: host, port, error, prefix: "admin-")
        }
    }

    private func start(_ dependencies: [any ServiceDependency]) async throws -> [any ServiceDependency] {
        var started: [any ServiceDependency] = []
        do {
            for dependency in dependencies {
                self.logger.debug("starting \(dependency.name)")
                try await dependency.start()
                started.append(dependency)
            }
        } catch {
            for dependency in started.reversed() { await dependency.stop() }
            throw error
        }
        return started
    }

    private func server(
        _ parts: ServiceContext.Parts, _ tls: TLSFiles, _ group: any EventLoopGroup
    ) -> RPCServer {
        var configuration = RPCServerConfiguration(
            host: self.configuration[StandardSettings.host], port: self.configuration[StandardSettings.port])
        configuration.tls = tls.server
        configuration.maximumConnections = self.configuration[StandardSettings.maximumConnections]
        configuration.defaultTimeout = .milliseconds(Int64(self.configuration[StandardSettings.defaultTimeout]))
        configuration.drainTimeout = .milliseconds(Int64(self.configuration[StandardSettings.drainTimeout]))
        configuration.agent = "\(self.origin.name)/\(self.origin.version)"
        var services = parts.rpcServices + [self.health.rpcHealth]
        services.append(Reflection(services))
        return RPCServer(
            services: services, configuration: configuration, authenticator: parts.authenticator,
            interceptors: parts.interceptors, observer: RPCMetrics(self.metrics, services), group: group)
    }

    /// Says where the service listens, once it does.
    private func announce(_ server: RPCServer, adminPort: Int) async {
        guard let port = await server.address?.port else { return }
        self.health.started()
        _ = await self.health.readiness()
        self.logger.notice(
            "serving",
            metadata: [
                "port": "\(port)", "admin_port": "\(adminPort)", "version": "\(self.origin.version)",
                "allocator": "\(Allocator.name)",
            ])
    }

    /// The group ends its members from the last to the first: calls, then what runs beside them, then what both need.
    private func serve(
        _ server: RPCServer, _ dependencies: [any ServiceDependency], _ backgroundServices: [any Service]
    ) async throws {
        let listener = Listener(
            server: server, host: self.configuration[StandardSettings.host],
            port: self.configuration[StandardSettings.port])
        let members: [any Service] =
            [HealthRefresh(health: self.health)] + dependencies.map { DependencyLife(dependency: $0) }
            + backgroundServices + [listener]
        var quiet = Logger(label: "driveline.lifecycle")
        quiet.logLevel = max(.warning, self.logger.logLevel)
        var configuration = ServiceGroupConfiguration(
            services: members.map {
                .init(
                    service: $0, successTerminationBehavior: .ignore,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, logger: quiet)
        configuration.maximumGracefulShutdownDuration =
            .milliseconds(self.configuration[StandardSettings.drainTimeout]) + Self.endingDuration
        let group = ServiceGroup(configuration: configuration)
        let isLeaving = self.serviceGroup.withLock { known in
            known = group
            return self.health.phase == .draining
        }
        // A signal that came before there was a group: what was started is ended as ever.
        if isLeaving { await group.triggerGracefulShutdown() }
        try await group.run()
    }

    /// What the first signal does.
    private func shutDown() async {
        self.health.beginDrain()
        let drainDelay: Duration = .milliseconds(self.configuration[StandardSettings.drainDelay])
        let drainTimeout: Duration = .milliseconds(self.configuration[StandardSettings.drainTimeout])
        Task.detached {
            try? await Task.sleep(for: drainDelay + drainTimeout + Self.cutOffDuration)
            self.logger.critical("the shutdown took too long; what was still running is lost")
            _exit(StartupError.softwareExitCode)
        }
        self.logger.notice("draining")
        guard self.serviceGroup.withLock({ $0 }) != nil else { return }
        try? await Task.sleep(for: drainDelay)
        await self.serviceGroup.withLock { $0 }?.triggerGracefulShutdown()
    }
}

/// The RPC server, which says what to do where it cannot listen.
private struct Listener: Service {
    let server: RPCServer
    let host: String
    let port: Int

    func run() async throws {
        do {
            try await self.server.run()
        } catch {
            throw StartupError(listeningAt: self.host, self.port, error)
        }
    }
}

/// Asks the dependencies from time to time, so that the RPC health service knows also where nobody probes over HTTP.
private struct HealthRefresh: Service {
    let health: ServiceHealth

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                _ = await self.health.readiness()
                try await Task.sleep(for: ReadinessChecks.cacheDuration)
            }
        }
    }
}
