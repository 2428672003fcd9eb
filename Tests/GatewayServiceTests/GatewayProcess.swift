import DrivelineTesting
import Foundation
import LocalServers
import Synchronization
import Testing

/// The gateway's executable as a process of its own, with its log.
final class GatewayProcess: Sendable {
    private let output = Mutex<[String]>([])
    private let child = Mutex<ChildProcess?>(nil)

    var log: String { self.output.withLock { $0.joined(separator: "\n") } }

    init(_ arguments: [String], environment: [String: String]) throws {
        // Executables lie beside the tests' own.
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var command = ChildProcess.Command(
            folder.appending(path: "gateway").path, ["--event-loops", "1", "--log-format", "json"] + arguments)
        command.environment = [
            "PATH": "/usr/bin:/bin", "DRIVELINE_SERVICE_TOKEN": "token-of-the-test",
            "DRIVELINE_DRAIN_DELAY_MS": "0",
        ].merging(environment) { _, given in given }
        command.output = .lines { line in self.output.withLock { $0.append(line) } }
        let child = try ChildProcess(command)
        self.child.withLock { $0 = child }
    }

    /// The port for HTTP, once it answers there; `nil` where it ended before.
    func port() async throws -> Int? {
        var port: Int?
        try await until {
            for line in self.log.split(separator: "\n") where line.contains("\"answering\"") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                port = object?["labels.http_port"].flatMap { Int($0) }
            }
            return port != nil || self.child.withLock { $0?.exitStatus } != nil
        }
        return port
    }

    /// The memory that it has, in bytes.
    func residentBytes() throws -> Int { try self.memoryBytes("VmRSS") }
    /// The most memory that it has had, in bytes.
    func peakBytes() throws -> Int { try self.memoryBytes("VmHWM") }

    private func memoryBytes(_ name: String) throws -> Int {
        let process = self.child.withLock { $0?.processID } ?? 0
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
    }

    func stop() { self.child.withLock { $0 }?.signal(SIGTERM) }
    func exit() async -> ChildProcess.Exit? { await self.child.withLock { $0 }?.exit() }
}
