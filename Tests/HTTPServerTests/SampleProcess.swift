import Foundation
import LocalServers
import Synchronization

/// The sample server as a process of its own.
final class SampleProcess: Sendable {
    private let process: ChildProcess
    let port: Int

    static func start() async throws -> SampleProcess {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        // Executables lie beside the tests' own.
        let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "http-server-sample").path
        let process = try ChildProcess(
            .init(
                path,
                output: .lines { line in
                    if let port = line.split(separator: " ").last.flatMap({ Int($0) }) { continuation.yield(port) }
                }))
        for await port in ports { return SampleProcess(process, port) }
        throw CancellationError()
    }

    private init(_ process: ChildProcess, _ port: Int) {
        self.process = process
        self.port = port
    }

    /// The memory that it has, in bytes.
    func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(self.process.processID)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
    }

    /// The connections that it has, by the descriptors of sockets that it holds.
    func socketCount() throws -> Int {
        let folder = "/proc/\(self.process.processID)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
            // A descriptor may be closed while this looks.
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))?.hasPrefix("socket")
                == true
        }
    }

    func end() async { _ = await self.process.end(within: .seconds(10)) }
}
