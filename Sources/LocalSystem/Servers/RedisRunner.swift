internal import Foundation
internal import LocalServers

/// The private Redis server.
final class RedisRunner: PartRunner {
    let name = ServicePlan.Server.redis.rawValue
    let readinessLimit: Duration = .seconds(30)
    private let server: LocalRedis
    private let log: ServerLogFile
    private let port: Int

    init(_ folder: DataFolder, _ ports: SystemPorts) {
        var configuration = LocalRedis.Configuration(.folder(folder.redis.path(percentEncoded: false)))
        configuration.port = ports.redis
        self.server = LocalRedis(configuration, logger: .silent)
        self.log = ServerLogFile(self.server.logPath)
        self.port = ports.redis
    }

    var address: String { "127.0.0.1:\(self.port)" }
    var processID: Int32? { self.server.processID }
    /// Holds the password, which lasts as long as this object.
    var url: String? { self.server.loopbackURL }

    func start() async throws(SystemError) {
        do {
            try await self.server.start()
        } catch {
            throw SystemError(startOf: "Redis", error, portOption: self.port, log: self.log)
        }
    }

    func exit() async -> String { (await self.server.exit())?.description ?? "an unknown status" }
    func stop() async { await self.server.stop() }
    func kill() async { await self.server.kill() }
    func rotateLog() { self.log.rotate() }
}
