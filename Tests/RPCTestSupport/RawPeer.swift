internal import EchoMessages
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import ProtobufC
package import RPCMessages
internal import Synchronization
package import Wire

/// A frame as a test writes or reads it.
package struct RawFrame: Sendable {
    package var header: FrameHeader
    package var meta: [UInt8]
    package var body: [UInt8]

    package init(_ header: FrameHeader, meta: [UInt8] = [], body: [UInt8] = []) {
        self.header = header
        self.header.metaLength = UInt16(meta.count)
        self.header.length = UInt32(20 + meta.count + body.count)
        self.meta = meta
        self.body = body
    }

    /// The frame at the front of some bytes, or `nil` where it is not complete.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= FrameHeader.byteCount else { return nil }
        let header = FrameHeader(Array(bytes.prefix(FrameHeader.byteCount)).span.bytes, at: 0)
        guard bytes.count >= header.frameBytes else { return nil }
        let rest = bytes.dropFirst(FrameHeader.byteCount)
        self.header = header
        self.meta = Array(rest.prefix(Int(header.metaLength)))
        self.body = Array(rest.dropFirst(Int(header.metaLength)).prefix(header.bodyBytes))
    }

    package var type: FrameType { self.header.type }
    package var stream: UInt32 { self.header.stream }
    package var status: StatusCode { StatusCode(rawValue: self.header.word) }

    /// The bytes on the wire.
    package var bytes: [UInt8] {
        var header = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        header.withUnsafeMutableBytes { self.header.write(to: $0) }
        return header + self.meta + self.body
    }
}

extension RawFrame {
    /// A HELLO.
    package static func hello(_ credential: String = "tester", limits: PeerLimits? = nil) throws -> RawFrame {
        let hello = Hello(
            maximumFrameBytes: limits?.maximumFrameBytes ?? 0, maximumMessageBytes: limits?.maximumMessageBytes ?? 0,
            maximumStreams: limits?.maximumStreams ?? 0, initialCreditBytes: limits?.initialCreditBytes ?? 0,
            credential: credential, agent: "test")
        return RawFrame(
            FrameHeader(.hello, word: WireLimits.magic, amount: WireLimits.version), body: try hello.encodedBytes())
    }

    /// A REQUEST with a whole message, unless the flags say otherwise.
    package static func request(
        _ method: UInt32, stream: UInt32, _ text: String = "", flags: FrameFlags = .endStream, timeout: UInt32 = 0,
        caller: UInt32 = 0, meta: [UInt8] = []
    ) throws -> RawFrame {
        RawFrame(
            FrameHeader(.request, flags: flags, stream: stream, word: method, amount: timeout, caller: caller),
            meta: meta, body: flags.contains(.noMessage) ? [] : try Text(text: text).encodedBytes())
    }

    /// A DATA with a message, unless the flags say otherwise.
    package static func data(_ stream: UInt32, _ text: String = "", flags: FrameFlags = []) throws -> RawFrame {
        RawFrame(
            FrameHeader(.data, flags: flags, stream: stream),
            body: flags.contains(.noMessage) ? [] : try Text(text: text).encodedBytes())
    }

    /// A CALLER.
    package static func caller(_ number: UInt32, principal: String, scopes: [String] = []) throws -> RawFrame {
        let caller = Caller(brand: "test", principal: principal, scopes: scopes)
        return RawFrame(FrameHeader(.caller, caller: number), body: try caller.encodedBytes())
    }

    /// A frame without meta and body.
    package static func bare(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, word: UInt32 = 0, amount: UInt32 = 0
    ) -> RawFrame {
        RawFrame(FrameHeader(type, flags: flags, stream: stream, word: word, amount: amount))
    }

    /// The text that the body holds.
    package var text: String? { (try? Text(decoding: self.body))?.text }
    /// What the meta section says of a failure.
    package var failure: Meta? { try? Meta(decoding: self.meta) }
}

/// One side of a TCP connection that sends and receives whatever a test likes.
package final class RawPeer: Sendable {
    private let channel: any Channel
    private let chunks: AsyncStream<[UInt8]>
    private let unread = Mutex<[UInt8]>([])

    init(_ channel: any Channel, _ chunks: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.chunks = chunks
    }

    /// Connects to a port of this host.
    package static func connect(to port: Int) async throws -> RawPeer {
        let (chunks, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawPeer(channel, chunks)
    }

    /// Connects, and exchanges HELLO.
    package static func greet(_ port: Int, _ credential: String = "tester") async throws -> RawPeer {
        let peer = try await RawPeer.connect(to: port)
        try await peer.write(.hello(credential))
        guard try await peer.next()?.type == .hello else { throw ChannelError.eof }
        return peer
    }

    /// Writes frames in one go. What the other side has closed takes nothing; that is no failure here.
    package func write(_ frames: RawFrame...) async throws { await self.write(frames.flatMap(\.bytes)) }

    /// Writes any bytes.
    package func write(_ bytes: [UInt8]) async {
        try? await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// The next frame, or `nil` where the other side has closed.
    package func next() async throws -> RawFrame? {
        while true {
            if let frame = self.takeFrame() { return frame }
            var iterator = self.chunks.makeAsyncIterator()
            guard let chunk = await iterator.next() else { return nil }
            self.unread.withLock { $0 += chunk }
        }
    }

    /// The next frame that is neither CREDIT nor PING.
    package func nextOfCall() async throws -> RawFrame? {
        while let frame = try await self.next() {
            if frame.type != .credit, frame.type != .ping { return frame }
        }
        return nil
    }

    /// The next frame of a type, whatever comes before.
    package func next(_ type: FrameType) async throws -> RawFrame? {
        while let frame = try await self.next() {
            if frame.type == type { return frame }
        }
        return nil
    }

    /// All frames until the other side closes.
    package func rest() async throws -> [RawFrame] {
        var frames: [RawFrame] = []
        while let frame = try await self.next() { frames.append(frame) }
        return frames
    }

    private func takeFrame() -> RawFrame? {
        self.unread.withLock { bytes in
            guard let frame = RawFrame(bytes[...]) else { return nil }
            bytes.removeFirst(frame.header.frameBytes)
            return frame
        }
    }

    /// Reads nothing any more, so that what the other side writes piles up there.
    package func stopReading() async throws { try await self.channel.setOption(.autoRead, value: false).get() }

    /// Reads again.
    package func resumeReading() async throws { try await self.channel.setOption(.autoRead, value: true).get() }

    /// Closes the connection.
    package func close() async { try? await self.channel.close().get() }

    /// Breaks the connection off, so that the other side sees it reset.
    package func reset() async {
        try? await (self.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        await self.close()
    }

    /// Waits until the other side has closed, without reading.
    package func waitForClose() async { try? await self.channel.closeFuture.get() }
}

/// Hands what arrives to a stream.
final class Receiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<[UInt8]>.Continuation

    init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.continuation.yield(Array(self.unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.continuation.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
