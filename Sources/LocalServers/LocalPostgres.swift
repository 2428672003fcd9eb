internal import Foundation
public import Logging
internal import Synchronization

/// A PostgreSQL server of one's own, as a child process.
///
/// It is reached by a Unix socket in a folder that only this user and the server's may enter, and on a loopback port by
/// password where one is asked for. As root the server runs as `postgres`, or `nobody`. It ends when this process dies,
/// in whatever way.
///
/// ``start()``, ``stop()`` and the others that change its state are meant for one task at a time.
public final class LocalPostgres: Sendable {
    /// What server it is.
    public struct Configuration: Sendable {
        /// Where its files are. In a folder that stays it writes each commit through to the disk.
        public var storage: ServerStorage
        /// Where its socket is; `nil` for its own folder. Needed where that one's path is too long for a socket:
        /// 107 bytes with `/.s.PGSQL.PORT`.
        public var socketFolder: String?
        /// The port of 127.0.0.1 that it listens on too; `nil` for none.
        public var port: Int?
        /// What `postgresql.conf` would hold beside the defaults. They are given anew at each start.
        public var settings: [String: String]
        /// Where `initdb` and `postgres` are; `nil` to look in `/usr/lib/postgresql/*/bin` and `PATH`.
        public var programFolders: [String]?
        /// How long a start may take, recovery after a crash included.
        public var startLimit: Duration
        /// How long a stop may take until the server drops what it does.
        public var stopLimit: Duration

        /// A server with PostgreSQL's defaults and no port.
        public init(_ storage: ServerStorage) {
            self.storage = storage
            self.settings = [:]
            self.startLimit = .seconds(60)
            self.stopLimit = .seconds(20)
        }
    }

    /// What server it is.
    public let configuration: Configuration
    /// Its folder, with `data`, the log and, unless told otherwise, the socket.
    public let folder: String
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var process: ChildProcess?
        var lock: FolderLock?
    }

    /// Describes a server; ``start()`` starts it.
    public init(_ configuration: Configuration, logger: Logger = Logger(label: "driveline.postgres")) {
        self.configuration = configuration
        self.folder = configuration.storage.path
        self.logger = logger
    }

    deinit { self.process?.signal(SIGQUIT) }

    /// The folder of its socket, which libpq takes as a host.
    public var socketFolder: String { self.configuration.socketFolder ?? self.folder }
    /// The path of its socket.
    public var socketPath: String { "\(self.socketFolder)/.s.PGSQL.\(self.portNumber)" }
    /// Where it and `initdb` write what happens.
    public var logPath: String { self.log.path }
    /// The number of its first process; `nil` when it does not run.
    public var processID: Int32? { self.process.flatMap { $0.exitStatus == nil ? $0.processID : nil } }

    /// A URL of a database over the socket, as the administrator.
    public func url(database: String = "postgres") -> String {
        let host = self.socketFolder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self.socketFolder
        return "postgresql:///\(database)?host=\(host)&port=\(self.portNumber)&user=postgres"
    }

    /// A URL of a database over the loopback port, as the administrator. It holds the password.
    ///
    /// - Throws: ``LocalServerError`` where the server has no port, or was never started.
    public func loopbackURL(database: String = "postgres") throws(LocalServerError) -> String {
        guard let port = self.configuration.port,
            let password = try? String(contentsOfFile: "\(self.folder)/password", encoding: .utf8)
        else {
            throw LocalServerError(
                .startFailed, "the server in \(self.folder) has no port yet", advice: "give it one and start it")
        }
        return "postgresql://postgres:\(password)@127.0.0.1:\(port)/\(database)"
    }

    private var portNumber: Int { self.configuration.port ?? 5_432 }
    private var log: ServerLog { ServerLog(path: "\(self.folder)/log") }
    private var process: ChildProcess? { self.state.withLock { $0.process } }

    /// The environment without what would change the server, and in the language that its messages are read in.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        environment["LC_ALL"] = "C"
        environment["TZ"] = "UTC"
        return environment
    }
}

// MARK: - Start and stop

extension LocalPostgres {
    /// Makes the data folder where there is none, starts the server, and returns when it takes sessions. Does nothing
    /// when it runs.
    ///
    /// - Throws: ``LocalServerError``, with what to do; nothing is left running then.
    public func start() async throws(LocalServerError) {
        guard self.processID == nil else { return }
        let user = try ServerUser.unprivileged(preferring: ["postgres"])
        let folder = ServerFolder(path: self.folder, user: user)
        try self.checkSocketPath()
        if self.configuration.storage.isThrowaway { try Keeper.shared.get().keep(folder: self.folder) }
        try folder.make()
        if let sockets = self.configuration.socketFolder { try ServerFolder(path: sockets, user: user).make() }
        let heldLock = self.state.withLock { $0.lock }
        let lock = if let heldLock { heldLock } else { try folder.lock() }
        let data = PostgresDataFolder(parent: folder)
        let major = try data.major()
        let installation = try await PostgresInstallation.find(
            in: self.configuration.programFolders, dataMajor: major)
        if major == nil {
            self.logger.info("making a PostgreSQL data folder", metadata: ["folder": "\(data.path)"])
            try await data.initialize(by: installation, isDurable: !self.configuration.storage.isThrowaway)
        }
        let sockets = self.socketPath
        try await onOwnThread { () throws(LocalServerError) in try data.removeRemains(sockets: sockets) }
        try ServerProbe.checkPort(self.configuration.port, of: "PostgreSQL")
        self.log.rotate()
        try await self.launch(installation, data, user, lock)
    }

    private func launch(
        _ installation: PostgresInstallation, _ data: PostgresDataFolder, _ user: ServerUser?, _ lock: FolderLock
    ) async throws(LocalServerError) {
        let settings = self.settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        var command = ChildProcess.Command(installation.server, ["-D", data.path] + settings)
        command.environment = Self.environment
        command.folder = data.path
        command.user = user
        command.output = .file(self.logPath)
        command.lastSignal = self.configuration.storage.isThrowaway ? SIGQUIT : SIGINT
        let process = try ChildProcess(command)
        self.state.withLock { state in
            state.process = process
            state.lock = lock
        }
        do throws(LocalServerError) {
            try await ServerProbe(socketPath: self.socketPath).waitUntilReady(
                process, named: "PostgreSQL", log: self.log, within: self.configuration.startLimit
            ) { $0.askPostgres() }
        } catch {
            self.state.withLock { $0 = State() }
            throw error
        }
        self.logger.info("PostgreSQL takes sessions", metadata: ["folder": "\(self.folder)"])
    }

    private var settings: [String: String] {
        var settings = self.configuration.settings
        if self.configuration.storage.isThrowaway {
            settings.merge(["fsync": "off", "full_page_writes": "off"]) { given, _ in given }
        }
        settings["listen_addresses"] = self.configuration.port == nil ? "" : "127.0.0.1"
        settings["port"] = "\(self.portNumber)"
        settings["unix_socket_directories"] = self.socketFolder
        settings["unix_socket_permissions"] = "0700"
        return settings
    }

    private func checkSocketPath() throws(LocalServerError) {
        let count = self.socketPath.utf8.count
        guard count > ServerProbe.maximumPathBytes else { return }
        throw LocalServerError(
            .unusableFolder,
            "\(self.socketPath) has \(count) bytes, and a socket's path at most \(ServerProbe.maximumPathBytes)",
            advice: "choose a shorter folder, or another one for the socket")
    }

    /// Ends the server: sessions are cut off, what they committed is kept. When that takes longer than
    /// ``Configuration/stopLimit`` it drops what it does, as after a crash.
    ///
    /// Cancelling the task does not shorten this.
    public func stop() async {
        guard let process = self.process else { return }
        await Task {
            self.signalAll(SIGCONT)
            process.signal(SIGINT)
            if await process.exit(within: self.configuration.stopLimit) == nil {
                self.logger.warning("PostgreSQL does not stop, and is made to", metadata: ["folder": "\(self.folder)"])
                await process.end(SIGQUIT, within: .seconds(10))
            }
        }.value
        self.state.withLock { $0 = State() }
    }

    /// Stops the server and starts it again, as an administrator would.
    public func restart() async throws(LocalServerError) {
        await self.stop()
        try await self.start()
    }

    /// Waits until the server ends, by itself or by ``stop()``; `nil` where it does not run, or the task is cancelled
    /// first.
    public func exit() async -> ChildProcess.Exit? { await self.process?.exit() }

    /// Stops a throwaway server and removes its folder. A folder that is to stay stays.
    public func remove() async {
        guard self.configuration.storage.isThrowaway else { return await self.stop() }
        await self.process?.end(SIGQUIT, within: .seconds(10))
        self.state.withLock { $0 = State() }
        try? FileManager.default.removeItem(atPath: self.folder)
        if case .success(let keeper) = Keeper.shared { keeper.forget(folder: self.folder) }
    }
}

// MARK: - Faults

extension LocalPostgres {
    /// Kills the server's first process, as a crash does, and waits until the others have ended. ``start()`` recovers.
    public func kill() async {
        guard let process = self.process else { return }
        let children = ProcessTable.children(of: process.processID)
        await process.end(SIGKILL, within: .seconds(10))
        // They end when they find their parent gone, which one that is paused does not.
        for child in children { Foundation.kill(child, SIGCONT) }
        // Shielded: a cancelled task's sleeps return at once.
        await Task { await Self.awaitEnd(of: children) }.value
        self.state.withLock { $0 = State() }
    }

    private static func awaitEnd(of children: [pid_t]) async {
        let deadline = ContinuousClock.now + .seconds(5)
        while children.contains(where: ProcessTable.isAlive) {
            if ContinuousClock.now > deadline { for child in children { Foundation.kill(child, SIGKILL) } }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Kills the server and starts it again: all sessions end, what was committed is recovered.
    public func crash() async throws(LocalServerError) {
        await self.kill()
        try await self.start()
    }

    /// Stops all its processes, as a machine that hangs. The first comes first, so that it starts no more.
    public func pause() { self.signalAll(SIGSTOP) }

    /// Lets them go on.
    public func resume() { self.signalAll(SIGCONT) }

    private func signalAll(_ signal: Int32) {
        guard let process = self.process else { return }
        process.signal(signal)
        for child in ProcessTable.children(of: process.processID) { Foundation.kill(child, signal) }
    }
}
