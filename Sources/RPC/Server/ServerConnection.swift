internal import Logging
internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

/// One connection of a server: the only channel handler behind TLS. Bound to the event loop.
///
/// It carries out what ``ServerConnectionState`` decides. Frames are taken in ``channelRead(context:data:)``; what
/// they cause is written into ``OutboundFrames`` and flushed once per read.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class ServerConnection: ChannelDuplexHandler, FrameReceiver, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The clock is read once per so many frames of a read.
    static let framesPerClockReading: UInt32 = 32

    let core: ServerCore
    let loop: LoopContext
    let frames: OutboundFrames
    var state: ServerConnectionState<ServerCall>
    var inbound: InboundFrames
    var callers: [UInt32: KnownCaller] = [:]
    var ownCaller = KnownCaller(.anonymous) {
        didSet { self.forgetLastCaller() }
    }
    /// Whose call came last, and what was allowed last: most calls are as the one before.
    var lastCallerNumber: UInt32 = 0
    var lastCaller: KnownCaller
    var authorizedCaller: KnownCaller?
    var authorizedMethod: ServerMethod?
    var batches: [BatchCalls] = []
    /// The batches with calls whose answers are still to come.
    var deferredBatches: [BatchCalls] = []
    var context: ChannelHandlerContext?
    let maximumHeldBytes: Int
    var isClosing = false
    /// The calls whose handlers were submitted and have not returned, and those of batches that were deferred together.
    var runningCalls = 0
    /// What the requests of open calls take.
    var heldBytes = 0
    var isReadHeld = false
    var isAuthenticating = false
    var isScanning = false
    var now = NIODeadline.uptimeNanoseconds(0)
    var framesSinceClock: UInt32 = 0
    var bytesRead: UInt64 = 0
    /// Made when first needed, so that an idle connection has none. It and ``frames`` hold the connection until
    /// ``handlerRemoved(context:)``: an object that weak references point to counts its references the slow way.
    lazy var timer = DeadlineTimer(self.loop.eventLoop) { now in self.timerFired(now) }
    var helloDeadline = NIODeadline.distantFuture
    var stallDeadline = NIODeadline.distantFuture
    /// Calls whose responses wait for the channel to become writable.
    var callsAwaitingWrite: [ServerCall] = []
    /// Told when the connection is gone.
    let onClosed: (ServerConnection) -> Void

    init(_ core: ServerCore, _ loop: LoopContext, onClosed: @escaping (ServerConnection) -> Void) {
        self.core = core
        self.loop = loop
        self.frames = OutboundFrames(loop, maximumWaitingBytes: core.configuration.limits.maximumQueuedBytes)
        self.state = ServerConnectionState(limits: core.configuration.limits)
        self.inbound = InboundFrames(maximumLength: core.configuration.limits.maximumFrameBytes)
        self.maximumHeldBytes = core.configuration.maximumHeldBytes
        self.lastCaller = self.ownCaller
        self.onClosed = onClosed
    }

    var remoteAddress: String { self.context?.channel.remoteAddress?.description ?? "unknown" }
}

extension ServerConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.frames.attach(context, isEncrypted: self.core.configuration.tls != nil)
        self.frames.onOverflow = { self.close("more than the limit waits to be written") }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.frames.detach()
        self.timer.stop()
    }

    func channelActive(context: ChannelHandlerContext) {
        self.core.observer?.connectionsChanged(by: 1)
        self.helloDeadline = .now() + self.core.configuration.helloTimeout
        self.timer.arm(self.helloDeadline)
        self.writeHello()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        self.bytesRead &+= UInt64(buffer.readableBytes)
        self.now = .now()
        self.isScanning = true
        self.inbound.receive(buffer, self)
        self.isScanning = false
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.endRead()
        if self.isClosing { self.inbound.stop() }
    }

    /// Runs what has been collected while frames were taken.
    func endRead() {
        self.runBatches()
        self.loop.handlerTasks.run()
        self.closeIfDrained()
    }

    /// Reading is held back while the peer does not read what it asked for, or while it is being authenticated.
    func read(context: ChannelHandlerContext) {
        if self.isAuthenticating || !context.channel.isWritable {
            self.isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            self.stallDeadline = .distantFuture
            self.releaseRead()
            self.sendAwaiting()
        } else {
            self.stallDeadline = .now() + self.core.configuration.stallTimeout
            self.timer.arm(self.stallDeadline)
        }
        context.fireChannelWritabilityChanged()
    }

    func releaseRead() {
        guard self.isReadHeld, !self.isAuthenticating, let context = self.context, context.channel.isWritable else {
            return
        }
        self.isReadHeld = false
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.close("the connection failed: \(error)", level: .info)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isClosing = true
        self.frames.detach()
        self.timer.stop()
        self.context = nil
        // A write may find the connection broken: what led to it must have returned before its streams are let go.
        self.loop.eventLoop.execute { self.closed() }
        context.fireChannelInactive()
    }

    private func closed() {
        self.endRead()
        let error = RPCError(.unavailable, "the connection was closed", type: "connection-closed", reason: .unavailable)
        for call in self.state.closed() { self.abandon(call, error) }
        for calls in self.deferredBatches { calls.abandon() }
        self.deferredBatches = []
        self.callsAwaitingWrite = []
        self.core.observer?.connectionsChanged(by: -1)
        self.core.observer?.transferred(bytesRead: self.bytesRead, bytesWritten: self.frames.writtenBytes)
        self.onClosed(self)
    }

    /// Closes the connection with one log line.
    ///
    /// - Parameters:
    ///   - goAway: What the peer is told, if it can be assumed to speak the protocol.
    func close(_ reason: String, level: Logger.Level = .warning, goAway: StatusCode? = nil) {
        guard !self.isClosing, let context = self.context else { return }
        self.isClosing = true
        self.core.logger.log(level: level, "connection closed: \(reason)", metadata: ["peer": "\(self.remoteAddress)"])
        if let goAway { self.writeGoAway(self.state.lastStream, goAway, reason) }
        self.frames.flush()
        context.close(promise: nil)
    }
}
