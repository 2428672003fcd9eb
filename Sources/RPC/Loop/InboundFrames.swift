internal import NIOCore
internal import Wire

/// What takes the frames of a connection.
protocol FrameReceiver: AnyObject {
    /// A whole frame arrived; the spans end with the call.
    func received(_ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) -> FrameVerdict
    /// What arrived is not a frame, or one too large.
    func received(_ violation: Violation)
}

/// What is to become of the bytes behind a frame.
enum FrameVerdict {
    /// Go on.
    case next
    /// Keep them until ``InboundFrames/resume(_:)``.
    case pause
    /// Drop them; the connection is being closed.
    case stop
}

/// Cuts what a connection reads into frames, in one loop per read and without copying: only an incomplete frame at
/// the end is kept.
struct InboundFrames {
    private let maximumLength: UInt32
    private var kept: ByteBuffer?
    private var verdict = FrameVerdict.next

    init(maximumLength: UInt32) { self.maximumLength = maximumLength }

    /// The bytes that wait for the rest of their frame, or for the end of a pause.
    var keptBytes: Int { self.kept?.readableBytes ?? 0 }

    /// Takes what was read.
    @inline(__always)
    mutating func receive(_ buffer: ByteBuffer, _ receiver: some FrameReceiver) {
        var buffer = buffer
        if var joined = self.kept.take() {
            joined.writeBuffer(&buffer)
            buffer = joined
        }
        switch self.verdict {
        case .next: self.scan(&buffer, receiver)
        case .pause: self.kept = buffer
        case .stop: break
        }
    }

    /// Ends a pause.
    mutating func resume(_ receiver: some FrameReceiver) {
        guard self.verdict == .pause else { return }
        self.verdict = .next
        guard var kept = self.kept.take() else { return }
        self.scan(&kept, receiver)
    }

    /// Drops what is kept and whatever comes.
    mutating func stop() {
        self.verdict = .stop
        self.kept = nil
    }

    @inline(__always)
    private mutating func scan(_ buffer: inout ByteBuffer, _ receiver: some FrameReceiver) {
        let (consumed, verdict) = self.scan(buffer.readableBytesSpan, receiver)
        self.verdict = verdict
        buffer.moveReaderIndex(forwardBy: consumed)
        guard buffer.readableBytes > 0, verdict != .stop else { return }
        // A copy, so that the channel can use its receive buffer again.
        var kept = ByteBufferAllocator().buffer(capacity: max(buffer.readableBytes, 1_024))
        kept.writeBuffer(&buffer)
        self.kept = kept
    }

    @inline(__always)
    private func scan(_ bytes: RawSpan, _ receiver: some FrameReceiver) -> (consumed: Int, FrameVerdict) {
        var offset = 0
        while offset < bytes.byteCount {
            switch FrameHeader.scan(bytes, at: offset, maximumLength: self.maximumLength) {
            case .frame(let header):
                let metaStart = offset &+ FrameHeader.byteCount
                let bodyStart = metaStart &+ Int(header.metaLength)
                offset = offset &+ header.frameBytes
                let verdict = receiver.received(
                    header,
                    meta: bytes.extracting(metaStart..<bodyStart),
                    body: bytes.extracting(bodyStart..<offset)
                )
                if verdict != .next { return (offset, verdict) }
            case .incomplete:
                return (offset, .next)
            case .violation(let violation):
                receiver.received(violation)
                return (offset, .stop)
            }
        }
        return (offset, .next)
    }
}
