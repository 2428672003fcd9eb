public import Migrations

/// A PostgreSQL database that a service keeps its data in, declared once: its settings and its migrations.
///
/// ```swift
/// static let database = ServiceDatabase(migrations: [.file("0001_create.sql", PackageResources._001_create_sql)])
/// ...
/// await DrivelineService.run(name: "orders", databases: [database]) { context in
///     let pool = try await context.postgres(database)
/// }
/// ```
public struct ServiceDatabase: Sendable {
    /// What its settings' names begin with, and what it is called in `/readyz` and in messages.
    public let name: String
    /// The migrations.
    public let migrations: [Migration]
    /// Where it is. What the URL leaves open comes from libpq's own environment variables.
    public let url: Setting<String>
    /// The connections of the service's pool.
    public let connections: Setting<Int>
    /// The requests that may wait for a connection.
    public let maximumWaiting: Setting<Int>
    /// How long a request waits for a connection.
    public let waitTimeout: Setting<Int>
    /// How long connecting may take.
    public let connectTimeout: Setting<Int>
    /// How long an answer is waited for.
    public let queryTimeout: Setting<Int>
    /// How long the server may work on a statement.
    public let statementTimeout: Setting<Int>
    /// How long a statement may wait for a lock.
    public let lockTimeout: Setting<Int>

    /// Whether the service applies its migrations itself; for all its databases.
    public static let migrateOnStart = Setting.boolean(
        "migrate-on-start", default: true,
        "Applies what is pending of the database's migrations at the start; else the service does not start with some "
            + "pending.")

    /// - Parameters:
    ///   - name: `postgres`; another one for each further database of a service.
    ///   - migrations: All migrations of this database.
    public init(_ name: String = "postgres", migrations: [Migration]) {
        self.name = name
        self.migrations = migrations
        self.url = Setting.requiredSecret(
            "\(name)-url", "Where the database is, as postgresql://USER:PASSWORD@HOST:PORT/DATABASE.")
        self.connections = Setting.integer(
            "\(name)-connections", default: 8, in: 1...1_000, "The connections to the database.")
        self.maximumWaiting = Setting.integer(
            "\(name)-maximum-waiting", default: 4_096, in: 1...1_000_000,
            "The requests that may wait for a connection; one more is refused.")
        self.waitTimeout = Self.milliseconds(
            "\(name)-wait-timeout-ms", default: 5_000, "How long a request waits for a connection.")
        self.connectTimeout = Self.milliseconds(
            "\(name)-connect-timeout-ms", default: 5_000, "How long connecting to the database may take.")
        self.queryTimeout = Self.milliseconds(
            "\(name)-query-timeout-ms", default: 30_000,
            "How long an answer is waited for, before the query is cancelled.")
        self.statementTimeout = Self.milliseconds(
            "\(name)-statement-timeout-ms", default: 20_000, "After how long the server gives up a statement.")
        self.lockTimeout = Self.milliseconds(
            "\(name)-lock-timeout-ms", default: 10_000, "After how long the server gives up waiting for a lock.")
    }

    /// All settings of this database.
    public var settings: [any AnySetting] {
        [
            self.url, self.connections, self.maximumWaiting, self.waitTimeout, self.connectTimeout, self.queryTimeout,
            self.statementTimeout, self.lockTimeout,
        ]
    }

    private static func milliseconds(_ name: String, default defaultValue: Int, _ summary: String) -> Setting<Int> {
        Setting.integer(name, default: defaultValue, in: 1...3_600_000, unit: "ms", summary)
    }
}
