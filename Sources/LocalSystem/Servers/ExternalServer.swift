internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import Postgres

/// A server that others run, and that the system only uses.
final class ExternalServer: PartRunner {
    private static let connectTimeout: TimeAmount = .seconds(10)

    let name: String
    let address: String
    let readinessLimit: Duration = .seconds(30)
    let processID: Int32? = nil
    private let check: @Sendable () async throws(SystemError) -> Void
    private let ended = AsyncStream.makeStream(of: Void.self)

    private init(
        _ server: ServicePlan.Server, address: String, check: @escaping @Sendable () async throws(SystemError) -> Void
    ) {
        self.name = server.rawValue
        self.address = address
        self.check = check
    }

    /// Someone's PostgreSQL, in which the services' databases are made.
    static func postgres(_ url: ServerURL, databases: [String]) -> ExternalServer {
        ExternalServer(.postgres, address: url.address) { () async throws(SystemError) in
            do throws(PostgresError) {
                try await Databases(url: url.text).create(databases)
            } catch  where error.code == .server {
                throw SystemError(
                    .unreachable,
                    "PostgreSQL at \(url.address) does not make the services' databases (\(error.message)); "
                        + "--postgres-url must name a user who may connect and has CREATEDB")
            } catch {
                throw SystemError(
                    .unreachable,
                    "PostgreSQL at \(url.address) cannot be reached (\(error.message)); check --postgres-url, or leave "
                        + "it out for a private server")
            }
        }
    }

    /// Someone's Redis.
    static func redis(_ url: ServerURL) -> ExternalServer {
        ExternalServer(.redis, address: url.address) { () async throws(SystemError) in
            do {
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connectTimeout(self.connectTimeout).connect(host: url.host, port: url.port).get()
                channel.close(promise: nil)
            } catch {
                throw SystemError(
                    .unreachable,
                    "Redis at \(url.address) cannot be reached; check --redis-url, or leave it out for a private server"
                )
            }
        }
    }

    func start() async throws(SystemError) { try await self.check() }

    func exit() async -> String {
        for await _ in self.ended.stream {}
        return "no longer used"
    }

    func stop() async { self.ended.continuation.finish() }
    func kill() async { self.ended.continuation.finish() }
}

/// The URL of a server that others run. It may hold a password, and is never shown as a whole.
public struct ServerURL: Sendable, Hashable {
    /// The whole.
    let text: String
    /// The host.
    let host: String
    /// The port.
    let port: Int

    /// Without user and password.
    public var address: String { "\(self.host):\(self.port)" }

    /// Reads the URL of a PostgreSQL server: `postgresql://user@host:port/database`.
    public init?(postgres text: String) { self.init(text, schemes: ["postgres", "postgresql"], defaultPort: 5_432) }

    /// Reads the URL of a Redis server: `redis://:password@host:port`, or `rediss://…` for TLS.
    public init?(redis text: String) { self.init(text, schemes: ["redis", "rediss"], defaultPort: 6_379) }

    private init?(_ text: String, schemes: Set<String>, defaultPort: Int) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, schemes.contains(scheme) else {
            return nil
        }
        // PostgreSQL's socket folder stands in the query.
        let named = parts.queryItems?.first { $0.name == "host" }?.value
        guard let host = [parts.host, named].compactMap({ $0 }).first(where: { !$0.isEmpty }) else { return nil }
        self.text = text
        self.host = host
        self.port = parts.port ?? defaultPort
    }

    /// The same server's database of another name.
    func database(_ name: String) -> String {
        guard var parts = URLComponents(string: self.text) else { return self.text }
        parts.path = "/\(name)"
        return parts.string ?? self.text
    }
}
