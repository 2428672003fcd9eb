internal import Migrations
internal import Postgres

extension ServiceDatabase {
    /// What the pools of this database are configured with.
    func poolConfiguration(_ configuration: ServiceConfiguration) -> PostgresConfiguration {
        var pool = PostgresConfiguration(url: configuration[self.url])
        pool.maximumConnections = configuration[self.connections]
        pool.maximumWaiting = configuration[self.maximumWaiting]
        pool.waitMilliseconds = configuration[self.waitTimeout]
        pool.connectMilliseconds = configuration[self.connectTimeout]
        pool.queryMilliseconds = configuration[self.queryTimeout]
        pool.statementMilliseconds = configuration[self.statementTimeout]
        pool.lockMilliseconds = configuration[self.lockTimeout]
        return pool
    }

    /// What applies its migrations.
    func migrator(
        _ configuration: ServiceConfiguration, on reactor: PostgresReactor,
        progress: @escaping @Sendable (Migrator.Progress) -> Void
    ) throws(MigrationError) -> Migrator {
        Migrator(
            self.poolConfiguration(configuration), on: reactor, try MigrationSet(self.migrations), progress: progress)
    }
}
