internal import Glibc
internal import Migrations
internal import Postgres

/// What a service's executable does for `migrate status` and `migrate up`, instead of serving.
struct MigrateCommand {
    enum Action: String, CaseIterable {
        case status
        case up
    }

    /// The exit code of `migrate status` when something is pending.
    static let pendingExitCode: Int32 = 1

    let action: Action
    let databases: [ServiceDatabase]
    let configuration: ServiceConfiguration
    /// Takes lines for the standard output.
    let write: (String) -> Void
    /// Takes what happens meanwhile.
    let progress: @Sendable (String) -> Void

    /// Answers the exit code.
    ///
    /// - Throws: ``StartupError``.
    func run() async throws -> Int32 {
        var isUpToDate = true
        for database in self.databases {
            do {
                let reactor = try PostgresReactor()
                defer { reactor.stop() }
                let status = try await self.status(database, reactor)
                self.write(self.databases.count > 1 ? "\(database.name)\n\(status)" : "\(status)")
                isUpToDate = isUpToDate && status.isUpToDate
            } catch let error as PostgresError {
                throw StartupError(database, error)
            } catch let error as MigrationError {
                throw StartupError(database, error)
            }
        }
        return isUpToDate ? EXIT_SUCCESS : Self.pendingExitCode
    }

    private func status(_ database: ServiceDatabase, _ reactor: PostgresReactor) async throws -> MigrationStatus {
        let progress = self.progress
        let migrator = try database.migrator(self.configuration, on: reactor) { progress("\($0)") }
        switch self.action {
        case .status: return try await migrator.status()
        case .up: return try await migrator.up(allowsNewer: false)
        }
    }
}
