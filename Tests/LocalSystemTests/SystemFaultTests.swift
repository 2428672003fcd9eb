import Foundation
import LocalServers
import Testing

@testable import LocalSystem

@Suite("A system that cannot start says why in one line, and leaves nothing running", .timeLimit(.minutes(5)))
struct SystemFaultTests {
    private static func failure(
        _ arguments: [String] = [], prepare: (DataFolder, SystemPorts) throws -> Void = { _, _ in }
    ) async throws -> (complaint: String, output: String) {
        let folder = SampleSystem.newFolder()
        let ports = try SystemPorts.free()
        defer { try? FileManager.default.removeItem(at: folder.url) }
        try prepare(folder, ports)
        let system = try SampleSystem(arguments, folder: folder, ports: ports)
        let complaint = try await system.failure()
        #expect(try SystemRecord.read(folder) == nil)
        for port in [ports.postgres, ports.redis] { #expect(PortProbe.isFree(port)) }
        return (complaint, system.output)
    }

    @Test("a port in use is named, with whose it would be and the option", arguments: [2, 10, 60])
    func portInUse(_ offset: Int) async throws {
        let folder = SampleSystem.newFolder()
        defer { try? FileManager.default.removeItem(at: folder.url) }
        let ports = try SystemPorts.free()
        let listener = try ListeningSocket(port: ports.base + offset)
        let complaint = try await SampleSystem(folder: folder, ports: ports).failure()
        #expect(complaint.contains("port \(ports.base + offset) for "))
        #expect(complaint.contains("--port-base"))
        withExtendedLifetime(listener) {}
    }

    @Test("an executable that is missing is named, with how to build it")
    func executableMissing() async throws {
        let (complaint, _) = try await Self.failure(["--executable", "no-such-service"])
        #expect(complaint.contains("/no-such-service is not there; build it with"))
        #expect(complaint.contains("`swift build --product no-such-service`"))
    }

    @Test("a service that ends while it starts is named, and its last words are shown")
    func crash() async throws {
        let (complaint, output) = try await Self.failure(["--alpha", "crash"])
        #expect(complaint.contains("alpha ended while it started (exit status 7); its log is "))
        #expect(output.contains("    the very last word"))
    }

    @Test("a service that never gets ready is named, and its last lines are shown")
    func neverReady() async throws {
        let (complaint, output) = try await Self.failure(["--alpha", "neverReady", "--readiness-seconds", "3"])
        #expect(complaint.contains("alpha was not ready after 3 s; its log is "))
        #expect(output.contains("    {") && output.contains("\"message\":\"serving\""))
    }

    @Test("a server of others that cannot be reached is named with its option, and without its password")
    func unreachable() async throws {
        let free = try SystemPorts.free().base
        let (postgres, output) = try await Self.failure([
            "--postgres-url", "postgresql://me:secret@127.0.0.1:\(free)/postgres",
        ])
        #expect(postgres.contains("PostgreSQL at 127.0.0.1:\(free) cannot be reached"))
        #expect(postgres.contains("--postgres-url"))
        #expect(!output.contains("secret@"))
        let (redis, _) = try await Self.failure(["--redis-url", "redis://127.0.0.1:\(free)"])
        #expect(redis.contains("Redis at 127.0.0.1:\(free) cannot be reached; check --redis-url"))
    }

    @Test("a data folder of another PostgreSQL version is refused, and not touched")
    func otherVersion() async throws {
        let (complaint, _) = try await Self.failure { folder, _ in
            try folder.prepare()
            let data = folder.postgres.appending(path: "data")
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            try Data("9\n".utf8).write(to: data.appending(path: "PG_VERSION"))
            guard let user = try ServerUser.unprivileged(preferring: ["postgres"]) else { return }
            for path in [folder.postgres.path, data.path] {
                try FileManager.default.setAttributes([.ownerAccountID: user.userID], ofItemAtPath: path)
            }
        }
        #expect(complaint.contains("PostgreSQL 9"), "\(complaint)")
    }

    @Test("a folder that holds something else is refused")
    func foreignFolder() async throws {
        let (complaint, _) = try await Self.failure { folder, _ in
            try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
            try Data().write(to: folder.url.appending(path: "precious"))
        }
        #expect(complaint.contains("holds something else than a system"))
    }

    @Test("a folder that may not be written is refused")
    func noPermission() async throws {
        // Root may write anywhere, but not make folders in /proc.
        let folder = DataFolder(URL(filePath: "/proc/driveline-system"))
        let system = try SampleSystem(folder: folder)
        #expect(try await system.failure().contains("--data"))
    }

    @Test("a full disk at the start is said so, where a test may make one", .enabled(if: TinyDisk.isPossible))
    func fullDisk() async throws {
        let disk = TinyDisk()
        let ports = try SystemPorts.free()
        let exit = try await disk.run(
            SampleSystem.executable, ["up", "--data", "\(disk.path)/data", "--port-base", "\(ports.base)"])
        #expect(exit.status == .status(1))
        #expect(
            exit.output.contains { $0.hasPrefix("sample: ") && ($0.contains("room") || $0.contains("space")) },
            "\(exit.output)")
        for port in [ports.postgres, ports.redis] { #expect(PortProbe.isFree(port)) }
    }
}

/// A socket that listens on a loopback port.
private final class ListeningSocket {
    private let descriptor: Int32

    init(port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(UInt16(exactly: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let descriptor = self.descriptor
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isBound && listen(descriptor, 1) == 0)
    }

    deinit { close(self.descriptor) }
}

/// A disk of a few megabytes, in a mount namespace of its own, which takes root.
private struct TinyDisk {
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    let path = "/mnt"

    /// Runs a command that sees the disk, to its end.
    func run(
        _ executable: String, _ arguments: [String]
    ) async throws -> (status: ChildProcess.Exit?, output: [String]) {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let process = try ChildProcess(
            .init(
                "/usr/bin/unshare",
                ["-m", "sh", "-c", "mount -t tmpfs -o size=8m none \(self.path) && exec \"$@\"", "sh", executable]
                    + arguments, output: .lines { line.yield($0) }))
        let status = await process.exit()
        await process.lastLine(within: .seconds(10))
        line.finish()
        return (status, await lines.reduce(into: []) { $0.append($1) })
    }
}
