internal import Logging
internal import NIOCore
internal import NIOPosix
package import RPC
internal import ServiceLifecycle
internal import Wire

/// A server on a free port of this host, for the length of a test.
package struct TestServer: Sendable {
    package let server: RPCServer
    package let port: Int
    package let logs: LogRecorder
    private let group: ServiceGroup
    private let task: Task<Void, any Error>
    /// Happens when the server's run has returned.
    package let ended: Event

    init(
        _ services: [any RPCService], _ configuration: RPCServerConfiguration, _ authenticator: any Authenticator,
        _ interceptors: [any ServerInterceptor], _ observer: (any RPCObserver)?
    ) async throws {
        let logs = LogRecorder()
        let ended = Event()
        let server = RPCServer(
            services: services, configuration: configuration, authenticator: authenticator, interceptors: interceptors,
            observer: observer, logger: logs.logger())
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: LogRecorder().logger()))
        self.logs = logs
        self.ended = ended
        self.server = server
        self.group = group
        self.task = Task {
            defer { ended.happen() }
            try await group.run()
        }
        guard let port = await server.address?.port else { throw CannotListen() }
        self.port = port
    }

    package var address: RPCTarget.Address { RPCTarget.Address(host: "127.0.0.1", port: self.port) }

    /// Has the server leave in peace; ``ended`` says when it has.
    package func beginDrain() async { await self.group.triggerGracefulShutdown() }

    /// Closes everything at once.
    package func kill() async {
        self.task.cancel()
        _ = await self.task.result
    }
}

/// Whom the test servers take callers for.
///
/// The credential is a principal, followed by its scopes; `gateway` may act for others, an empty one is anonymous, and `wrong` is refused.
package struct TestAuthenticator: Authenticator {
    package init() {}

    package func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        let words = credentials.credential.split(separator: " ").map(String.init)
        guard let principal = words.first else { return .anonymous }
        guard principal != "wrong" else { throw RPCError(.unauthenticated, "the credential is not known") }
        return CallerIdentity(
            brand: "test", principal: principal, scopes: Set(words.dropFirst()), mayActForOthers: principal == "gateway"
        )
    }
}

/// A configuration with some values changed. Peers may take long to say HELLO, as many tests share the processor.
package func serverConfiguration(
    _ change: (inout RPCServerConfiguration) -> Void = { _ in }
) -> RPCServerConfiguration {
    var configuration = RPCServerConfiguration()
    configuration.helloTimeout = .seconds(300)
    change(&configuration)
    return configuration
}

/// The address is in use.
private struct CannotListen: Error {}

/// Starts a server; one with a port of its own, as only tests of a restart have, may have to wait until a connection of another test has left the port.
private func startServer(
    _ services: [any RPCService], _ configuration: RPCServerConfiguration, _ authenticator: any Authenticator,
    _ interceptors: [any ServerInterceptor], _ observer: (any RPCObserver)?
) async throws -> TestServer {
    for _ in 0..<200 where configuration.port != 0 {
        do {
            return try await TestServer(services, configuration, authenticator, interceptors, observer)
        } catch is CannotListen {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
    return try await TestServer(services, configuration, authenticator, interceptors, observer)
}

/// Runs a server while `body` does.
package func withServer<Result>(
    _ services: [any RPCService] = [TestService.echoing],
    configuration: RPCServerConfiguration = serverConfiguration(),
    authenticator: any Authenticator = TestAuthenticator(),
    interceptors: [any ServerInterceptor] = [],
    observer: (any RPCObserver)? = nil,
    _ body: (TestServer) async throws -> Result
) async throws -> Result {
    let server = try await startServer(services, configuration, authenticator, interceptors, observer)
    do {
        let result = try await body(server)
        await server.kill()
        return result
    } catch {
        await server.kill()
        throw error
    }
}

/// Runs a server and a client of it while `body` does.
package func withServerAndClient<Result>(
    _ services: [any RPCService] = [TestService.echoing],
    configuration: RPCServerConfiguration = serverConfiguration(),
    authenticator: any Authenticator = TestAuthenticator(),
    interceptors: [any ServerInterceptor] = [],
    observer: (any RPCObserver)? = nil,
    credential: String = "tester",
    _ body: (TestServer, RPCClient) async throws -> Result
) async throws -> Result {
    try await withServer(
        services, configuration: configuration, authenticator: authenticator, interceptors: interceptors,
        observer: observer
    ) { server in
        try await withClient(of: [server.address], credential: credential) { try await body(server, $0) }
    }
}

/// A single event loop, for clients that are to have a single connection.
private let oneLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// Makes a client for the length of `body`; on one loop it has one connection to each address.
package func withClient<Result>(
    of addresses: [RPCTarget.Address],
    credential: String = "tester",
    onOneLoop: Bool = false,
    configure: (inout RPCClientConfiguration) -> Void = { _ in },
    _ body: (RPCClient) async throws -> Result
) async throws -> Result {
    var configuration = RPCClientConfiguration(target: .list(addresses), credential: credential)
    configuration.defaultTimeout = .seconds(60)
    configuration.connectTimeout = .seconds(30)
    configure(&configuration)
    let group = onOneLoop ? oneLoop : MultiThreadedEventLoopGroup.singleton
    let client = try RPCClient(configuration, logger: LogRecorder().logger(), group: group)
    defer { client.shutDown() }
    return try await body(client)
}
