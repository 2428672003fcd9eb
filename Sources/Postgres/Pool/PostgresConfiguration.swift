/// Where a pool connects to, and its limits.
public struct PostgresConfiguration: Sendable {
    /// `postgresql://user:password@host:port/database?parameter=value`, or libpq's `keyword=value` form.
    ///
    /// What it leaves open comes from the environment as with every program that uses libpq: `PGHOST`, `PGPORT`,
    /// `PGDATABASE`, `PGUSER`, `PGPASSWORD` or the file that `PGPASSFILE` names (`~/.pgpass` without it, readable by its
    /// owner only), `PGSSLMODE`, `PGSSLROOTCERT`, `PGSSLCERT`, `PGSSLKEY`, `PGSERVICE`. Source: PostgreSQL documentation,
    /// section 34.15.
    ///
    /// Across a network say `sslmode=verify-full&sslrootcert=/path/ca.pem`: libpq's default, `prefer`, takes an
    /// unencrypted connection when the server offers nothing better, and checks no certificate.
    public var url: String
    /// Connections at the most.
    public var maximumConnections = 8
    /// Single queries that share a connection at the most.
    public var maximumPipelinedQueries = 64
    /// Requests that wait for a connection at the most; more are refused at once.
    public var maximumWaiting = 4_096
    /// How long a request waits for a connection, in milliseconds.
    public var waitMilliseconds = 5_000
    /// How long connecting may take, in milliseconds.
    public var connectMilliseconds = 5_000
    /// How long the client waits for an answer, in milliseconds; then it cancels, and closes the connection if that does
    /// not help.
    public var queryMilliseconds = 30_000
    /// After how long the server itself gives up a statement, in milliseconds.
    public var statementMilliseconds = 20_000
    /// After how long the server gives up a lock, in milliseconds.
    public var lockMilliseconds = 10_000
    /// What each connection sets in its session before it is used, by the server's names: for a pool whose statements all
    /// need one kind of plan. A name or value that the server does not take keeps the pool from connecting.
    public var sessionSettings: [String: String] = [:]
    /// Is told how requests went.
    public var observer: (any PostgresObserver)?

    /// How often idle connections are asked for an answer, in milliseconds, so that a lost one is found before a request
    /// needs it.
    public var healthCheckMilliseconds = 30_000
    /// How long that answer may take, in milliseconds; then the connection is closed.
    public var healthCheckTimeoutMilliseconds = 2_000
    /// How old a connection gets, in milliseconds, less up to a fifth by chance; then it is closed as soon as it is idle.
    /// So a database that was moved gets its clients, and memory that a session gathered is given back.
    public var maximumAgeMilliseconds = 1_800_000

    /// - Parameter url: Where the database is; it may hold a password, and so is never logged.
    public init(url: String) { self.url = url }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where it connects to, without the password: for logs.
    public var description: String { ConnectionParameters.publicDescription(of: self.url) }

    /// The same as ``description``.
    public var debugDescription: String { self.description }

    /// Without the URL, which may hold a password.
    public var customMirror: Mirror { Mirror(self, children: ["database": self.description]) }
}
