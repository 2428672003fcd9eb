internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

extension ServerConnection {
    /// Writes a response of a streaming call, if nothing stands in the way.
    ///
    /// - Returns: Whether it was written; `nil` where nobody waits for it any more.
    func sendNow(_ call: ServerCall, _ response: borrowing EncodedMessage) -> Bool? {
        guard !call.isAnswered else { return nil }
        guard call.initialMetadata.isEmpty, call.outbound?.isEmpty ?? true, self.frames.isWritable else { return false }
        let header = FrameHeader(
            .data, stream: call.stream, bodyBytes: min(response.byteCount, WireLimits.fragmentBytes))
        let isSent = self.state.withFlow(of: call.stream) { flow in
            guard let room = flow.sendableBytes(), room >= response.byteCount else { return false }
            flow.sentData(header)
            return true
        }
        guard isSent == true else { return false }
        self.frames.write(header, response)
        return true
    }

    /// Queues a response of a streaming call.
    func send(_ call: ServerCall, _ body: ByteBuffer, _ writer: OutboundQueue.Writer) {
        guard !call.isAnswered, !self.isClosing else { return writer.resume(returning: self.abandoned(call)) }
        self.queue(call, body, ending: .data([]), writer)
    }

    func abandoned(_ call: ServerCall) -> RPCError {
        call.arrival.deadline <= .now() ? ServerConnection.deadlineExceeded : RPCError(.cancelled, "the call is over")
    }

    func queue(
        _ call: ServerCall, _ body: ByteBuffer?, ending: OutboundQueue.Ending, _ writer: OutboundQueue.Writer?
    ) {
        // Once the connection is gone nothing would ever take it.
        guard self.frames.isAttached else {
            writer?.resume(returning: self.abandoned(call))
            return
        }
        let outbound = call.outbound ?? OutboundQueue(self.frames)
        call.outbound = outbound
        var meta: [UInt8] = []
        if case .data = ending, !call.initialMetadata.isEmpty {
            meta = self.metaBytes(FrameMeta(metadata: call.initialMetadata))
            call.initialMetadata = Metadata()
        }
        outbound.append(body, meta: meta, ending, writer)
        self.sendQueued(call)
    }

    func sendQueued(_ call: ServerCall) {
        guard let outbound = call.outbound, !outbound.isEmpty else { return }
        if outbound.send(call.stream, &self.state) { self.callsAwaitingWrite.append(call) }
        self.endIfDone(call)
    }

    func sendAwaiting() {
        var calls: [ServerCall] = []
        swap(&calls, &self.callsAwaitingWrite)
        for call in calls { self.sendQueued(call) }
    }
}
