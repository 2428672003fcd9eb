public import Postgres

/// Brings a database to the schema that an executable needs.
///
/// What was applied stands in the table `schema_migration`. Many processes may start at once: an advisory lock lets one
/// at a time apply migrations, and the others find them applied. Each call has connections of its own, two at most.
public struct Migrator: Sendable {
    /// How long it is patient.
    public struct Limits: Sendable {
        /// How long another process that migrates is waited for, in milliseconds.
        public var waitMilliseconds: Int64 = 120_000
        /// How long a statement waits for a lock, in milliseconds: everybody who comes later waits behind it.
        public var lockMilliseconds = 2_000
        /// How often a migration is tried that did not get its locks in that time.
        public var lockTries = 30
        /// How long a statement may take, in milliseconds.
        public var statementMilliseconds = 3_600_000

        /// Two minutes for others, thirty tries of two seconds for locks, an hour for a statement.
        public init() {}
    }

    /// What happens, for a log or a terminal.
    public enum Progress: Sendable, CustomStringConvertible {
        /// Another process migrates; this one waits for it.
        case waiting
        /// A migration begins.
        case applying(Migration)
        /// A migration did not get its locks, and is tried again.
        case retrying(Migration, nextTry: Int)
        /// A migration is done.
        case applied(Migration, milliseconds: Int64)

        /// For people.
        public var description: String {
            switch self {
            case .waiting: "waiting for another process that migrates"
            case .applying(let migration): "applying migration \(migration.number) (\(migration.name))"
            case .retrying(let migration, let nextTry):
                "migration \(migration.number) (\(migration.name)) did not get its locks; try \(nextTry) follows"
            case .applied(let migration, let milliseconds):
                "applied migration \(migration.number) (\(migration.name)) in \(milliseconds) ms"
            }
        }
    }

    /// The key of the advisory lock, which counts per database: "drivemig" in ASCII.
    static let lockKey: Int64 = 0x6472_6976_656d_6967
    /// How long is waited between two looks whether a lock is free, in milliseconds.
    static let pauseMilliseconds = 100...300

    let set: MigrationSet
    let limits: Limits
    let progress: @Sendable (Progress) -> Void
    private let configuration: PostgresConfiguration
    private let reactor: PostgresReactor

    /// - Parameters:
    ///   - configuration: Where the database is; its time-outs for statements and locks are replaced by the limits here.
    ///   - progress: Told what happens, while it happens.
    public init(
        _ configuration: PostgresConfiguration, on reactor: PostgresReactor, _ set: MigrationSet,
        limits: Limits = Limits(), progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        var configuration = configuration
        configuration.maximumConnections = 2
        configuration.statementMilliseconds = limits.statementMilliseconds
        configuration.lockMilliseconds = limits.statementMilliseconds
        configuration.queryMilliseconds = limits.statementMilliseconds
        self.configuration = configuration
        self.reactor = reactor
        self.set = set
        self.limits = limits
        self.progress = progress
    }

    /// How far the database is. Changes nothing, and needs no right but to read.
    public func status() async throws(MigrationError) -> MigrationStatus {
        try await self.withPool { try await self.status(on: $0) }
    }

    /// Applies what is pending, in order; stops at the first that fails, with those before it applied.
    ///
    /// - Parameter allowsNewer: Takes a database that a newer version has migrated as it is, as that version must be safe
    ///   while this one still runs; otherwise such a database is refused.
    /// - Returns: How far the database is then.
    /// - Throws: ``MigrationError``.
    public func up(allowsNewer: Bool) async throws(MigrationError) -> MigrationStatus {
        try await self.withPool { pool in
            let status = try await self.status(on: pool)
            try status.check()
            if let newer = status.newerNumber, !allowsNewer {
                throw MigrationError(
                    .newerDatabase,
                    """
                    the database has the migration \(newer), but this executable knows only up to \(self.set.latest); \
                    use the version that migrated it, or a later one
                    """)
            }
            if status.pending.isEmpty { return status }
            try await self.withLock(pool) { try await self.applyPending(pool) }
            return try await self.status(on: pool)
        }
    }

    private func withPool<Value: Sendable>(
        _ body: (PostgresPool) async throws -> Value
    ) async throws(MigrationError) -> Value {
        do {
            let pool = try PostgresPool(self.configuration, on: self.reactor)
            let result: Result<Value, any Error>
            do { result = .success(try await body(pool)) } catch { result = .failure(error) }
            await pool.shutDown(graceMilliseconds: 0)
            return try result.get()
        } catch {
            throw MigrationError(error)
        }
    }

    private func status(on pool: PostgresPool) async throws -> MigrationStatus {
        guard try await pool.query(Self.tableExists).first?.decode(Bool.self) == true else {
            return MigrationStatus(self.set, applied: [])
        }
        let applied = try await pool.query(Self.allRows).map { row in
            let (number, name, checksum, appliedAt, milliseconds) = try row.decode(
                Int32.self, String.self, String.self, String.self, Int64.self)
            return AppliedMigration(
                number: Int(number), name: name, checksum: checksum, appliedAt: appliedAt,
                durationMilliseconds: milliseconds)
        }
        return MigrationStatus(self.set, applied: applied)
    }

    private func applyPending(_ pool: PostgresPool) async throws {
        try await pool.runScript(Self.schema)
        let status = try await self.status(on: pool)
        try status.check()
        let pending = Set(status.pending)
        for migration in self.set.migrations where pending.contains(migration.number) {
            self.progress(.applying(migration))
            let milliseconds = try await self.apply(migration, pool)
            self.progress(.applied(migration, milliseconds: milliseconds))
        }
    }

    private static let schema = """
        create table if not exists schema_migration (
            number integer primary key check (number > 0),
            name text not null,
            checksum text not null,
            applied_at timestamptz not null,
            duration interval not null
        )
        """

    private static let tableExists = PostgresStatement(
        "select to_regclass('schema_migration') is not null", readOnly: true)

    private static let allRows = PostgresStatement(
        """
        select number, name, checksum, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            (extract(epoch from duration) * 1000)::bigint
        from schema_migration order by number
        """, readOnly: true)
}
