public import Logging
public import NIOCore
public import NIOPosix

/// A client of one Redis server: a connection for each event loop, over which all commands are pipelined.
///
/// Handlers that run on an event loop use its ``connection(on:)``; everybody else calls the functions here. Losing the
/// server fails commands at once and costs nobody a wait; connections are made anew in the background.
public final class RedisClient: Sendable {
    let configuration: RedisConfiguration
    let connector: ChannelConnector
    let logger: Logger
    let group: any EventLoopGroup
    private let connections: [RedisConnection]
    private let server: ServerIdentity

    /// Begins to connect.
    ///
    /// - Throws: ``RedisError`` with code `configuration`. That the server cannot be reached is no error here.
    public init(
        _ configuration: RedisConfiguration,
        logger: Logger = Logger(label: "driveline.redis"),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(RedisError) {
        try configuration.check()
        let connector = try ChannelConnector(configuration)
        let server = ServerIdentity(onChange: configuration.onServerChange)
        self.configuration = configuration
        self.connector = connector
        self.server = server
        self.logger = logger
        self.group = group
        self.connections = group.makeIterator().map {
            RedisConnection(configuration, connector, server, on: $0, logger)
        }
        for connection in self.connections { connection.start() }
    }

    deinit { self.shutDown() }

    /// The connection of an event loop; `nil` for a loop of another group.
    public func connection(on eventLoop: any EventLoop) -> RedisConnection? {
        self.connections.first { $0.eventLoop === eventLoop }
    }

    /// The run id of the server's process that was seen last; `nil` before the first connection.
    public var runID: String? { self.server.runID }

    /// Returns when all event loops have a connection.
    ///
    /// - Throws: Why the first attempt failed, or with code `unavailable` the last one.
    public func waitUntilReady() async throws(RedisError) {
        for connection in self.connections {
            let error = await withUnsafeContinuation { (continuation: UnsafeContinuation<RedisError?, Never>) in
                connection.whenReady { continuation.resume(returning: $0) }
            }
            if let error { throw error }
        }
    }

    /// Fails what waits, and closes the connections for ever. Subscriptions go on until they are ended themselves.
    public func shutDown() {
        for connection in self.connections { connection.shutDown() }
    }

    /// The connection of the event loop that the calling task runs on, or of any.
    private var anyConnection: RedisConnection {
        let eventLoop = self.group.any()
        return self.connections.first { $0.eventLoop === eventLoop } ?? self.connections[0]
    }

    /// Sends a batch, and makes a value of its replies on the event loop.
    ///
    /// - Parameter convert: Called at most once, on the event loop: it must not block.
    /// - Throws: ``RedisError``. Cancelling the task ends the wait at once; the commands may run all the same.
    public func send<Value: Sendable>(
        _ batch: RedisBatch, _ convert: @escaping @Sendable (borrowing RedisReplies) throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        try await self.send(encoding: { $0.append(batch) }, convert)
    }

    /// Sends commands that are encoded where they are sent from, where that is this thread.
    func send<Value: Sendable>(
        encoding encode: (inout RedisBatch) -> Void,
        _ convert: @escaping @Sendable (borrowing RedisReplies) throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        guard !Task.isCancelled else { throw .cancelled(mayHaveRun: false) }
        let connection = self.anyConnection
        let waiter = ValueWaiter(convert)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                waiter.await(continuation)
                connection.submit(waiter, encode)
            }
        } onCancel: {
            connection.cancel(waiter)
        }
        return try result.get()
    }
}
