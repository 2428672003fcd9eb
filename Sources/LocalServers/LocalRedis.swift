internal import Foundation
public import Logging
internal import Synchronization

/// A Redis server of one's own, as a child process.
///
/// It is a cache: it keeps nothing on disk, and so is empty after each start. What it held before might be older than
/// the database is now, as nobody could tell it of changes while it was down.
///
/// It is reached by a Unix socket in a folder that only this user and the server's may enter, and on a loopback port by
/// password where one is asked for. As root the server runs as `redis`, or `nobody`. It ends when this process dies, in
/// whatever way.
///
/// ``start()``, ``stop()`` and the others that change its state are meant for one task at a time.
public final class LocalRedis: Sendable {
    /// What server it is.
    public struct Configuration: Sendable {
        /// Where its socket and its log are.
        public var storage: ServerStorage
        /// Where its socket is; `nil` for its own folder. Needed where that one's path is too long for a socket:
        /// 107 bytes with `/redis.sock`.
        public var socketFolder: String?
        /// The port of 127.0.0.1 that it listens on too; `nil` for none.
        public var port: Int?
        /// What `redis.conf` would hold beside the defaults, such as `maxmemory`.
        public var settings: [String: String]
        /// Where `redis-server` is; `nil` to look in `PATH`.
        public var program: String?
        /// How long a start may take.
        public var startLimit: Duration
        /// How long a stop may take until the server is killed.
        public var stopLimit: Duration

        /// A server with Redis' defaults, no port, and nothing kept on disk.
        public init(_ storage: ServerStorage) {
            self.storage = storage
            self.settings = [:]
            self.startLimit = .seconds(30)
            self.stopLimit = .seconds(10)
        }
    }

    /// What server it is.
    public let configuration: Configuration
    /// Its folder, with the log and, unless told otherwise, the socket.
    public let folder: String
    /// What a client must show, over the socket too; `nil` for a server without a port, whose socket's folder keeps
    /// others out. It is another for each object.
    public let password: String?
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var process: ChildProcess?
        var lock: FolderLock?
    }

    /// Describes a server; ``start()`` starts it.
    public init(_ configuration: Configuration, logger: Logger = Logger(label: "driveline.redis")) {
        self.configuration = configuration
        self.folder = configuration.storage.path
        self.password = configuration.port.map { _ in PostgresDataFolder.randomPassword() }
        self.logger = logger
    }

    deinit { self.process?.signal(SIGKILL) }

    /// The path of its socket.
    public var socketPath: String { "\(self.configuration.socketFolder ?? self.folder)/redis.sock" }
    /// Where it writes what happens.
    public var logPath: String { self.log.path }
    /// Its number as a process; `nil` when it does not run.
    public var processID: Int32? { self.process.flatMap { $0.exitStatus == nil ? $0.processID : nil } }

    /// A URL over the loopback port, which holds the password; `nil` without a port.
    public var loopbackURL: String? {
        guard let port = self.configuration.port, let password = self.password else { return nil }
        return "redis://:\(password)@127.0.0.1:\(port)"
    }

    private var log: ServerLog { ServerLog(path: "\(self.folder)/log") }
    private var process: ChildProcess? { self.state.withLock { $0.process } }
}

// MARK: - Start and stop

extension LocalRedis {
    /// Starts the server, and returns when it answers. Does nothing when it runs.
    ///
    /// - Throws: ``LocalServerError``, with what to do; nothing is left running then.
    public func start() async throws(LocalServerError) {
        guard self.processID == nil else { return }
        let program = try self.program()
        let user = try ServerUser.unprivileged(preferring: ["redis"])
        let folder = ServerFolder(path: self.folder, user: user)
        let count = self.socketPath.utf8.count
        guard count <= ServerProbe.maximumPathBytes else {
            throw LocalServerError(
                .unusableFolder,
                "\(self.socketPath) has \(count) bytes, and a socket's path at most \(ServerProbe.maximumPathBytes)",
                advice: "choose a shorter folder, or another one for the socket")
        }
        if self.configuration.storage.isThrowaway { try Keeper.shared.get().keep(folder: self.folder) }
        try folder.make()
        if let sockets = self.configuration.socketFolder { try ServerFolder(path: sockets, user: user).make() }
        let heldLock = self.state.withLock { $0.lock }
        let lock = if let heldLock { heldLock } else { try folder.lock() }
        try ServerProbe.checkPort(self.configuration.port, of: "Redis")
        try folder.write(self.settings, to: "redis.conf")
        unlink(self.socketPath)
        self.log.rotate()
        var command = ChildProcess.Command(program, ["\(self.folder)/redis.conf"])
        command.folder = self.folder
        command.user = user
        command.output = .file(self.logPath)
        try await self.launch(command, lock)
    }

    private func launch(_ command: ChildProcess.Command, _ lock: FolderLock) async throws(LocalServerError) {
        let process = try ChildProcess(command)
        self.state.withLock { state in
            state.process = process
            state.lock = lock
        }
        do throws(LocalServerError) {
            try await ServerProbe(socketPath: self.socketPath).waitUntilReady(
                process, named: "Redis", log: self.log, within: self.configuration.startLimit
            ) { $0.askRedis() }
        } catch {
            self.state.withLock { $0 = State() }
            throw error
        }
        self.logger.info("Redis answers", metadata: ["folder": "\(self.folder)"])
    }

    private func program() throws(LocalServerError) -> String {
        let program = self.configuration.program ?? Programs.find("redis-server")
        guard let program, access(program, X_OK) == 0 else {
            throw LocalServerError(
                .missingProgram, "Redis is not installed (no \(program ?? "redis-server in PATH"))",
                advice: "`apt-get install redis-server`")
        }
        return program
    }

    /// In a file and not in arguments, which every user can read.
    private var settings: String {
        var settings = ["save": "\"\"", "appendonly": "no"].merging(self.configuration.settings) { _, given in given }
        settings["dir"] = "\"\(self.folder)\""
        settings["daemonize"] = "no"
        settings["bind"] = "127.0.0.1"
        settings["port"] = "\(self.configuration.port ?? 0)"
        settings["unixsocket"] = "\"\(self.socketPath)\""
        settings["unixsocketperm"] = "700"
        if let password = self.password { settings["requirepass"] = password }
        return settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }

    /// Ends the server. When that takes longer than ``Configuration/stopLimit`` it is killed.
    ///
    /// Cancelling the task does not shorten this.
    public func stop() async {
        await self.process?.end(within: self.configuration.stopLimit)
        self.state.withLock { $0 = State() }
    }

    /// Stops the server and starts it again, empty.
    public func restart() async throws(LocalServerError) {
        await self.stop()
        try await self.start()
    }

    /// Removes all keys of one database.
    ///
    /// - Throws: ``LocalServerError`` where the server does not say that it did.
    public func flush(database: Int) async throws(LocalServerError) {
        let probe = ServerProbe(socketPath: self.socketPath)
        let password = self.password
        let isDone = try await onOwnThread { probe.flushRedis(database: database, password: password) }
        guard isDone else {
            throw LocalServerError(
                .timedOut, "Redis in \(self.folder) does not empty database \(database)",
                advice: "see that it runs and has so many databases")
        }
    }

    /// Waits until the server ends, by itself or by ``stop()``; `nil` where it does not run, or the task is cancelled
    /// first.
    public func exit() async -> ChildProcess.Exit? { await self.process?.exit() }

    /// Stops a throwaway server and removes its folder. A folder that is to stay stays.
    public func remove() async {
        guard self.configuration.storage.isThrowaway else { return await self.stop() }
        await self.kill()
        try? FileManager.default.removeItem(atPath: self.folder)
        if case .success(let keeper) = Keeper.shared { keeper.forget(folder: self.folder) }
    }
}

// MARK: - Faults

extension LocalRedis {
    /// Kills the server.
    public func kill() async {
        await self.process?.end(SIGKILL, within: .seconds(10))
        self.state.withLock { $0 = State() }
    }

    /// Kills the server and starts it again, empty.
    public func crash() async throws(LocalServerError) {
        await self.kill()
        try await self.start()
    }

    /// Stops it, as a machine that hangs.
    public func pause() { self.process?.signal(SIGSTOP) }

    /// Lets it go on.
    public func resume() { self.process?.signal(SIGCONT) }
}
