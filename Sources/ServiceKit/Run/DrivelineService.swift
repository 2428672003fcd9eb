internal import CoreMetrics
internal import Foundation
internal import Glibc
internal import Logging
internal import Observability

/// A service process in one call.
///
/// ```swift
/// @main struct Main {
///     static func main() async {
///         await DrivelineService.run(name: "echo") { context in
///             context.register(Echo())
///         }
///     }
/// }
/// ```
public enum DrivelineService {
    /// Runs a service until a signal ends it, and then the process.
    ///
    /// Reads the configuration, sets up logging and metrics, starts the admin server, what the service depends on and
    /// the RPC server, and drains all of it on SIGTERM or SIGINT. `docs/operations.md` says what operators see.
    ///
    /// - Parameters:
    ///   - name: The service's name, as in log lines.
    ///   - settings: The settings that the service has beside ``StandardSettings``.
    ///   - clients: The services that it calls; each adds a setting `NAME-address`.
    ///   - databases: Where it keeps its data; each adds settings, and makes the executable understand
    ///     `migrate status` and `migrate up`.
    ///   - usesRedis: Whether it can use the cache; adds the setting `redis-url`.
    ///   - compose: Registers what the service consists of. What it throws ends the process.
    public static func run(
        name: String,
        version: String = BuildVersion.current,
        settings: [any AnySetting] = [],
        clients: [String] = [],
        databases: [ServiceDatabase] = [],
        usesRedis: Bool = false,
        _ compose: @Sendable (ServiceContext) async throws -> Void
    ) async -> Never {
        ShutdownSignals.prepare()
        let settings = Self.settings(settings, clients, databases, usesRedis: usesRedis)
        let origin = LogOrigin(name: name, version: version)
        let configuration: ServiceConfiguration
        let migration: MigrateCommand.Action?
        do throws(ConfigurationError) {
            (configuration, migration) = try Self.configuration(origin, settings, databases)
        } catch {
            for problem in error.problems { Self.write("\(name): \(problem)\n", to: STDERR_FILENO) }
            exit(StartupError.configurationExitCode)
        }
        if let migration { await Self.migrate(name, migration, databases, configuration) }
        let metrics = MetricRegistry()
        Self.bootstrap(origin, configuration, metrics)
        do {
            try await ServiceLife(origin, configuration, metrics).run(compose)
        } catch {
            exit(Self.report(error, Logger(label: name)))
        }
        Logger(label: name).notice("stopped")
        exit(EXIT_SUCCESS)
    }

    /// The settings of a service: the standard ones, its own, the addresses of those it calls, and those of its
    /// databases and its cache.
    public static func settings(
        _ own: [any AnySetting], _ clients: [String] = [], _ databases: [ServiceDatabase] = [],
        usesRedis: Bool = false
    ) -> [any AnySetting] {
        StandardSettings.all + own + clients.map { StandardSettings.address(of: $0) as any AnySetting }
            + databases.flatMap(\.settings) + (databases.isEmpty ? [] : [ServiceDatabase.migrateOnStart])
            + (usesRedis ? [StandardSettings.redisURL] : [])
    }

    /// The configuration, unless the command line asks for something that is printed instead.
    private static func configuration(
        _ origin: LogOrigin, _ settings: [any AnySetting], _ databases: [ServiceDatabase]
    ) throws(ConfigurationError) -> (ServiceConfiguration, MigrateCommand.Action?) {
        let declarations = settings.map(\.declaration)
        let line = SettingSource.commandLine(Array(CommandLine.arguments.dropFirst()), declarations)
        switch line.request {
        case .help: self.print(ServiceConfiguration.help(origin.name, declarations))
        case .version: self.print("\(origin.name) \(origin.version)\n")
        case .printConfiguration, nil: break
        }
        if line.migration != nil, databases.isEmpty {
            throw ConfigurationError(problems: [
                .init("migrate", "\(origin.name) has no database", "leave it out to run the service")
            ])
        }
        let environment = ProcessInfo.processInfo.environment
        let configuration = try ServiceConfiguration(settings, line, environment)
        if line.request == .printConfiguration { self.print(configuration.listing) }
        return (configuration, line.migration)
    }

    /// Migrates, or says what is pending, and ends the process.
    private static func migrate(
        _ name: String, _ action: MigrateCommand.Action, _ databases: [ServiceDatabase],
        _ configuration: ServiceConfiguration
    ) async -> Never {
        let complain: @Sendable (String) -> Void = { Self.write("\(name): \($0)\n", to: STDERR_FILENO) }
        let command = MigrateCommand(
            action: action, databases: databases, configuration: configuration,
            write: { Self.write($0, to: STDOUT_FILENO) }, progress: complain)
        do {
            exit(try await command.run())
        } catch {
            complain("\(error)")
            exit((error as? StartupError)?.exitCode ?? StartupError.softwareExitCode)
        }
    }

    private static func print(_ text: String) -> Never {
        self.write(text, to: STDOUT_FILENO)
        exit(EXIT_SUCCESS)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        try? FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(text.utf8))
    }

    private static func bootstrap(
        _ origin: LogOrigin, _ configuration: ServiceConfiguration, _ metrics: MetricRegistry
    ) {
        let level = Logger.Level(rawValue: configuration[StandardSettings.logLevel]) ?? .info
        let format =
            ServiceLogHandler.Format(rawValue: configuration[StandardSettings.logFormat])
            ?? (LogOutput.standardError.isTerminal ? .text : .json)
        LoggingSystem.bootstrap(
            { label, provider in
                ServiceLogHandler(
                    label: label, origin: origin, level: level, format: format, metadataProvider: provider)
            },
            metadataProvider: CallMetadata.provider)
        MetricsSystem.bootstrap(metrics)
    }

    /// Says in one line why the service ended; answers the exit code.
    private static func report(_ error: any Error, _ logger: Logger) -> Int32 {
        switch error {
        case let error as StartupError:
            logger.critical("\(error)")
            return error.exitCode
        case let error as ConfigurationError:
            for problem in error.problems { logger.critical("\(problem)") }
            return StartupError.configurationExitCode
        default:
            logger.critical("the service failed", error: error)
            return StartupError.softwareExitCode
        }
    }
}
