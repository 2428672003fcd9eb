internal import Logging
internal import Migrations
public import Postgres

extension ServiceContext {
    /// Connects the service to one of its databases.
    ///
    /// The pool connects, and the migrations are applied, when the service starts, before it takes calls; `/readyz` asks
    /// the database, metrics tell what the pool does, and it is closed after the last call. All pools live on one
    /// reactor, ``Postgres/PostgresPool/reactor``, unless another is given.
    ///
    /// - Parameters:
    ///   - database: One of those that the service was run with.
    ///   - pool: What sets another pool of the same database apart, such as `engine`, in `/readyz` and metrics.
    ///   - connections: Instead of the configured number.
    ///   - sessionSettings: What its connections set in their sessions, by the server's names.
    ///   - reactor: A reactor of the caller's, which it stops itself.
    /// - Throws: ``StartupError`` where the URL cannot be read.
    public func postgres(
        _ database: ServiceDatabase, pool: String? = nil, connections: Int? = nil,
        sessionSettings: [String: String] = [:], on reactor: PostgresReactor? = nil
    ) async throws -> PostgresPool {
        let name = [database.name, pool].compactMap(\.self).joined(separator: "-")
        let metrics = PostgresMetrics(self.metrics, pool: name)
        var configuration = database.poolConfiguration(self.configuration)
        configuration.observer = metrics
        configuration.sessionSettings = sessionSettings
        if let connections { configuration.maximumConnections = connections }
        do {
            let reactor = if let reactor { reactor } else { try await self.sharedReactor() }
            let opened = try PostgresPool(configuration, on: reactor)
            let logger = self.logger
            let migrator = try database.migrator(self.configuration, on: reactor) { logger.notice("\($0)") }
            let dependency = PostgresDependency(
                name, database, opened, metrics, self.claimMigrations(of: database) ? migrator : nil,
                appliesMigrations: self.configuration[ServiceDatabase.migrateOnStart], logger)
            await self.use(dependency)
            return opened
        } catch let error as PostgresError {
            throw StartupError(database, error)
        } catch let error as MigrationError {
            throw StartupError(database, error)
        }
    }

    private func sharedReactor() async throws -> PostgresReactor {
        let (reactor, isNew) = try self.reactor()
        // Before the first pool, and so stopped after the last.
        if isNew { await self.use(PostgresReactorLife(reactor: reactor)) }
        return reactor
    }
}
