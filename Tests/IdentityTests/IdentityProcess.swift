import Foundation
import RPC
import Synchronization

/// The identity service as a process of its own, with its log in a file.
final class IdentityProcess: Sendable {
    /// It ended before it did what was waited for.
    struct Ended: Error {
        let log: String
    }

    private let process: Process
    private let folder: URL

    init(postgres url: String, token: String, environment: [String: String] = [:]) throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "driveline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let log = self.folder.appending(path: "log")
        try Data().write(to: log)
        let process = Process()
        // Executables lie beside the tests' own.
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "identity")
        process.arguments = ["--event-loops", "1", "--log-format", "json", "--log-level", "trace"]
        process.environment = environment.merging([
            "DRIVELINE_POSTGRES_URL": url, "DRIVELINE_SERVICE_TOKEN": token, "DRIVELINE_DRAIN_DELAY_MS": "0",
        ]) { given, _ in given }
        let handle = try FileHandle(forWritingTo: log)
        process.standardError = handle
        process.standardOutput = handle
        self.process = process
        try process.run()
    }

    deinit {
        if self.process.isRunning { kill(self.process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: self.folder)
    }

    /// All that it has written.
    var log: String { (try? String(contentsOf: self.folder.appending(path: "log"), encoding: .utf8)) ?? "" }

    /// Where it takes calls, once it does.
    func address() async throws -> RPCTarget.Address {
        while true {
            for line in self.log.split(separator: "\n") where line.contains("\"serving\"") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                if let port = object?["labels.port"].flatMap({ Int($0) }) {
                    return .init(host: "127.0.0.1", port: port)
                }
            }
            guard self.process.isRunning else { throw Ended(log: self.log) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Ends it in peace, and answers its exit code.
    func stop() async -> Int32 {
        kill(self.process.processIdentifier, SIGTERM)
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                self.process.waitUntilExit()
                continuation.resume()
            }
        }
        return self.process.terminationStatus
    }

    /// Ends it as a crash does.
    func crash() { kill(self.process.processIdentifier, SIGKILL) }
}
