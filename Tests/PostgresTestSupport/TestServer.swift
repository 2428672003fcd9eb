import Foundation
import Synchronization

/// A PostgreSQL server of the tests' own, in a temporary folder, reached by a Unix socket.
///
/// A shell holds it: when the end of its standard input comes, by ``stop()`` or because the test process died in
/// whatever way, it stops the server and removes the folder.
public final class TestServer: Sendable {
    struct Failure: Error { var reason: String }

    /// The server that tests share which do it no harm.
    public static let shared = Result { try TestServer() }

    private let folder: String
    private let keeper: pid_t
    private let hold: FileHandle

    /// - Parameter settings: What `postgresql.conf` holds beside the defaults.
    public init(settings: [String: String] = [:]) throws {
        self.folder = "/tmp/driveline-test-\(UInt32.random(in: .min ... .max))"
        let all = settings.merging(["max_connections": "500", "fsync": "off", "deadlock_timeout": "20ms"]) { given, _ in
            given
        }
        let options = all.map { "\($0.key) = \($0.value)" }.sorted().joined(separator: "\n")
        let input = Self.pipe()
        let output = Self.pipe()
        self.hold = input.writing
        self.keeper = try Self.spawn(
            [Self.script, "keeper", self.folder, options], input: input.reading,
            output: output.writing)
        try output.writing.close()
        let said = output.reading.availableData
        guard String(decoding: said, as: UTF8.self).contains("ready") else {
            throw Failure(reason: "no PostgreSQL server could be started, see \(self.folder)/log")
        }
    }

    deinit { self.stop() }

    /// A URL of a database on this server.
    public func url(database: String = "postgres") -> String {
        "postgresql:///\(database)?host=\(self.folder)&user=postgres"
    }

    /// A connection to its socket, as bytes.
    func connect() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(self.folder)/.s.PGSQL.5432".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(descriptor, $0, size) }
        }
        guard status == 0 else { throw Failure(reason: "no connection to the server") }
        return descriptor
    }

    /// Ends the server and removes its folder.
    public func stop() {
        try? self.hold.close()
        var status: Int32 = 0
        waitpid(self.keeper, &status, 0)
    }

    /// Stops and starts it as an administrator would.
    public func restart() async throws { try await self.control("restart -m fast") }
    /// Ends all sessions as a crash does, and starts again.
    public func crash() async throws {
        kill(try self.process(), SIGKILL)
        // The sessions end by themselves when they find their parent gone; until then the folder is in use.
        try await self.control("start", tries: 50)
    }
    /// Stops all its processes, as a machine that hangs.
    public func pause() throws { for process in try self.processes() { kill(process, SIGSTOP) } }
    /// Lets them go on.
    public func resume() throws { for process in try self.processes() { kill(process, SIGCONT) } }

    private func process() throws -> pid_t {
        let text = try String(contentsOfFile: "\(self.folder)/data/postmaster.pid", encoding: .utf8)
        guard let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }) else {
            throw Failure(reason: "postmaster.pid cannot be read")
        }
        return pid
    }

    private func processes() throws -> [pid_t] {
        let process = try self.process()
        let children = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
        return [process] + children.split(separator: " ").compactMap { pid_t($0) }
    }

    /// On a thread of its own: waiting for a process would take one of the few that tasks run on.
    private func control(_ command: String, tries: Int = 1) async throws {
        let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: Result { try self.controlNow(command, tries: tries) })
            }
        }
        try result.get()
    }

    private func controlNow(_ command: String, tries: Int) throws {
        for _ in 1...tries {
            let script = Self.prelude + "run pg_ctl -s -w -D \(self.folder)/data -l \(self.folder)/log \(command)"
            var status: Int32 = -1
            waitpid(try Self.spawn([script + " >/dev/null 2>&1 </dev/null"]), &status, 0)
            if status == 0 { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Failure(reason: "pg_ctl \(command) failed")
    }

    /// Closed in every child from the start: held open by another server's keeper, its end would never be seen.
    private static func pipe() -> (reading: FileHandle, writing: FileHandle) {
        self.spawning.withLock { _ in
            let pipe = Pipe()
            let ends = (reading: pipe.fileHandleForReading, writing: pipe.fileHandleForWriting)
            _ = fcntl(ends.reading.fileDescriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(ends.writing.fileDescriptor, F_SETFD, FD_CLOEXEC)
            return ends
        }
    }

    /// Between making a descriptor and marking it nobody else may start a process.
    private static let spawning = Mutex(())

    /// Foundation's `Process` waits for whoever holds a descriptor that a server inherits, and so for ever.
    private static func spawn(
        _ arguments: [String], input: FileHandle? = nil, output: FileHandle? = nil
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input { posix_spawn_file_actions_adddup2(&actions, input.fileDescriptor, 0) }
        if let output { posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1) }
        var pointers = (["/bin/sh", "-c"] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let status = self.spawning.withLock { _ in posix_spawn(&process, "/bin/sh", &actions, nil, &pointers, environ) }
        guard status == 0 else { throw Failure(reason: String(cString: strerror(status))) }
        return process
    }

    private static let prelude = """
        cd /
        bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
        run() { name=$1; shift
            if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$bin/$name" "$@"; else "$bin/$name" "$@"; fi; }

        """

    private static let script =
        prelude + """
            trap '' INT TERM
            folder=$1
            mkdir -m 700 "$folder" && { [ "$(id -u)" != 0 ] || chown postgres "$folder"; }
            run initdb -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null 2>&1
            printf "%s\\n" "$2" "listen_addresses = ''" "unix_socket_directories = '$folder'" \\
                >> "$folder/data/postgresql.conf"
            run pg_ctl -s -w -D "$folder/data" -l "$folder/log" start \\
                >/dev/null 2>&1 </dev/null && echo ready || echo failed
            read _
            run pg_ctl -s -w -D "$folder/data" -m immediate stop >/dev/null 2>&1
            rm -rf "$folder"
            """
}
