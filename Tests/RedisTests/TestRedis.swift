import Foundation
import NIOCore
import NIOPosix
import Redis
import Synchronization

/// A Redis server of the tests' own, in a temporary folder, reached by a Unix socket.
///
/// A shell holds it: when the end of its standard input comes, by ``stop()`` or because the test process died in
/// whatever way, it kills the server.
final class TestRedis: Sendable {
    struct Failure: Error { var reason: String }

    /// The server that tests share which do it no harm, each with keys of its own.
    static let shared = Result { try TestRedis() }

    let folder: String
    private let running = Mutex<Running?>(nil)

    private struct Running {
        var keeper: pid_t
        var server: pid_t
        var hold: Int32
    }

    /// - Parameter settings: What `redis.conf` holds beside the defaults.
    init(settings: [String] = []) throws {
        self.folder = "/tmp/driveline-redis-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: false)
        let lines =
            [
                "save \"\"", "dir \(self.folder)", "unixsocket \(self.socketPath)", "logfile \(self.folder)/log",
                "enable-debug-command local",
            ] + (settings.contains { $0.hasPrefix("port ") } ? [] : ["port 0"]) + settings
        try lines.joined(separator: "\n").write(
            toFile: "\(self.folder)/redis.conf", atomically: true, encoding: .utf8)
        try self.start()
    }

    deinit {
        self.stop()
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    var socketPath: String { "\(self.folder)/redis.sock" }

    func start() throws {
        let (input, output) = (try Self.pipe(), try Self.pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.reading, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
        let arguments = ["/bin/sh", "-c", Self.script, "keeper", self.folder]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var keeper = pid_t()
        let status = Self.spawning.withLock { _ in
            posix_spawn(&keeper, "/bin/sh", &actions, nil, &pointers, environ)
        }
        close(input.reading)
        close(output.writing)
        guard status == 0 else { throw Failure(reason: String(cString: strerror(status))) }
        let said = FileHandle(fileDescriptor: output.reading, closeOnDealloc: true).availableData
        guard let server = pid_t(String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)) else {
            throw Failure(reason: "no Redis server could be started, see \(self.folder)/log")
        }
        self.running.withLock { $0 = Running(keeper: keeper, server: server, hold: input.writing) }
    }

    /// Kills the server.
    func stop() {
        guard let running = self.running.withLock({ $0.take() }) else { return }
        close(running.hold)
        var status: Int32 = 0
        waitpid(running.keeper, &status, 0)
    }

    /// Stops it, as a machine that hangs.
    func pause() { self.running.withLock { _ = $0.map { kill($0.server, SIGSTOP) } } }
    /// Lets it go on.
    func resume() { self.running.withLock { _ = $0.map { kill($0.server, SIGCONT) } } }

    /// Closed in every child from the start: held open by another server's keeper, its end would never be seen.
    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        try self.spawning.withLock { _ in
            var ends: [Int32] = [0, 0]
            guard Foundation.pipe(&ends) == 0 else { throw Failure(reason: "no pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }

    /// Between making a descriptor and marking it nobody else may start a process.
    private static let spawning = Mutex(())

    private static let script = """
        trap '' INT TERM
        : > "$1/log"
        redis-server "$1/redis.conf" >/dev/null 2>&1 </dev/null &
        said=failed
        for _ in $(seq 500); do
            if grep -q "ready to accept" "$1/log"; then said=$!; break; fi
            kill -0 $! 2>/dev/null || break
            sleep 0.02
        done
        echo $said
        read _
        kill -9 $! 2>/dev/null
        wait
        """
}

/// Event loops that all tests share, so that many tests need few threads.
let testGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// Keys that no other test has.
func uniquePrefix() -> String { "test-\(UInt64.random(in: .min ... .max)):" }

/// A client of a server, ready, and shut down afterwards.
func withRedis<Value>(
    on server: TestRedis? = nil, _ change: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient) async throws -> Value
) async throws -> Value {
    let server = try server ?? TestRedis.shared.get()
    var configuration = RedisConfiguration(address: .unix(path: server.socketPath))
    configuration.commandMilliseconds = 20_000
    configuration.connectMilliseconds = 20_000
    configuration.reconnectMilliseconds = 1...20
    change(&configuration)
    let client = try RedisClient(configuration, group: testGroup)
    defer { client.shutDown() }
    try await client.waitUntilReady()
    return try await body(client)
}

extension RedisClient {
    /// Waits until commands are carried out again.
    func waitUntilAnswering() async throws {
        for _ in 0..<2_000 {
            if (try? await self.check()) != nil { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        try await self.check()
    }

    /// Runs something on the event loop with its connection.
    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (RedisConnection, CheckedContinuation<Value, Never>) -> Void
    ) async throws -> Value {
        let eventLoop = testGroup.any()
        guard let connection = self.connection(on: eventLoop) else { throw TestRedis.Failure(reason: "no connection") }
        return await withCheckedContinuation { continuation in
            eventLoop.execute { body(connection, continuation) }
        }
    }
}
