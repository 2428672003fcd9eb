import DrivelineTesting
import Foundation
public import LocalServers
import NIOCore
public import RPC
import Synchronization

/// The executable of a service, started again after each kill, and how its callers reach it.
///
/// Each start takes a free port; callers ask for a client before each try.
public final class ServiceProcess: Sendable {
    /// It ended before it took calls.
    public struct Ended: Error {
        /// The last lines that it wrote.
        public let log: String
    }

    private struct State {
        var process: ChildProcess?
        var client: RPCClient?
        var port: Int?
        var log: [String] = []
    }

    /// An address at which nobody takes calls.
    public static let nobody = "127.0.0.1:9"

    private static let token = "token-of-the-test"
    private let executable: String
    private let databaseURL: String
    private let settings: [String: String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - executable: Its name; it lies beside the tests' own.
    ///   - settings: What its environment says beside the database.
    public init(_ executable: String, databaseURL: String, settings: [String: String] = [:]) {
        self.executable = executable
        self.databaseURL = databaseURL
        self.settings = settings
    }

    /// A client of the process as it is now; `nil` between a kill and the next start.
    public var client: RPCClient? { self.state.withLock { $0.client } }
    /// Where it takes calls, on this host; `nil` between a start and the first call that it would take.
    public var port: Int? { self.state.withLock { $0.port } }
    /// The last lines that the processes have written.
    public var log: String { self.state.withLock { $0.log.suffix(40).joined(separator: "\n") } }

    /// Starts it, and returns when it takes calls.
    public func start() async throws {
        let process = try self.begin()
        while self.state.withLock({ $0.port }) == nil {
            guard process.exitStatus == nil else { throw Ended(log: self.log) }
            try await Task.sleep(for: .milliseconds(10))
        }
        let target = RPCTarget.list([.init(host: "127.0.0.1", port: self.state.withLock { $0.port } ?? 0)])
        var configuration = RPCClientConfiguration(target: target, credential: Self.token)
        configuration.defaultTimeout = .seconds(30)
        configuration.connectTimeout = .seconds(30)
        let client = try RPCClient(configuration, logger: .silent)
        self.state.withLock { $0.client = client }
    }

    /// Starts it, and returns at once; there is no client of it.
    @discardableResult
    public func begin() throws -> ChildProcess {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var command = ChildProcess.Command(
            folder.appending(path: self.executable).path,
            ["--port", "0", "--admin-port", "0", "--event-loops", "1", "--log-format", "json"])
        command.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "DRIVELINE_POSTGRES_URL": self.databaseURL, "DRIVELINE_SERVICE_TOKEN": Self.token,
            // Nobody listens there; the service token is known without it.
            "DRIVELINE_IDENTITY_ADDRESS": Self.nobody,
        ].merging(self.settings) { _, given in given }
        command.output = .lines { line in
            self.state.withLock { state in
                state.log.append(line)
                guard line.contains("\"serving\"") else { return }
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                state.port = object?["labels.port"].flatMap { Int($0) }
            }
        }
        let process = try ChildProcess(command)
        self.state.withLock { ($0.process, $0.port) = (process, nil) }
        return process
    }

    /// Kills it in the middle of whatever it does.
    public func kill() async {
        let (process, client) = self.state.withLock { state in
            defer { (state.process, state.client) = (nil, nil) }
            return (state.process, state.client)
        }
        await process?.end(SIGKILL, within: .seconds(10))
        client?.shutDown()
    }
}
