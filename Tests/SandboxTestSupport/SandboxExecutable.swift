internal import Foundation
internal import LocalServers
internal import Synchronization

/// The sandbox's executable, which keeps its port and its shops when it is killed and started again.
public final class SandboxExecutable: Sendable {
    private struct State {
        var process: ChildProcess?
        var port = 0
        var isServing = false
        var log: [String] = []
    }

    private let folder: String
    private let state = Mutex(State())

    /// - Parameter folder: Where it keeps shops.
    public init(folder: String) { self.folder = folder }

    /// Its control interface, once it has been started.
    public var control: SandboxControl { SandboxControl(url: "http://127.0.0.1:\(self.state.withLock { $0.port })") }

    /// The last lines that it has written.
    public var log: String { self.state.withLock { $0.log.suffix(40).joined(separator: "\n") } }

    /// Starts it, and returns when it answers.
    public func start() async throws {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var command = ChildProcess.Command(
            folder.appending(path: "sandbox").path,
            [
                "--port", "0", "--admin-port", "0", "--event-loops", "1", "--log-format", "json", "--http-port",
                String(self.state.withLock { $0.port }), "--data-folder", self.folder,
                "--notification-backoff-ms", "20",
            ])
        command.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "DRIVELINE_CONTROL_TOKEN": SandboxControl.token,
        ]
        command.output = .lines { line in
            self.state.withLock { state in
                state.log.append(line)
                guard line.contains("\"answering\"") else { return }
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                state.port = object?["labels.http_port"].flatMap { Int($0) } ?? state.port
                state.isServing = true
            }
        }
        let process = try ChildProcess(command)
        self.state.withLock { ($0.process, $0.isServing) = (process, false) }
        while !self.state.withLock({ $0.isServing }) {
            guard process.exitStatus == nil else {
                throw SandboxFailure(description: "the sandbox ended: \(self.log)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Kills it in the middle of whatever it does.
    public func kill() async {
        let process = self.state.withLock { state in
            defer { state.process = nil }
            return state.process
        }
        await process?.end(SIGKILL, within: .seconds(10))
    }
}
