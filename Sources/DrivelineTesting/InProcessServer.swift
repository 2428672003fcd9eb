internal import LocalServers
internal import Logging
public import NIOCore
public import NIOPosix
public import RPC

/// An RPC server within the test's process, and clients of it, without a port.
///
/// It speaks over a Unix socket in a temporary folder: all of server and client runs as it does between processes.
public final class InProcessServer: Sendable {
    /// The server.
    public let server: RPCServer
    /// Where it listens; a ``FaultProxy`` can stand before it.
    public let socketPath: String
    private let folder: TemporaryFolder
    private let running: Task<Void, any Error>

    /// Starts a server; ``stop()`` ends it.
    ///
    /// - Parameters:
    ///   - services: What it offers.
    ///   - authenticator: Who the callers are; by default what they say, see ``CredentialAuthenticator``.
    ///   - interceptors: What happens around each call.
    ///   - configure: Changes the configuration. Peers may take five minutes to say HELLO, as on a loaded machine.
    public init(
        _ services: [any RPCService], authenticator: any Authenticator = CredentialAuthenticator(),
        interceptors: [any ServerInterceptor] = [], _ configure: (inout RPCServerConfiguration) -> Void = { _ in }
    ) async throws {
        let folder = try TemporaryFolder()
        var configuration = RPCServerConfiguration()
        configuration.helloTimeout = .seconds(300)
        configure(&configuration)
        configuration.unixSocketPath = "\(folder.path)/rpc.sock"
        let server = RPCServer(
            services: services, configuration: configuration, authenticator: authenticator,
            interceptors: interceptors, logger: .silent)
        self.folder = folder
        self.server = server
        self.socketPath = "\(folder.path)/rpc.sock"
        self.running = Task { try await server.run() }
        // Where it could not listen, `run` has thrown why.
        if await server.address == nil { try await self.running.value }
    }

    /// A client, which the caller shuts down.
    ///
    /// - Parameters:
    ///   - credential: What it shows the authenticator.
    ///   - proxy: What stands between it and the server; `nil` for nothing.
    ///   - group: Its event loops; `MultiThreadedEventLoopGroup.singleton.next()` for one, and so one connection.
    ///   - configure: Changes the configuration, whose time-outs are those of a loaded machine.
    public func client(
        credential: String = "tester", through proxy: FaultProxy? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        _ configure: (inout RPCClientConfiguration) -> Void = { _ in }
    ) throws -> RPCClient {
        let path = proxy?.socketPath ?? self.socketPath
        var configuration = RPCClientConfiguration(target: .unixSocket(path), credential: credential)
        configuration.defaultTimeout = .seconds(60)
        configuration.connectTimeout = .seconds(30)
        configure(&configuration)
        return try RPCClient(configuration, logger: .silent, group: group)
    }

    /// Closes everything at once.
    public func stop() async {
        self.running.cancel()
        _ = await self.running.result
        self.folder.remove()
    }
}

/// Runs services and a client of them within the test's process while `body` does.
///
/// ```swift
/// try await withServices([Echo()]) { client in
///     let answer = try await EchoServiceClient(client).say(request)
/// }
/// ```
public func withServices<Value>(
    _ services: [any RPCService], authenticator: any Authenticator = CredentialAuthenticator(),
    credential: String = "tester", _ body: (RPCClient) async throws -> Value
) async throws -> Value {
    let server = try await InProcessServer(services, authenticator: authenticator)
    return try await withEnd {
        let client = try server.client(credential: credential)
        defer { client.shutDown() }
        return try await body(client)
    } end: {
        await server.stop()
    }
}

/// Believes callers: the credential is a brand and a principal, `brand/principal`, or a principal alone, followed by
/// its scopes.
///
/// The principal `gateway` may act for others; an empty credential is anonymous.
public struct CredentialAuthenticator: Authenticator {
    /// The brand of principals that name none.
    public static let brand = "test"

    /// An authenticator for tests.
    public init() {}

    /// Reads the caller from the credential.
    public func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        let words = credentials.credential.split(separator: " ").map(String.init)
        guard let first = words.first else { return .anonymous }
        let parts = first.split(separator: "/", maxSplits: 1).map(String.init)
        let principal = parts.last ?? ""
        return CallerIdentity(
            brand: parts.count == 2 ? parts[0] : Self.brand, principal: principal, scopes: Set(words.dropFirst()),
            mayActForOthers: principal == "gateway")
    }
}
