import DrivelineTesting
import NIOCore
import NIOPosix
import Synchronization

/// A client that sends any bytes, reads only if it wants to, and leaves when it likes.
final class SocketClient: Sendable {
    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let state = Mutex((bytes: [UInt8](), isClosed: false))

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(Self.unwrapInboundIn(data).readableBytesView)
            self.state.withLock { $0.bytes += bytes }
        }

        func channelInactive(context: ChannelHandlerContext) { self.state.withLock { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let channel: any Channel
    private let received: Received

    /// - Parameter reads: Whether what comes is read.
    init(_ port: Int, reads: Bool = true) async throws {
        let received = Received()
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: 65_536)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(received) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        self.received = received
    }

    var text: String { self.received.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var isClosed: Bool { self.received.state.withLock { $0.isClosed } }

    /// Sends text. What the other side has closed takes nothing; that is no failure here.
    func send(_ text: String) async { try? await self.channel.writeAndFlush(ByteBuffer(string: text)).get() }

    /// Sends the head of a request, with a key.
    func sendHead(_ line: String, _ headers: [String] = []) async {
        let key = RawHarness.text(of: RawHarness.key)
        let lines = ["\(line) HTTP/1.1", "Host: x", "Authorization: Bearer \(key)"] + headers
        await self.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    /// Reads from now on.
    func beginReading() async throws { try await self.channel.setOption(.autoRead, value: true).get() }

    func close() async { try? await self.channel.close().get() }
}
