internal import NIOCore

/// Gives bytes to the parser, and keeps those that must wait: the first channel handler behind TLS.
///
/// While a request is answered, what comes is kept as bytes, of which there is one read at the most, since the
/// connection asks for no other. What is given to the parser at once is little, so that no client can have thousands of
/// small requests parsed ahead.
///
/// Bound to the event loop.
final class RequestGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnection
    private var context: ChannelHandlerContext?
    private var held = ByteBuffer()
    private var isFeeding = false

    init(_ connection: HTTPConnection) { self.connection = connection }

    /// Whether bytes wait here.
    var isEmpty: Bool { self.held.readableBytes == 0 }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = self.unwrapInboundIn(data)
        self.connection.readBegan()
        if self.isEmpty {
            self.held = buffer
        } else {
            self.held.writeBuffer(&buffer)
        }
        self.feed()
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.fireChannelReadComplete() }

    /// Gives the parser what the connection wants of what is held.
    func feed() {
        guard !self.isFeeding, let context = self.context else { return }
        self.isFeeding = true
        defer { self.isFeeding = false }
        while !self.isEmpty, self.connection.wantsInput {
            guard !self.connection.isClosing else {
                self.connection.dropped(self.held.readableBytes)
                self.held = ByteBuffer()
                return
            }
            guard let piece = self.take(self.connection.inputAllowance) else { return }
            self.connection.willParse(piece)
            guard !self.connection.isClosing else { continue }
            context.fireChannelRead(self.wrapInboundOut(piece))
            self.connection.didParse()
        }
        if !self.isEmpty { self.connection.inputHeld(self.held.readableBytes) }
    }

    private func take(_ allowance: Int) -> ByteBuffer? {
        guard self.held.readableBytes > allowance else {
            // Held by nobody else now, so that the parser need not copy it.
            defer { self.held = ByteBuffer() }
            return self.held
        }
        return self.held.readSlice(length: allowance)
    }
}
