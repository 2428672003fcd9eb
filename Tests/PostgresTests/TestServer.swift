import Foundation

/// A PostgreSQL server of the tests' own, in a temporary folder, reached by a Unix socket.
///
/// A shell holds it: when the end of its standard input comes, by ``stop()`` or because the test process died in
/// whatever way, it stops the server and removes the folder.
final class TestServer: Sendable {
    struct Failure: Error { var reason: String }

    /// The server that tests share which do it no harm.
    static let shared = Result { try TestServer() }

    let folder: String
    private let keeper: Process
    private let hold: FileHandle

    init(settings: [String: String] = [:]) throws {
        self.folder = "/tmp/driveline-test-\(UInt32.random(in: .min ... .max))"
        self.keeper = Process()
        self.keeper.executableURL = URL(fileURLWithPath: "/bin/sh")
        let all = settings.merging(["max_connections": "60", "fsync": "off", "autovacuum": "off"]) { given, _ in given }
        let options = all.map { "\($0.key) = \($0.value)" }.sorted().joined(separator: "\n")
        self.keeper.arguments = ["-c", Self.script, "keeper", self.folder, options]
        let input = Pipe()
        let output = Pipe()
        self.keeper.standardInput = input
        self.keeper.standardOutput = output
        self.hold = input.fileHandleForWriting
        try self.keeper.run()
        let said = output.fileHandleForReading.availableData
        guard String(decoding: said, as: UTF8.self).contains("ready") else {
            throw Failure(reason: "no PostgreSQL server could be started, see \(self.folder)/log")
        }
    }

    deinit { self.stop() }

    /// A URL of a database on this server.
    func url(database: String = "postgres") -> String {
        "postgresql:///\(database)?host=\(self.folder)&user=postgres"
    }

    /// Ends the server and removes its folder.
    func stop() {
        try? self.hold.close()
        self.keeper.waitUntilExit()
    }

    /// Stops and starts it as an administrator would.
    func restart() throws { try self.control("restart -m fast") }
    /// Ends all sessions as a crash does, and starts again.
    func crash() throws {
        kill(try self.process(), SIGKILL)
        // The sessions end by themselves when they find their parent gone; until then the folder is in use.
        try self.control("start", tries: 50)
    }
    func pause() throws { for process in try self.processes() { kill(process, SIGSTOP) } }
    func resume() throws { for process in try self.processes() { kill(process, SIGCONT) } }

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

    private func control(_ command: String, tries: Int = 1) throws {
        for _ in 1...tries {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", Self.prelude + "run pg_ctl -s -w -D \(self.folder)/data -l \(self.folder)/log \(command) >/dev/null 2>&1"]
            try process.run()
            process.waitUntilExit()
            if process.terminationStatus == 0 { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Failure(reason: "pg_ctl \(command) failed")
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
