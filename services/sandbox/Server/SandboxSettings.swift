internal import Logging
public import ServiceKit
public import ServiceLifecycle

/// The settings of a sandbox beside those that all services have.
public enum SandboxSettings {
    static let host = Setting.text(
        "http-host", default: "127.0.0.1", "The address to take HTTP requests at; 0.0.0.0 for all of this host's.")
    static let port = Setting.integer(
        "http-port", default: 0, in: 0...65_535, "The port to take HTTP requests at; 0 takes a free one.")
    static let controlToken = Setting.requiredSecret(
        "control-token", "What callers of /control show as a bearer token.")
    static let folder = Setting.optionalText(
        "data-folder", "Where shops are kept; without it they are forgotten at the end.")
    static let publicURL = Setting.optionalText(
        "public-url", "Where the sandbox is reached, for addresses in answers; without it, as the request says.")
    static let dropFolder = Setting.optionalText(
        "drop-folder", "The folder that feed files are dropped into, in one folder for each shop; without it, none is.")
    static let backoff = Setting.integer(
        "notification-backoff-ms", default: 1_000, in: 1...3_600_000, unit: "ms",
        "How long a notification waits for its second attempt; each further one waits twice as long.")

    /// All of them.
    public static let all: [any AnySetting] = [
        host, port, controlToken, folder, publicURL, dropFolder, backoff,
    ]
}

extension SandboxConfiguration {
    init(_ settings: ServiceConfiguration) {
        self.init(controlToken: settings[SandboxSettings.controlToken])
        self.host = settings[SandboxSettings.host]
        self.port = settings[SandboxSettings.port]
        self.folder = settings[SandboxSettings.folder]
        self.publicURL = settings[SandboxSettings.publicURL]
        self.dropFolder = settings[SandboxSettings.dropFolder]
        self.notificationBackoffMilliseconds = settings[SandboxSettings.backoff]
    }
}

/// A sandbox within a service's process.
public struct SandboxProcess: Service {
    private let server: SandboxServer
    private let logger: Logger
    private let configuration: SandboxConfiguration

    /// The sandbox that the settings describe.
    ///
    /// - Throws: `StartupError` where its folder cannot be used.
    public init(in context: ServiceContext) throws {
        self.configuration = SandboxConfiguration(context.configuration)
        self.logger = context.logger
        do {
            self.server = try SandboxServer(
                self.configuration, logger: context.logger, group: context.eventLoopGroup)
        } catch {
            throw StartupError("\(error)", exitCode: StartupError.configurationExitCode)
        }
    }

    /// Answers until a graceful shutdown.
    public func run() async throws {
        let (host, port, logger) = (self.configuration.host, self.configuration.port, self.logger)
        do {
            try await self.server.run { port in
                logger.notice("answering", metadata: ["http_port": "\(port)"])
            }
        } catch {
            throw StartupError(listeningAt: host, port, error, prefix: "http-")
        }
    }
}
