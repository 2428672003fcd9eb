import DrivelineTesting
import Foundation
import InventoryAPI
import LocalServers
import NIOCore
import RPC
import Synchronization
import Wire

/// The `inventory` executable, started again after each kill, and how its callers reach it.
///
/// Each start takes a free port; callers ask for a client before each try.
final class InventoryProcess: Sendable {
    /// It ended before it took calls.
    struct Ended: Error { let log: String }

    private struct State {
        var process: ChildProcess?
        var client: RPCClient?
        var log: [String] = []
    }

    private static let token = "token-of-the-test"
    private let databaseURL: String
    private let settings: [String: String]
    private let state = Mutex(State())

    /// - Parameter settings: What its environment says beside the database.
    init(databaseURL: String, settings: [String: String] = [:]) {
        self.databaseURL = databaseURL
        self.settings = settings
    }

    /// A client of the process as it is now; `nil` between a kill and the next start.
    var client: RPCClient? { self.state.withLock { $0.client } }
    /// The last lines that the processes have written.
    var log: String { self.state.withLock { $0.log.suffix(40).joined(separator: "\n") } }

    /// Starts it, and returns when it takes calls.
    func start() async throws {
        let port = Mutex<Int?>(nil)
        // Executables lie beside the tests' own.
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var command = ChildProcess.Command(
            folder.appending(path: "inventory").path,
            ["--port", "0", "--admin-port", "0", "--event-loops", "1", "--log-format", "json"])
        command.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "DRIVELINE_POSTGRES_URL": self.databaseURL, "DRIVELINE_SERVICE_TOKEN": Self.token,
            // Nobody listens there; the service token is known without it.
            "DRIVELINE_IDENTITY_ADDRESS": "127.0.0.1:9",
        ].merging(self.settings) { _, given in given }
        command.output = .lines { line in
            self.state.withLock { $0.log.append(line) }
            guard line.contains("\"serving\"") else { return }
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
            port.withLock { $0 = object?["labels.port"].flatMap { Int($0) } }
        }
        let process = try ChildProcess(command)
        self.state.withLock { $0.process = process }
        while port.withLock({ $0 }) == nil {
            guard process.exitStatus == nil else { throw Ended(log: self.log) }
            try await Task.sleep(for: .milliseconds(10))
        }
        let target = RPCTarget.list([.init(host: "127.0.0.1", port: port.withLock { $0 } ?? 0)])
        var configuration = RPCClientConfiguration(target: target, credential: Self.token)
        configuration.defaultTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        let client = try RPCClient(configuration, logger: .silent)
        self.state.withLock { $0.client = client }
    }

    /// Kills it in the middle of whatever it does.
    func kill() async {
        let (process, client) = self.state.withLock { state in
            defer { (state.process, state.client) = (nil, nil) }
            return (state.process, state.client)
        }
        await process?.end(SIGKILL, within: .seconds(10))
        client?.shutDown()
    }
}
