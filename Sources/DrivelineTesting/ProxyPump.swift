internal import NIOCore

/// Moves a connection's bytes in one direction, as the proxy's faults allow. Bound to the event loop, which is the same
/// for both ends.
final class ProxyPump: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Bytes that are kept for later; then no more are read, as by a network whose buffers are full.
    private static let maximumKeptBytes = 4 * 1_048_576

    private let direction: FaultProxy.Direction
    private let target: any Channel
    private let state: ProxyState
    /// The pump of the other direction.
    weak var opposite: ProxyPump?
    private var context: ChannelHandlerContext?
    private var held: [ByteBuffer] = []
    private var keptBytes = 0
    /// Nothing may overtake what was delayed before.
    private var passesAt = NIODeadline.uptimeNanoseconds(0)
    /// Nothing more goes on.
    private var isCut = false

    init(_ direction: FaultProxy.Direction, to target: any Channel, _ state: ProxyState) {
        self.direction = direction
        self.target = target
        self.state = state
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.updateReading()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        guard self.held.isEmpty else { return self.hold(bytes) }
        self.arrived(bytes)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // What is on its way still arrives, as behind a real end of stream.
        self.later { $0.target.close(promise: nil) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.opposite?.updateReading()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ProxyState.Event {
        case .resumed?:
            self.askAgain()
            self.opposite?.askAgain()
        case .forgotten?:
            self.isCut = true
            self.opposite?.isCut = true
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Reads only as long as what was read can be kept or sent on.
    func updateReading() {
        guard let channel = self.context?.channel else { return }
        let reads = self.keptBytes < Self.maximumKeptBytes && self.target.isWritable
        channel.setOption(.autoRead, value: reads).whenFailure { _ in channel.close(promise: nil) }
    }

    private func askAgain() {
        let held = self.held
        self.held = []
        for bytes in held {
            self.keptBytes -= bytes.readableBytes
            if self.held.isEmpty { self.arrived(bytes) } else { self.hold(bytes) }
        }
        self.updateReading()
    }

    private func arrived(_ bytes: ByteBuffer) {
        guard !self.isCut else { return }
        switch self.state.withFaults(self.direction, { $0.arrived(bytes.readableBytes) }) {
        case .pass: self.send(bytes)
        case .hold: self.hold(bytes)
        case .drop: break
        case .cut(let count):
            self.isCut = true
            if let rest = bytes.getSlice(at: bytes.readerIndex, length: count), count > 0 { self.send(rest) }
            self.later { pump in
                pump.target.close(promise: nil)
                pump.context?.close(promise: nil)
            }
        }
    }

    private func hold(_ bytes: ByteBuffer) {
        self.held.append(bytes)
        self.keptBytes += bytes.readableBytes
        self.updateReading()
    }

    private func send(_ bytes: ByteBuffer) {
        self.keptBytes += bytes.readableBytes
        self.later { pump in
            pump.keptBytes -= bytes.readableBytes
            pump.target.writeAndFlush(bytes, promise: nil)
            pump.updateReading()
        }
    }

    /// Does something when what arrives now may go on.
    private func later(_ action: @escaping (ProxyPump) -> Void) {
        let delay = self.state.withFaults(self.direction) { $0.delay }
        let now = NIODeadline.now()
        self.passesAt = max(self.passesAt, now + TimeAmount(delay))
        guard self.passesAt > now else { return action(self) }
        self.target.eventLoop.assumeIsolated().scheduleTask(deadline: self.passesAt) { action(self) }
    }
}
