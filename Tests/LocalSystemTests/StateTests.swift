import Foundation
import LocalServers
import Testing

@testable import LocalSystem

@Suite("What is written down about a system finds its processes, and no others")
struct StateTests {
    private static func record(_ processes: [ProcessIdentity]) -> SystemRecord {
        SystemRecord(
            supervisor: ProcessIdentity(processID: 1, startTicks: 1, bootID: "another"), phase: .running,
            portBase: 7_400, startedAt: 0,
            parts: processes.enumerated().map { number, process in
                .init(
                    name: "part\(number)", state: .ready, address: "127.0.0.1:1", adminPort: nil, process: process,
                    starts: 1)
            })
    }

    private static let limits = LeftoverLimits(alone: .milliseconds(50), asked: .milliseconds(50), killed: .seconds(30))

    @Test("a process is known by its number, its start and the machine's start")
    func identity() throws {
        let this = try #require(ProcessIdentity.current)
        #expect(this.isRunning)
        let recycled = ProcessIdentity(
            processID: this.processID, startTicks: this.startTicks + 1, bootID: this.bootID)
        #expect(!recycled.isRunning)
        let otherBoot = ProcessIdentity(processID: this.processID, startTicks: this.startTicks, bootID: "another")
        #expect(!otherBoot.isRunning)
        // Nothing has number 0, and signals to it and to negative numbers would go to groups.
        for number: Int32 in [0, -1, .max] {
            #expect(ProcessIdentity(runningAs: number) == nil)
            #expect(!ProcessIdentity(processID: number, startTicks: 0, bootID: this.bootID).send(SIGKILL))
        }
    }

    @Test("a process with a number that was another's is never ended")
    func recycledNumber() async throws {
        let stranger = try ChildProcess(.init("/bin/sleep", ["600"]))
        let now = try #require(ProcessIdentity(runningAs: stranger.processID))
        let before = ProcessIdentity(
            processID: now.processID, startTicks: now.startTicks - 1, bootID: now.bootID)
        let folder = DataFolder(
            URL(filePath: "/tmp/driveline-system-\(String(UInt32.random(in: .min ... .max), radix: 36))"))
        defer { try? FileManager.default.removeItem(at: folder.url) }
        try folder.prepare()
        try Self.record([before]).write(folder)
        #expect(!before.send(SIGKILL))
        #expect(try await SystemControl(folder, limits: Self.limits).stop() == .endedLeftovers(0))
        #expect(now.isRunning)
        await stranger.end(SIGKILL, within: .seconds(10))
    }

    @Test("what a killed supervisor has left is ended, with what it has started, and the record goes")
    func leftovers() async throws {
        let folder = DataFolder(
            URL(filePath: "/tmp/driveline-system-\(String(UInt32.random(in: .min ... .max), radix: 36))"))
        defer { try? FileManager.default.removeItem(at: folder.url) }
        try folder.prepare()
        // It does not listen, and its child has no idea.
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let process = try ChildProcess(
            .init("/bin/sh", ["-c", "trap '' TERM; sleep 600 & echo started; wait"], output: .lines { line.yield($0) }))
        for await _ in lines { break }
        let left = try #require(ProcessIdentity(runningAs: process.processID))
        let child = try #require(left.descendants.first)
        try Self.record([left]).write(folder)
        #expect(try await SystemControl(folder, limits: Self.limits).stop() == .endedLeftovers(1))
        #expect(!left.isRunning)
        #expect(!child.isRunning)
        #expect(try SystemRecord.read(folder) == nil)
        #expect(try await SystemControl(folder).stop() == .nothingRan)
    }

    @Test("a record is read as it was written; one that is damaged is refused with what to do")
    func record() throws {
        try withDataFolder { folder in
            #expect(try SystemRecord.read(folder) == nil)
            let record = Self.record([try #require(ProcessIdentity.current)])
            try record.write(folder)
            #expect(try SystemRecord.read(folder) == record)
            for damaged in ["", "{}", "{\"version\":2}", "\u{0}"] {
                try Data(damaged.utf8).write(to: folder.record)
                let error = #expect(throws: SystemError.self) { try SystemRecord.read(folder) }
                #expect(error?.description.contains("system.json is not a record") == true)
            }
        }
    }

    @Test("a folder that holds something else is neither used nor removed")
    func foreignFolder() throws {
        try withTemporaryFolder { url in
            let precious = url.appending(path: "precious")
            try Data().write(to: precious)
            let folder = DataFolder(url)
            let error = #expect(throws: SystemError.self) { try folder.prepare() }
            #expect(error?.code == .folder)
            #expect(error?.description.contains("--data") == true)
            #expect(throws: SystemError.self) { try SystemControl(folder).reset() }
            #expect(throws: SystemError.self) { try folder.remove() }
            #expect(FileManager.default.fileExists(atPath: precious.path))
        }
    }

    @Test("a file in the place of the folder is refused")
    func fileInPlace() throws {
        try withTemporaryFolder { url in
            let file = url.appending(path: "file")
            try Data().write(to: file)
            let error = #expect(throws: SystemError.self) { try DataFolder(file).prepare() }
            #expect(error?.description.contains("is not a folder") == true, "\(error?.description ?? "")")
        }
    }

    @Test("one process holds a folder; another is told who does, and may have it afterwards")
    func lock() throws {
        try withDataFolder { folder in
            do {
                let lock = try FolderLock(folder)
                let error = #expect(throws: SystemError.self) { try FolderLock(folder) }
                #expect(error?.code == .held)
                #expect(error?.description.contains("process \(getpid())") == true)
                #expect(throws: SystemError.self) { try SystemControl(folder).reset() }
                withExtendedLifetime(lock) {}
            }
            try SystemControl(folder).reset()
            #expect(!FileManager.default.fileExists(atPath: folder.path))
        }
    }

    @Test("the service token is made once, at random, and only its owner can read it")
    func token() throws {
        let tokens = try (0..<2).map { _ in
            try withDataFolder { folder in
                let path = try folder.makeServiceToken()
                let token = try String(contentsOfFile: path, encoding: .utf8)
                #expect(try folder.makeServiceToken() == path)
                #expect(try String(contentsOfFile: path, encoding: .utf8) == token)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                return token
            }
        }
        #expect(tokens[0] != tokens[1])
        let form = /[0-9a-f]{64}\n/
        for token in tokens { #expect(token.wholeMatch(of: form) != nil) }
    }

    @Test(
        "a file that cannot be written says why and what to do",
        arguments: [(ENOSPC, "no space is left"), (EACCES, "no permission"), (EIO, "cannot be written")])
    func writeErrors(_ number: Int32, _ reason: String) {
        let error = SystemError(folder: "/data", errorNumber: number)
        #expect(error.description.contains(reason))
        #expect(error.description.contains("--data"))
    }

    @Test("what Foundation says of files is told apart too")
    func foundationErrors() {
        let denied = SystemError(folder: "/data", CocoaError(.fileWriteNoPermission))
        #expect(denied.description.contains("no permission to write /data"))
        let full = SystemError(folder: "/data", CocoaError(.fileWriteOutOfSpace))
        #expect(full.description.contains("no space is left for /data"))
    }

    @Test("the table has a column for each fact, and says what is gone")
    func table() throws {
        let this = try #require(ProcessIdentity.current)
        let gone = ProcessIdentity(processID: this.processID, startTicks: 0, bootID: this.bootID)
        var record = Self.record([this, gone, this])
        record.parts[2].adminPort = 7_460
        let table = SystemTable(record, readiness: ["part2": false])
        #expect(table.lines.count == 4)
        #expect(table.lines[1].split(separator: " ").map(String.init).prefix(3) == ["part0", "ready", "127.0.0.1:1"])
        #expect(table.lines[2].contains("gone"))
        #expect(table.lines[3].contains("not ready"))
        #expect(table.lines[3].contains("http://127.0.0.1:7460/readyz"))
        #expect(!table.isReady)
    }
}
