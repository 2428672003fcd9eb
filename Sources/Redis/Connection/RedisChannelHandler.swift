internal import NIOCore

/// Who has a channel to a Redis server. All is called on the event loop.
protocol RedisChannelOwner: AnyObject {
    /// The channel takes bytes.
    func channelActive(_ handler: RedisChannelHandler<Self>)
    /// A whole reply arrived, the last of the block; false if no more is to be read.
    func received(_ handler: RedisChannelHandler<Self>, _ block: ReplyBlock) -> Bool
    /// What was there to be read has been read.
    func readEnded(_ handler: RedisChannelHandler<Self>)
    /// The channel is of no more use, for that reason. It closes itself.
    func channelFailed(_ handler: RedisChannelHandler<Self>, _ error: RedisError)
}

/// One channel to a Redis server: hands replies to its owner, and the owner's bytes to the socket.
final class RedisChannelHandler<Owner: RedisChannelOwner>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let owner: Owner
    private let reader: ReplyReader
    private var context: ChannelHandlerContext?
    private var isClosed = false

    init(_ owner: Owner, maximumReplyBytes: Int) {
        self.owner = owner
        self.reader = ReplyReader(maximumReplyBytes: maximumReplyBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.owner.channelActive(self) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        self.owner.channelActive(self)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosed else { return }
        let violation = self.unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            self.reader.read(bytes) { self.owner.received(self, self.reader.block) && !self.isClosed }
        }
        if let violation { self.fail(violation) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !self.isClosed { self.owner.readEnded(self) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(RedisError(.connectionLost, "\(error)", mayHaveRun: true))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(RedisError(.connectionLost, "the server closed the connection", mayHaveRun: true))
        context.fireChannelInactive()
    }

    /// Closes, and tells the owner why, once.
    func fail(_ error: RedisError) {
        guard !self.isClosed else { return }
        self.close()
        self.owner.channelFailed(self, error)
    }

    /// Closes; the owner hears no more.
    func close() {
        self.isClosed = true
        self.context?.close(promise: nil)
    }

    /// Sends a batch's bytes at once and empties it.
    func send(_ batch: inout RedisBatch) {
        self.context?.writeAndFlush(self.wrapOutboundOut(batch.bytes), promise: nil)
        batch.clear()
    }
}
