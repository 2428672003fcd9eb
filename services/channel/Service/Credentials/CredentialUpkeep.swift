internal import Logging
internal import Postgres
internal import ServiceKit

/// Sees to it, before the first call, that all credentials can be opened, and seals anew those that are sealed with another
/// key than the first: when it is done, the other keys are not needed any more.
struct CredentialUpkeep: ServiceDependency {
    let name = "credentials"
    let isNeededForReadiness = false

    let pool: PostgresPool
    let sealing: CredentialSealing
    let logger: Logger

    /// - Throws: `StartupError` where a key is missing, or is another one than it was.
    func start() async throws {
        do {
            for row in try CredentialRows.read(try await self.pool.query(CredentialRows.onePerKey())) {
                _ = try self.sealing.open(row.sealed, name: row.name, of: row.connection)
            }
            let count = try await self.sealAnew()
            guard count > 0 else { return }
            self.logger.notice("sealed \(count) credentials anew with the key \(self.sealing.keys.sealing)")
        } catch let fault as CredentialFault {
            throw StartupError(fault.description, exitCode: StartupError.configurationExitCode)
        }
    }

    func checkReadiness() {}

    func stop() {}

    private func sealAnew() async throws -> Int {
        var count = 0
        while true {
            let rows = try CredentialRows.read(
                try await self.pool.query(CredentialRows.others(than: self.sealing.keys.sealing)))
            guard !rows.isEmpty else { return count }
            var commands: [PostgresCommand] = []
            for row in rows {
                let text = try self.sealing.open(row.sealed, name: row.name, of: row.connection)
                let sealed = try self.sealing.seal(text, name: row.name, of: row.connection)
                commands.append(CredentialRows.replacement(of: row, by: sealed))
            }
            let portion = commands
            try await self.pool.withTransaction { _ = try await $0.commit(with: portion) }
            count += rows.count
        }
    }
}
