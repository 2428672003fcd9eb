internal import NIOCore
internal import ProtobufC
internal import Wire

/// The frames that a connection is about to send. Bound to the event loop.
///
/// Frames are collected in one buffer: while a read is being worked off until the read completes, otherwise until the tick ends. So a read that brings a hundred requests is answered
/// by one system call.
final class OutboundFrames {
    /// A buffer this large is handed to the channel even in the middle of a read.
    private static let flushThresholdBytes = 262_144

    private let loop: LoopContext
    private var context: ChannelHandlerContext?
    /// Without storage of its own while nothing waits.
    private var buffer = ByteBuffer()
    private var isFlushPending = false
    /// Whether a read is being worked off, at whose end ``flush()`` is called.
    var isReading = false
    /// The bytes handed to the channel so far.
    private(set) var writtenBytes: UInt64 = 0
    /// The bytes handed to the channel since it last was writable.
    private var bytesSinceWritable = 0
    /// The bytes of messages that wait for credit in the streams' queues.
    var queuedBytes = 0
    /// Called when more waits to be written than the limit allows.
    var onOverflow: () -> Void = {}
    private let maximumWaitingBytes: Int

    init(_ loop: LoopContext, maximumWaitingBytes: Int) {
        self.loop = loop
        self.maximumWaitingBytes = maximumWaitingBytes
    }

    /// Where frames go; `nil` once the connection is closed, after which they are dropped.
    func attach(_ context: ChannelHandlerContext?) {
        self.context = context
        if context == nil { self.buffer = ByteBuffer() }
    }

    var isAttached: Bool { self.context != nil }

    /// Whether the channel takes more; what has been collected is handed to it first, where that is much.
    var isWritable: Bool {
        if self.buffer.readableBytes >= OutboundFrames.flushThresholdBytes { self.flush() }
        return self.context?.channel.isWritable ?? false
    }

    /// Adds a frame without meta.
    @inline(__always)
    func write(_ header: FrameHeader, _ body: borrowing EncodedMessage) {
        self.withBuffer { buffer in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.byteCount &+ body.byteCount) { output in
                header.write(to: output)
                let written = body.pack(into: UnsafeMutableRawBufferPointer(rebasing: output[FrameHeader.byteCount...]))
                return FrameHeader.byteCount &+ written
            }
        }
    }

    /// Adds a frame with bytes that are encoded already.
    func write(_ header: FrameHeader, meta: [UInt8] = [], body: ByteBufferView = ByteBuffer().readableBytesView) {
        precondition(meta.count + body.count == header.frameBytes - FrameHeader.byteCount, "the header does not fit the frame")
        self.withBuffer { buffer in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.byteCount) { output in
                header.write(to: output)
                return FrameHeader.byteCount
            }
            buffer.writeBytes(meta)
            buffer.writeBytes(body)
        }
    }

    /// Adds a frame whose body is a span of bytes that are encoded already.
    func write(_ header: FrameHeader, body: borrowing RawSpan) {
        body.withUnsafeBytes { body in
            self.withBuffer { buffer in
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.byteCount &+ body.count) { output in
                    header.write(to: output)
                    UnsafeMutableRawBufferPointer(rebasing: output[FrameHeader.byteCount...]).copyMemory(from: body)
                    return FrameHeader.byteCount &+ body.count
                }
            }
        }
    }

    @inline(__always)
    private func withBuffer(_ body: (inout ByteBuffer) -> Void) {
        guard self.context != nil else { return }
        if self.buffer.storageCapacity == 0 { self.buffer = self.loop.takeBuffer() }
        body(&self.buffer)
        if !self.isReading {
            self.flushLater()
        } else if self.buffer.readableBytes >= OutboundFrames.flushThresholdBytes {
            self.flush()
        }
    }

    private func flushLater() {
        guard !self.isFlushPending else { return }
        self.isFlushPending = true
        self.loop.flushLater(self)
    }

    /// Hands what was collected to the channel.
    func flush() {
        self.isFlushPending = false
        guard self.buffer.readableBytes > 0, let context = self.context else { return }
        let buffer = self.buffer
        self.buffer = ByteBuffer()
        let byteCount = buffer.readableBytes
        self.writtenBytes &+= UInt64(byteCount)
        context.writeAndFlush(NIOAny(buffer), promise: nil)
        self.loop.giveBack(buffer)
        self.bytesSinceWritable = context.channel.isWritable ? 0 : self.bytesSinceWritable + byteCount
        if self.bytesSinceWritable + self.queuedBytes > self.maximumWaitingBytes { self.onOverflow() }
    }
}

extension EncodedMessage {
    /// The packed bytes in a buffer of their own.
    var buffer: ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: self.byteCount)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: self.byteCount) { self.pack(into: $0) }
        return buffer
    }
}
