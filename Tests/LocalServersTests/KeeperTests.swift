import Foundation
import LocalServers
import Testing

@Suite struct KeeperTests {
    /// A process that has started servers, as ``LocalServersSample`` tells.
    private func sample() async throws -> (sample: ChildProcess, folders: [String], processes: [Int32]) {
        let lines = Lines()
        let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "local-servers-sample").path(percentEncoded: false)
        let sample = try ChildProcess(.init(path, output: .lines { lines.append($0) }))
        // Beside its line stand the servers' logs.
        func answer() -> String? { lines.all.first { $0.hasPrefix("/tmp/driveline-") } }
        try await eventually { answer() != nil || sample.exitStatus != nil }
        let words = try #require(answer()).split(separator: " ").map(String.init)
        return (sample, Array(words.prefix(2)), words.dropFirst(2).compactMap { Int32($0) })
    }

    @Test("A killed process leaves no server, paused or not, and no folder behind", arguments: [false, true])
    func killed(isPaused: Bool) async throws {
        let (sample, folders, processes) = try await self.sample()
        try #require(processes.count == 3)
        #expect(processes.allSatisfy(isAlive))
        #expect(folders.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        if isPaused { kill(processes[0], SIGSTOP) }
        await sample.end(SIGKILL, within: .seconds(30))
        try await eventually { !processes.contains(where: isAlive) }
        try await eventually { !folders.contains { FileManager.default.fileExists(atPath: $0) } }
    }
}
