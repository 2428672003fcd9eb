import Foundation
import LocalServers
import Synchronization
import Testing

@testable import LocalSystem

/// The sample system as a process of its own, with a folder and ports of its own.
final class SampleSystem: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Executables lie beside the tests' own.
    static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "local-system-sample").path(percentEncoded: false)

    let folder: DataFolder
    let ports: SystemPorts
    private let process: ChildProcess
    private let lines = Lines()

    /// Starts it.
    ///
    /// - Parameters:
    ///   - folder: That of an earlier system, to start it again; a new one by default.
    ///   - ports: Those of an earlier system; free ones by default.
    init(_ arguments: [String] = [], folder: DataFolder? = nil, ports: SystemPorts? = nil) throws {
        self.folder = folder ?? Self.newFolder()
        self.ports = try ports ?? .free()
        let lines = self.lines
        self.process = try ChildProcess(
            .init(
                Self.executable,
                ["up", "--data", self.folder.path, "--port-base", "\(self.ports.base)"] + arguments,
                output: .lines { line in lines.all.withLock { $0.append(line) } }))
    }

    /// The path of a folder that is not there yet, short as sockets' paths must be.
    static func newFolder() -> DataFolder {
        DataFolder(URL(filePath: "/tmp/driveline-system-\(String(UInt32.random(in: .min ... .max), radix: 36))"))
    }

    /// All that it has written.
    var output: String { self.lines.all.withLock { $0.joined(separator: "\n") } }
    var supervisor: ProcessIdentity? { ProcessIdentity(runningAs: self.process.processID) }

    func signal(_ signal: Int32) { self.process.signal(signal) }

    /// Waits until the system is ready, and tells what runs.
    @discardableResult
    func ready() async throws -> SystemRecord {
        while true {
            if self.output.contains("Ready after"), let record = try SystemRecord.read(self.folder) { return record }
            if let exit = self.process.exitStatus { throw Failure(description: "\(exit)\n\(self.output)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until the record says what a test waits for.
    func record(_ isRight: (SystemRecord) -> Bool) async throws -> SystemRecord {
        while true {
            if let record = try SystemRecord.read(self.folder), isRight(record) { return record }
            if let exit = self.process.exitStatus { throw Failure(description: "\(exit)\n\(self.output)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for its end; the exit is what it says with 0 for peace.
    func exit() async -> ChildProcess.Exit? {
        let exit = await self.process.exit()
        await self.process.lastLine(within: .seconds(10))
        return exit
    }

    /// Runs it to its end where it is not to become ready, and tells what it complained of.
    func failure() async throws -> String {
        #expect(await self.exit() == .status(1))
        #expect(!self.output.contains("Ready after"))
        let complaints = self.output.split(separator: "\n").filter { $0.hasPrefix("sample: ") }
        #expect(complaints.count == 1, "\(self.output)")
        return complaints.joined()
    }

    func removeFolder() { try? FileManager.default.removeItem(at: self.folder.url) }
}

extension SystemPorts {
    private static let taken = Mutex<Set<Int>>([])

    /// Ports that are free at this moment, and that no other test of this process has.
    static func free() throws -> SystemPorts {
        try Self.taken.withLock { taken in
            // Below the ports that Linux gives to those who do not choose.
            let ports = try #require(
                (100..<320).shuffled().lazy.map { SystemPorts(base: $0 * Self.span) }.first { ports in
                    !taken.contains(ports.base) && (ports.base..<ports.base + Self.span).allSatisfy(PortProbe.isFree)
                })
            taken.insert(ports.base)
            return ports
        }
    }
}

extension SystemRecord {
    /// Each process of the system and all that these have started.
    var allProcesses: [ProcessIdentity] {
        let named = self.parts.compactMap(\.process)
        return named + named.flatMap(\.descendants)
    }

    func process(_ name: String) throws -> ProcessIdentity {
        try #require(self.parts.first { $0.name == name }?.process)
    }
}
