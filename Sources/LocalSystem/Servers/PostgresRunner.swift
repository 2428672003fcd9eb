internal import Foundation
internal import LocalServers
internal import Postgres
internal import Synchronization

/// The private PostgreSQL server, and the services' databases in it.
final class PostgresRunner: PartRunner {
    private static let maximumConnections = 200

    let name = ServicePlan.Server.postgres.rawValue
    let readinessLimit: Duration = .seconds(120)
    private let server: LocalPostgres
    private let databases: [String]
    private let log: ServerLogFile
    private let port: Int
    /// The task that starts the server, so that a stop reaches also what runs before there is a server.
    private let starting = Mutex<Task<Void, any Error>?>(nil)

    init(_ folder: DataFolder, _ ports: SystemPorts, databases: [String]) {
        var configuration = LocalPostgres.Configuration(.folder(folder.postgres.path(percentEncoded: false)))
        configuration.port = ports.postgres
        configuration.settings = [
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "max_connections": "\(Self.maximumConnections)", "log_line_prefix": "%m [%p] ",
        ]
        self.server = LocalPostgres(configuration, logger: .silent)
        self.databases = databases
        self.log = ServerLogFile(self.server.logPath)
        self.port = ports.postgres
    }

    var address: String { "127.0.0.1:\(self.port)" }
    var processID: Int32? { self.server.processID }
    /// Over the socket, which needs no password.
    func url(database: String) -> String { self.server.url(database: database) }

    func start() async throws(SystemError) {
        let server = self.server
        let task = Task { try await server.start() }
        self.starting.withLock { $0 = task }
        do {
            try await task.value
        } catch {
            self.starting.withLock { $0 = nil }
            throw SystemError(startOf: "PostgreSQL", error, portOption: self.port, log: self.log)
        }
        self.starting.withLock { $0 = nil }
        do {
            try await Databases(url: self.url(database: "postgres")).create(self.databases)
        } catch {
            await self.server.stop()
            throw SystemError(
                .startFailed, "the databases in PostgreSQL cannot be made (\(error)); see \(self.server.logPath)",
                lastLines: self.log.lastLines)
        }
    }

    func exit() async -> String { (await self.server.exit())?.description ?? "an unknown status" }

    func stop() async {
        // Before there is a process, `initdb` may run, which is simply ended; it leaves nothing behind.
        if self.server.processID == nil { self.starting.withLock { $0 }?.cancel() }
        await self.server.stop()
    }

    func kill() async {
        self.starting.withLock { $0 }?.cancel()
        await self.server.kill()
    }

    func rotateLog() { self.log.rotate() }
}
