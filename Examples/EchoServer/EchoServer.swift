import ArgumentParser
import Glibc
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import RPCServices
import ServiceLifecycle
import UnixSignals
import Wire

/// Serves `driveline.echo.v1.EchoService`, with health and reflection.
@main
struct EchoServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo-server", abstract: "Serves driveline.echo.v1.EchoService.")

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 0

    @Option(help: "The event loops; 0 makes one for each processor.")
    var eventLoops = 0

    @Option(help: "The file of the TLS certificate chain; without one, plain text is spoken.")
    var tlsCertificate: String?

    @Option(help: "The file of the certificate's private key.")
    var tlsKey: String?

    func run() async throws {
        var configuration = RPCServerConfiguration(host: self.host, port: self.port)
        configuration.agent = "echo-server"
        configuration.tls = try self.tls()
        let health = Health()
        let echo = Echo()
        let server = RPCServer(
            services: [echo, health, Reflection([echo, health])],
            configuration: configuration,
            authenticator: EchoAuthenticator(),
            group: MultiThreadedEventLoopGroup(
                numberOfThreads: self.eventLoops > 0 ? self.eventLoops : System.coreCount)
        )
        let group = ServiceGroup(
            services: [server, Announcement(server: server)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "echo-server")
        )
        try await group.run()
    }

    private func tls() throws -> TLSConfiguration? {
        guard let tlsCertificate, let tlsKey else { return nil }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(tlsCertificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: tlsKey, format: .pem))
        )
        tls.minimumTLSVersion = .tlsv13
        return tls
    }
}

/// Says where the server listens, once it does.
private struct Announcement: Service {
    let server: RPCServer

    func run() async throws {
        if let port = await self.server.address?.port {
            print("listening on \(port)")
            // The line must be out before whoever started the server waits for it.
            fflush(nil)
        }
        try? await gracefulShutdown()
    }
}

/// Knows one key, `echo-demo-key`; those who show none are guests without scopes.
private struct EchoAuthenticator: Authenticator {
    func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        switch credentials.credential {
        case "": return CallerIdentity(brand: "demo", principal: "guest")
        case "echo-demo-key": return CallerIdentity(brand: "demo", principal: "speaker", scopes: ["echo:speak"])
        default: throw RPCError(.unauthenticated, "the key is not known")
        }
    }
}
