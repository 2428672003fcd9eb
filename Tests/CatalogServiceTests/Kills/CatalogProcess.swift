import DrivelineTesting
import Foundation
import LocalServers
import Synchronization

/// The `catalog` executable, started again after each kill. It works on the imports of its database by itself.
final class CatalogProcess: Sendable {
    /// It ended before it took calls.
    struct Ended: Error { let log: String }

    private struct State {
        var process: ChildProcess?
        var isServing = false
        var log: [String] = []
    }

    private let databaseURL: String
    private let state = Mutex(State())

    init(databaseURL: String) { self.databaseURL = databaseURL }

    /// The last lines that the processes have written.
    var log: String { self.state.withLock { $0.log.suffix(40).joined(separator: "\n") } }

    /// Starts it, and returns when it takes calls.
    func start() async throws {
        let process = try self.begin()
        while !self.state.withLock({ $0.isServing }) {
            guard process.exitStatus == nil else { throw Ended(log: self.log) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Starts it, and returns at once.
    @discardableResult
    func begin() throws -> ChildProcess {
        // Executables lie beside the tests' own.
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var command = ChildProcess.Command(
            folder.appending(path: "catalog").path,
            ["--port", "0", "--admin-port", "0", "--event-loops", "1", "--log-format", "json"])
        command.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "DRIVELINE_POSTGRES_URL": self.databaseURL, "DRIVELINE_SERVICE_TOKEN": "token-of-the-test",
            // Nobody listens there: no caller has to be known.
            "DRIVELINE_IDENTITY_ADDRESS": "127.0.0.1:9",
        ]
        command.output = .lines { line in
            self.state.withLock { state in
                state.log.append(line)
                if line.contains("\"serving\"") { state.isServing = true }
            }
        }
        let process = try ChildProcess(command)
        self.state.withLock { ($0.process, $0.isServing) = (process, false) }
        return process
    }

    /// Kills it in the middle of whatever it does.
    func kill() async {
        let process = self.state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        await process?.end(SIGKILL, within: .seconds(10))
    }
}
