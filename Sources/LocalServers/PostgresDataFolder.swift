internal import Foundation

/// A PostgreSQL data folder: made whole or not at all, and freed of what a killed server has left.
struct PostgresDataFolder: Sendable {
    /// The server's folder, which `data` is in.
    var parent: ServerFolder

    /// What the server calls its data directory.
    var path: String { "\(self.parent.path)/data" }
    private var unfinished: String { "\(self.parent.path)/data.unfinished" }
    private var pidFile: String { "\(self.path)/postmaster.pid" }

    /// The major version that made it; `nil` where there is none yet.
    func major() throws(LocalServerError) -> Int? {
        guard access(self.path, F_OK) == 0 else { return nil }
        let version = try? String(contentsOfFile: "\(self.path)/PG_VERSION", encoding: .utf8)
        guard let major = version.flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) else {
            throw LocalServerError(
                .unusableFolder, "\(self.path) holds no PostgreSQL database (PG_VERSION is missing or unreadable)",
                advice: "move it away, or choose another folder")
        }
        let owner = try ServerFolder(path: self.path, user: nil).owner()
        let expected = self.parent.user?.userID ?? geteuid()
        guard owner == expected else {
            throw LocalServerError(
                .noPermission, "\(self.path) belongs to user \(owner), and the server would run as \(expected)",
                advice: "start it as the same user as before, or `chown -R \(expected) \(self.path)`")
        }
        return major
    }

    /// Runs `initdb` beside the folder's place and moves the result there, so that one that was interrupted is never
    /// taken for a database.
    func initialize(by installation: PostgresInstallation, isDurable: Bool) async throws(LocalServerError) {
        self.removeUnfinished()
        try self.parent.write(Self.randomPassword(), to: "password")
        var command = ChildProcess.Command(
            installation.initializer,
            [
                "-D", self.unfinished, "-U", "postgres", "-E", "UTF8", "--locale=C", "--lc-ctype=C.UTF-8",
                "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=\(self.parent.path)/password",
            ] + (isDurable ? ["--data-checksums"] : ["--no-sync"]))
        command.user = self.parent.user
        command.folder = self.parent.path
        command.environment = LocalPostgres.environment
        let ended = try await ChildProcess.run(command, within: .seconds(120))
        guard ended.exit.isSuccess else {
            self.removeUnfinished()
            let said = ended.output.last { $0.contains("rror:") || $0.contains("FATAL") } ?? ended.output.last ?? ""
            throw LocalServerError(
                .initializationFailed, "initdb failed in \(self.parent.path) (\(ended.exit)): \(said)",
                advice: "see that the disk has 100 MB of room and the folder can be written, and start again")
        }
        guard rename(self.unfinished, self.path) == 0 else {
            throw LocalServerError(
                .initializationFailed, "\(self.unfinished) cannot be renamed (\(LocalServerError.reason(errno)))",
                advice: "remove it and start again")
        }
        if isDurable { self.syncParent() }
    }

    /// Makes way for a new server where the last one was killed.
    ///
    /// PostgreSQL does so itself, unless the process that its files name still counts as one, as a zombie or since the
    /// number is another's now. Only when no process of a server without its head is left may the files go: they are
    /// also what keeps two servers from the same data.
    ///
    /// - Throws: ``LocalServerError`` where a server runs on the folder, or remains of one do not end in ten seconds.
    func removeRemains(sockets: String) throws(LocalServerError) {
        let named = [self.pidFile, "\(sockets).lock"].map { ($0, Self.process(namedBy: $0)) }
        for case (let file, let process?) in named where ProcessTable.isAlive(process) {
            guard ProcessTable.commandLine(process).contains(self.path) else { continue }
            throw LocalServerError(
                .alreadyRunning, "process \(process) is a PostgreSQL server on \(self.path) (\(file))",
                advice: "stop it with `kill -INT \(process)`, or choose another folder")
        }
        guard named.contains(where: { $0.1 != nil }) else { return }
        let deadline = ContinuousClock.now + .seconds(10)
        while let orphan = self.orphan() {
            guard ContinuousClock.now < deadline else {
                throw LocalServerError(
                    .alreadyRunning, "process \(orphan) remains of a PostgreSQL server that was killed",
                    advice: "end it with `kill -QUIT \(orphan)`")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        for (file, _) in named { unlink(file) }
        unlink(sockets)
    }

    private static func process(namedBy file: String) -> pid_t? {
        let text = try? String(contentsOfFile: file, encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// A process of a server on this folder whose first process is gone. They carry titles such as "postgres:
    /// walwriter" and work in the folder, which is told to root and to their own user only; one of which it is not told
    /// may be ours.
    private func orphan() -> pid_t? {
        ProcessTable.alive().first { entry in
            guard entry.name == "postgres", ProcessTable.entry(entry.parent)?.name != "postgres",
                ProcessTable.commandLine(entry.process).hasPrefix("postgres: ")
            else { return false }
            return ProcessTable.folder(of: entry.process).map { $0 == self.path } ?? true
        }?.process
    }

    private func removeUnfinished() { try? FileManager.default.removeItem(atPath: self.unfinished) }

    private func syncParent() {
        let descriptor = open(self.parent.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// 128 random bits, as text.
    static func randomPassword() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }
}
