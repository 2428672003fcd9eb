internal import Foundation
internal import LocalSystem

/// A system whose supervisor goes on without a terminal.
struct DetachedSystem: Sendable {
    /// What the supervisor says while it starts, beside the logs.
    private static let outputName = "up.out"
    private static let pollInterval: Duration = .milliseconds(50)

    private let folder: DataFolder

    init(_ folder: DataFolder) { self.folder = folder }

    /// Starts this program again in a session of its own, and returns when the system is ready.
    ///
    /// - Throws: ``CommandError`` with what the supervisor said where it ended instead.
    func start(_ arguments: [String]) async throws {
        try self.folder.prepare()
        let output = self.folder.url.appending(path: Self.outputName)
        try? FileManager.default.removeItem(at: output)
        guard FileManager.default.createFile(atPath: output.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw CommandError("\(output.path) cannot be written; choose another folder with --data") }
        let handle = try FileHandle(forWritingTo: output)
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = handle
        do {
            try process.run()
        } catch {
            throw CommandError("the supervisor cannot be started: \(error.localizedDescription)")
        }
        while process.isRunning {
            let record = try? SystemRecord.read(self.folder)
            if record?.supervisor?.processID == process.processIdentifier, let record, record.phase == .running {
                for line in SystemTable(record).lines { Terminal.current.print(line) }
                return
            }
            try await Task.sleep(for: Self.pollInterval)
        }
        let said = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        throw CommandError.relayed(said)
    }
}

extension CommandError {
    /// What another process of this program complained of, without its name in front.
    fileprivate static func relayed(_ text: String) -> CommandError {
        let line = text.split(separator: "\n").last.map(String.init) ?? "the supervisor ended without a word"
        return CommandError(line.hasPrefix("driveline: ") ? String(line.dropFirst(11)) : line)
    }
}
