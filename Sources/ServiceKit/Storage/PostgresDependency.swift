internal import Logging
internal import Migrations
internal import Postgres
internal import Synchronization

/// The life of a pool within a service: connects, migrates first where that falls to it, and closes last.
final class PostgresDependency: ServiceDependency {
    let name: String
    private let database: ServiceDatabase
    private let pool: PostgresPool
    private let metrics: PostgresMetrics
    /// nil where another pool of the same database has done it.
    private let migrator: Migrator?
    private let appliesMigrations: Bool
    private let logger: Logger
    private let watch = Mutex<Task<Void, Never>?>(nil)

    init(
        _ name: String, _ database: ServiceDatabase, _ pool: PostgresPool, _ metrics: PostgresMetrics,
        _ migrator: Migrator?, appliesMigrations: Bool, _ logger: Logger
    ) {
        self.name = name
        self.database = database
        self.pool = pool
        self.metrics = metrics
        self.migrator = migrator
        self.appliesMigrations = appliesMigrations
        self.logger = logger
    }

    func start() async throws {
        do {
            try await self.pool.check()
            if let migrator = self.migrator { try await self.migrate(migrator) }
        } catch {
            await self.pool.shutDown(graceMilliseconds: 0)
            switch error {
            case let error as PostgresError: throw StartupError(self.database, error)
            case let error as MigrationError: throw StartupError(self.database, error)
            default: throw error
            }
        }
        let (metrics, pool) = (self.metrics, self.pool)
        self.watch.withLock { $0 = Task { await metrics.watch(pool) } }
    }

    private func migrate(_ migrator: Migrator) async throws {
        // An older version runs on while a newer one has migrated: that is what forward-only migrations promise.
        let status = self.appliesMigrations ? try await migrator.up(allowsNewer: true) : try await migrator.status()
        try status.check()
        guard status.pending.isEmpty else {
            throw StartupError(
                """
                the database \(self.database.name) has \(status.pending.count) pending migrations, from \
                \(status.pending[0]) on; apply them with the command migrate up, or set \
                \(ServiceDatabase.migrateOnStart.declaration.flag)
                """)
        }
        guard let newer = status.newerNumber else { return }
        self.logger.warning(
            "the database is newer than this version, which goes on with it",
            metadata: ["database": "\(self.database.name)", "migration": "\(newer)"])
    }

    func checkReadiness() async throws { try await self.pool.check() }

    func stop() async {
        self.watch.withLock { $0 }?.cancel()
        await self.pool.shutDown()
    }
}

/// The thread that the pools of a service live on; it ends after them.
struct PostgresReactorLife: ServiceDependency {
    let reactor: PostgresReactor
    var name: String { "postgres-reactor" }
    var isNeededForReadiness: Bool { false }

    func start() async throws {}
    func checkReadiness() async throws {}
    func stop() async { self.reactor.stop() }
}
