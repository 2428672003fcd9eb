public import Authentication
internal import HTTPServer
internal import Logging
internal import NIOCore
public import ServiceKit
public import ServiceLifecycle

/// A gateway with the HTTP server that it answers on.
public struct GatewayServer: Service {
    private let gateway: Gateway
    private let server: HTTPServer
    private let configuration: HTTPServerConfiguration
    private let logger: Logger

    /// The gateway of a service's process.
    ///
    /// - Parameter services: What it offers.
    /// - Throws: ``EndpointError`` where the proto files ask for what it cannot do, or `StartupError` where a setting
    ///   cannot be used.
    public init(
        in context: ServiceContext, offering services: [PublicService], verifier: KeyVerifier
    ) async throws {
        let settings = context.configuration
        let gateway = try Gateway(
            services, verifier: verifier, configuration: GatewayConfiguration(settings),
            redis: try await context.redis(), metrics: context.metrics, logger: context.logger,
            group: context.eventLoopGroup)
        let configuration = try HTTPServerConfiguration(gateway: settings)
        let server: HTTPServer
        do {
            server = try HTTPServer(
                gateway, configuration: configuration, observer: gateway.observer, logger: context.logger,
                group: context.eventLoopGroup)
        } catch {
            throw StartupError(
                "the certificate or its key cannot be used (\(error)); give PEM files with --http-certificate and "
                    + "--http-key", exitCode: StartupError.configurationExitCode)
        }
        self.gateway = gateway
        self.server = server
        self.configuration = configuration
        self.logger = context.logger
    }

    /// Takes requests until a graceful shutdown, and then lets those under way end.
    public func run() async throws {
        let (host, port) = (self.configuration.host, self.configuration.port)
        let logger = self.logger
        do {
            try await withGracefulShutdownHandler {
                try await self.server.run { address in
                    logger.notice("answering", metadata: ["http_port": "\(address.port ?? port)"])
                }
            } onGracefulShutdown: {
                self.gateway.drain()
            }
        } catch {
            throw StartupError(listeningAt: host, port, error, prefix: "http-")
        }
    }
}

extension HTTPServerConfiguration {
    /// The server's part of a gateway's settings.
    fileprivate init(gateway settings: ServiceConfiguration) throws {
        self.init(host: settings[GatewaySettings.host], port: settings[GatewaySettings.port])
        self.limits.maximumConnections = settings[GatewaySettings.connections]
        let perAddress = settings[GatewaySettings.connectionsPerAddress]
        self.limits.maximumConnectionsPerAddress = perAddress > 0 ? perAddress : nil
        self.limits.maximumConcurrentRequests = settings[GatewaySettings.requests]
        self.limits.maximumBodyBytes = settings[GatewaySettings.bodyBytes]
        self.commonHeaders = Gateway.commonHeaders
        self.refusalContent = Gateway.refusalContent
        self.drainTime = .milliseconds(Int64(settings[StandardSettings.drainTimeout]))
        switch (settings[GatewaySettings.certificate], settings[GatewaySettings.key]) {
        case (nil, nil): break
        case (let certificate?, let key?):
            self.certificate = HTTPCertificateFiles(certificatePath: certificate, keyPath: key)
        default:
            throw StartupError(
                "a certificate and its key belong together; give both --http-certificate and --http-key",
                exitCode: StartupError.configurationExitCode)
        }
    }
}
