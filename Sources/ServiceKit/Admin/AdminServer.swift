internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// The small HTTP/1.1 server for probes and metrics, for an inner port.
///
/// It has an event loop of its own, so that it can still say that the others have stopped.
final class AdminServer: Sendable {
    /// The connections that may be open at once; one more is closed at once.
    static let maximumConnections = 64
    /// How long a connection may take from its beginning to the end of its answer.
    static let maximumConnectionTime: TimeAmount = .seconds(10)
    /// The bytes that a peer may send: probes and scrapers send a few hundred.
    static let maximumRequestBytes = 8_192

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let open = Atomic(0)
    private let pages: AdminPages

    init(_ pages: AdminPages) { self.pages = pages }

    /// Listens; answers where.
    func start(host: String, port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel) }
            }
            .bind(host: host, port: port).get()
    }

    /// Closes everything.
    func stop() async { try? await self.group.shutdownGracefully() }

    private func initialize(_ channel: any Channel) throws {
        let (_, count) = self.open.add(1, ordering: .relaxed)
        channel.closeFuture.whenComplete { _ in self.open.subtract(1, ordering: .relaxed) }
        guard count <= Self.maximumConnections else { throw ChannelError.connectTimeout(.zero) }
        // One limit on the whole connection, which serves one request, covers every way of being slow.
        let limit = channel.eventLoop.scheduleTask(in: Self.maximumConnectionTime) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in limit.cancel() }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(RequestSizeLimit(Self.maximumRequestBytes))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
        try pipeline.addHandler(AdminConnection(self.pages))
    }
}

/// Closes a connection whose peer sends too much.
private final class RequestSizeLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var remainingBytes: Int

    init(_ maximumBytes: Int) { self.remainingBytes = maximumBytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.remainingBytes -= self.unwrapInboundIn(data).readableBytes
        guard self.remainingBytes >= 0 else {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}

/// Answers the one request of a connection and closes it.
private final class AdminConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: AdminPages
    private var isAnswering = false

    init(_ pages: AdminPages) { self.pages = pages }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = self.unwrapInboundIn(data), !self.isAnswering else { return }
        self.isAnswering = true
        Self.answer(head, self.pages, context.channel)
    }

    private static func answer(_ head: HTTPRequestHead, _ pages: AdminPages, _ channel: any Channel) {
        Task {
            let answer = await pages.answer(head.method.rawValue, head.uri)
            channel.eventLoop.execute { self.write(answer, isHead: head.method == .HEAD, to: channel) }
        }
    }

    private static func write(_ answer: AdminPages.Answer, isHead: Bool, to channel: any Channel) {
        var headers: HTTPHeaders = [
            "Content-Type": answer.contentType, "Content-Length": String(answer.body.utf8.count),
            "Connection": "close", "Cache-Control": "no-store",
        ]
        if answer.status == 405 { headers.add(name: "Allow", value: "GET, HEAD") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if !isHead {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: answer.body))), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
