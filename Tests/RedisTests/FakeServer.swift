import Foundation
import NIOCore
import NIOPosix
import Redis

/// A server that answers what a test tells it to, on a Unix socket.
final class FakeServer: Sendable {
    /// An answer to the client's greeting.
    static let greeting = "$47\r\nrun_id:0123456789abcdef0123456789abcdef01234567\r\n"

    let path: String
    private let channel: any Channel
    private let accepted: AsyncStream<FakePeer>

    /// - Parameter isGreeting: Whether the greeting is answered by the server itself.
    init(isGreeting: Bool = true) async throws {
        self.path = "/tmp/driveline-fake-\(UInt32.random(in: .min ... .max)).sock"
        let (stream, continuation) = AsyncStream.makeStream(of: FakePeer.self)
        self.accepted = stream
        self.channel = try await ServerBootstrap(group: testGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let peer = FakePeer(channel, isGreeting: isGreeting)
                    try channel.pipeline.syncOperations.addHandler(peer.handler)
                    continuation.yield(peer)
                }
            }
            .bind(unixDomainSocketPath: self.path).get()
    }

    func stop() async {
        try? await self.channel.close()
        try? FileManager.default.removeItem(atPath: self.path)
    }

    /// The next connection.
    func accept() async throws -> FakePeer {
        for await peer in self.accepted { return peer }
        throw CancellationError()
    }
}

/// One connection to the fake server.
final class FakePeer: Sendable {
    private let channel: any Channel
    private let reads: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let isGreeting: Bool

    init(_ channel: any Channel, isGreeting: Bool) {
        self.channel = channel
        self.isGreeting = isGreeting
        (self.reads, self.continuation) = AsyncStream.makeStream(of: String.self)
    }

    var handler: Handler { Handler(self) }

    /// Waits until that text has arrived.
    ///
    /// - Returns: All that has arrived since the last wait.
    @discardableResult
    func wait(for text: String) async throws -> String {
        var all = ""
        for await read in self.reads {
            all += read
            if all.contains(text) { return all }
        }
        throw Failure(reason: "the connection ended before \(text) came")
    }

    /// Sends bytes.
    func send(_ text: String) async throws { try await self.channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Closes the connection before this returns; on the event loop.
    func closeNow() { self.channel.close(promise: nil) }

    /// Waits until the client has closed the connection.
    func closed() async throws { try await self.channel.closeFuture.get() }

    final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let peer: FakePeer
        private var isGreeted = false

        init(_ peer: FakePeer) { self.peer = peer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: self.unwrapInboundIn(data))
            if self.peer.isGreeting, !self.isGreeted, text.contains("INFO") {
                self.isGreeted = true
                context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: FakeServer.greeting)), promise: nil)
            } else {
                self.peer.continuation.yield(text)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { self.peer.continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A client of a fake server, ready, with the first connection.
func withFakeServer(
    _ change: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient, FakeServer, FakePeer) async throws -> Void
) async throws {
    let server = try await FakeServer()
    var configuration = RedisConfiguration(address: .unix(path: server.path))
    configuration.commandMilliseconds = 20_000
    configuration.reconnectMilliseconds = 1...20
    change(&configuration)
    let client = try RedisClient(configuration, group: testGroup)
    do {
        try await client.waitUntilReady()
        try await body(client, server, try await server.accept())
    } catch {
        client.shutDown()
        await server.stop()
        throw error
    }
    client.shutDown()
    await server.stop()
}
