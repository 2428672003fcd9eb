internal import NIOCore
internal import ProtobufC
internal import Wire

/// The frames that a connection is about to send. Bound to the event loop.
///
/// Frames are collected in one block until the loop has worked off everything that was ready in its tick. So a read
/// that brings a hundred requests is answered by one system call, and a peer that waits on many connections is woken
/// once.
final class OutboundFrames {
    /// A block this large is handed to the channel at once.
    private static let flushThresholdBytes = 262_144

    private let loop: LoopContext
    private var context: ChannelHandlerContext?
    /// `nil` where the bytes are transformed on their way.
    private var socket: ChannelSocket?
    /// The bytes handed to the channel that it has not written yet.
    private var channelBytes = 0
    /// `nil` while nothing waits.
    private var bytes: OutputBytes?
    /// The bytes handed to the socket or the channel so far.
    private(set) var writtenBytes: UInt64 = 0
    /// The bytes of messages that wait for credit in the streams' queues.
    var queuedBytes = 0
    /// Called when more waits to be written than the limit allows; let go of by ``detach()``.
    var onOverflow: () -> Void = {}
    private let maximumWaitingBytes: Int

    init(_ loop: LoopContext, maximumWaitingBytes: Int) {
        self.loop = loop
        self.maximumWaitingBytes = maximumWaitingBytes
    }

    /// Where frames go.
    func attach(_ context: ChannelHandlerContext, isEncrypted: Bool) {
        self.context = context
        self.socket = isEncrypted ? nil : ChannelSocket(context.channel)
    }

    /// The connection is closed; frames are dropped from now on.
    func detach() {
        self.context = nil
        self.socket = nil
        self.bytes = nil
        self.onOverflow = {}
    }

    var isAttached: Bool { self.context != nil }

    /// Whether the channel takes more; what has been collected is handed to it first, where that is much.
    var isWritable: Bool {
        if (self.bytes?.count ?? 0) >= OutboundFrames.flushThresholdBytes { self.flush() }
        return self.context?.channel.isWritable ?? false
    }

    /// Adds a frame without meta; its length is filled in once the body is packed.
    @inline(__always)
    func write(_ header: FrameHeader, _ body: borrowing EncodedMessage) {
        guard let bytes = self.begin() else { return }
        bytes.append(upTo: FrameHeader.byteCount &+ body.maximumByteCount) { output in
            let bodyBytes = body.pack(into: UnsafeMutableRawBufferPointer(rebasing: output[FrameHeader.byteCount...]))
            var header = header
            header.length = FrameHeader.minimumLength &+ UInt32(truncatingIfNeeded: bodyBytes)
            header.write(to: output)
            return FrameHeader.byteCount &+ bodyBytes
        }
        self.end(bytes)
    }

    /// Adds a frame with bytes that are encoded already.
    func write(_ header: FrameHeader, meta: [UInt8] = [], body: ByteBufferView = ByteBuffer().readableBytesView) {
        precondition(
            meta.count + body.count == header.frameBytes - FrameHeader.byteCount, "the header does not fit the frame")
        guard let bytes = self.begin() else { return }
        bytes.append(FrameHeader.byteCount) { header.write(to: $0) }
        meta.withUnsafeBytes { bytes.append($0) }
        body.withUnsafeBytes { bytes.append($0) }
        self.end(bytes)
    }

    /// Adds a frame whose body is a span of bytes that are encoded already.
    func write(_ header: FrameHeader, body: borrowing RawSpan) {
        guard let bytes = self.begin() else { return }
        body.withUnsafeBytes { body in
            bytes.append(FrameHeader.byteCount &+ body.count) { output in
                header.write(to: output)
                UnsafeMutableRawBufferPointer(rebasing: output[FrameHeader.byteCount...]).copyMemory(from: body)
            }
        }
        self.end(bytes)
    }

    @inline(__always)
    private func begin() -> OutputBytes? {
        if let bytes = self.bytes { return bytes }
        return self.beginBlock()
    }

    @inline(never)
    private func beginBlock() -> OutputBytes? {
        guard self.context != nil else { return nil }
        let bytes = self.loop.takeOutput()
        self.bytes = bytes
        self.loop.flushLater(self)
        return bytes
    }

    @inline(__always)
    private func end(_ bytes: OutputBytes) {
        if bytes.count >= OutboundFrames.flushThresholdBytes { self.flush() }
    }

    /// Sends what was collected: by the socket itself as long as it takes everything, otherwise by the channel.
    @inline(never)
    func flush() {
        guard let bytes = self.bytes, let context = self.context else { return }
        self.bytes = nil
        self.writtenBytes &+= UInt64(bytes.count)
        var sent = 0
        if let socket = self.socket, self.channelBytes == 0 { sent = bytes.withBytes { socket.send($0) } }
        if sent == bytes.count {
            self.loop.giveBack(bytes)
        } else {
            self.write(bytes, from: sent, context)
        }
    }

    private func write(_ bytes: OutputBytes, from start: Int, _ context: ChannelHandlerContext) {
        let buffer = self.loop.buffer(of: bytes, from: start)
        let byteCount = buffer.readableBytes
        self.channelBytes += byteCount
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.channelBytes -= byteCount }
        context.writeAndFlush(NIOAny(buffer), promise: written)
        self.loop.giveBack(buffer)
        self.checkWaiting()
    }

    /// Sees whether more waits than the limit allows.
    func checkWaiting() {
        if self.channelBytes + self.queuedBytes > self.maximumWaitingBytes { self.onOverflow() }
    }
}

extension EncodedMessage {
    /// The packed bytes in a buffer of their own.
    var buffer: ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: self.maximumByteCount)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: self.maximumByteCount) { self.pack(into: $0) }
        return buffer
    }
}
