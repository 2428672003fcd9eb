internal import DequeModule
internal import NIOCore
internal import Wire

/// A connection's state machine as far as sending on a stream needs it.
protocol FlowHolder {
    mutating func withFlow<Result>(of stream: UInt32, _ body: (inout StreamFlow) -> Result) -> Result?
}

extension ServerConnectionState: FlowHolder {}
extension ClientConnectionState: FlowHolder {}

/// The messages of one stream that wait for credit or for the connection. Bound to the event loop.
///
/// A writer waits until its message has been written, so a queue holds one message for each task that writes.
final class OutboundQueue {
    /// What is sent behind the last fragment.
    enum Ending {
        /// DATA, with these flags.
        case data(FrameFlags)
        /// RESPONSE, with this status and meta.
        case response(StatusCode, meta: [UInt8])
    }

    typealias Writer = UnsafeContinuation<RPCError?, Never>

    private struct Entry {
        var body: ByteBuffer
        var hasMessage: Bool
        var meta: [UInt8]
        var ending: Ending
        var writer: Writer?
    }

    private var entries: Deque<Entry> = []
    /// Where frames go, and what counts the bytes that all queues of the connection hold.
    private let frames: OutboundFrames

    init(_ frames: OutboundFrames) { self.frames = frames }

    /// Whether nothing waits.
    var isEmpty: Bool { self.entries.isEmpty }

    /// Adds a message.
    ///
    /// - Parameters:
    ///   - body: The encoded message, or `nil` to send none.
    ///   - meta: The meta section of the message's first frame.
    ///   - writer: Resumed when the message has been written, or cannot be.
    func append(_ body: ByteBuffer?, meta: [UInt8] = [], _ ending: Ending, _ writer: Writer?) {
        self.entries.append(
            Entry(body: body ?? ByteBuffer(), hasMessage: body != nil, meta: meta, ending: ending, writer: writer))
        self.frames.queuedBytes += body?.readableBytes ?? 0
        self.frames.checkWaiting()
    }

    /// Sends as much as credit and connection allow.
    ///
    /// - Returns: Whether the connection, not the credit, is what the rest waits for.
    func send(_ stream: UInt32, _ state: inout some FlowHolder) -> Bool {
        while !self.entries.isEmpty {
            guard self.frames.isWritable else { return true }
            guard self.sendFrame(stream, &state) else { return false }
        }
        return false
    }

    /// Sends one frame of the first message.
    ///
    /// - Returns: Whether the credit sufficed.
    private func sendFrame(_ stream: UInt32, _ state: inout some FlowHolder) -> Bool {
        let entry = self.entries[0]
        if case .response(let status, let meta) = entry.ending, entry.body.readableBytes <= WireLimits.fragmentBytes {
            let header = FrameHeader(
                .response, flags: entry.hasMessage ? [] : .noMessage, stream: stream, word: status.rawValue,
                metaBytes: meta.count, bodyBytes: entry.body.readableBytes)
            self.frames.write(header, meta: meta, body: entry.body.readableBytesView)
            self.finishFirst(nil)
            return true
        }
        guard let room = state.withFlow(of: stream, { $0.sendableBytes(metaBytes: entry.meta.count) }) ?? nil,
            room > 0 || entry.body.readableBytes == 0
        else { return false }
        self.sendData(stream, entry, room: room, &state)
        return true
    }

    private func sendData(
        _ stream: UInt32, _ entry: Entry, room: Int, _ state: inout some FlowHolder
    ) {
        let count = min(room, entry.body.readableBytes)
        var flags: FrameFlags = .more
        var isLast = false
        if case .data(let last) = entry.ending, count == entry.body.readableBytes {
            flags = entry.hasMessage ? last : last.union(.noMessage)
            isLast = true
        }
        let header = FrameHeader(
            .data, flags: flags, stream: stream, metaBytes: entry.meta.count, bodyBytes: count)
        _ = state.withFlow(of: stream) { $0.sentData(header) }
        self.frames.write(header, meta: entry.meta, body: entry.body.readableBytesView.prefix(count))
        self.entries[0].meta = []
        self.entries[0].body.moveReaderIndex(forwardBy: count)
        self.frames.queuedBytes -= count
        if isLast { self.finishFirst(nil) }
    }

    /// The stream is over: nothing of what waits will be sent.
    func failed(_ error: RPCError) {
        while !self.entries.isEmpty { self.finishFirst(error) }
    }

    private func finishFirst(_ error: RPCError?) {
        let entry = self.entries.removeFirst()
        self.frames.queuedBytes -= entry.body.readableBytes
        entry.writer?.resume(returning: error)
    }
}
