internal import Foundation
internal import Logging
internal import Migrations
internal import Partitioning
internal import ServiceKit

/// The smallest service, which tests run as a process of its own: health and reflection, one setting, one dependency,
/// and a database and a cache if the environment says so.
@main
struct ServiceKitSample {
    static let stopDelay = Setting.integer(
        "stop-delay-ms", default: 0, in: 0...60_000, unit: "ms", "How long the dependency takes to stop.")

    static let startDelay = Setting.integer(
        "start-delay-ms", default: 0, in: 0...60_000, unit: "ms", "How long the dependency takes to start.")

    static let database = ServiceDatabase(migrations: [
        .file("0001_create_note.sql", PackageResources._001_create_note_sql),
        .file("0002_index_note.sql", PackageResources._002_index_note_sql),
    ])

    static func main() async {
        let environment = ProcessInfo.processInfo.environment
        // As a version that has another migration, and one that lacks the last.
        let database = ServiceDatabase(
            migrations: self.database.migrations.dropLast(environment["SAMPLE_OLDER"] == nil ? 0 : 1)
                + (environment["SAMPLE_MIGRATION"].map { [.component(3, "given", $0)] } ?? []))
        let databases = environment["SAMPLE_DATABASE"] == nil ? [] : [database]
        await DrivelineService.run(
            name: "sample", version: "9.8.7", settings: [self.stopDelay, self.startDelay], clients: ["inventory"],
            databases: databases, usesRedis: environment["SAMPLE_REDIS"] != nil
        ) { context in
            let store = Store(
                logger: context.logger, startDelay: .milliseconds(context.configuration[self.startDelay]),
                stopDelay: .milliseconds(context.configuration[self.stopDelay]))
            await context.use(store)
            for database in databases {
                let pool = try await context.postgres(database)
                await context.maintain([Partitions(table: "note_change", period: .day, retained: 7)], in: pool)
                _ = try await context.postgres(database, pool: "second", connections: 1)
            }
            if environment["SAMPLE_REDIS"] != nil { _ = try await context.redis() }
            if context.configuration[StandardSettings.address(of: "inventory")] != nil {
                _ = try context.client(for: "inventory")
            }
        }
    }
}

/// A dependency that only takes time.
private struct Store: ServiceDependency {
    let logger: Logger
    let startDelay: Duration
    let stopDelay: Duration
    var name: String { "store" }

    func start() async throws {
        self.logger.info("store starts")
        try await Task.sleep(for: self.startDelay)
    }

    func checkReadiness() async throws {}

    func stop() async {
        try? await Task.sleep(for: self.stopDelay)
        self.logger.info("store stopped")
    }
}
