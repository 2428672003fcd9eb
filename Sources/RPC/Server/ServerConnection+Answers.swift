internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

extension ServerConnection {
    /// Answers a call whose stream was not opened.
    @inline(__always)
    func answer(_ call: borrowing UnopenedCall, _ response: borrowing EncodedMessage) {
        guard response.maximumByteCount <= WireLimits.fragmentBytes else {
            return self.answerInPieces(copy call, response.buffer)
        }
        self.frames.write(FrameHeader(.response, stream: call.header.stream), response)
    }

    /// Answers a call whose stream was not opened with bytes that are encoded already.
    func answer(_ call: borrowing UnopenedCall, _ bytes: borrowing RawSpan) {
        guard bytes.byteCount <= WireLimits.fragmentBytes else {
            let body = bytes.withUnsafeBytes { ByteBuffer(bytes: $0) }
            return self.answerInPieces(copy call, body)
        }
        self.frames.write(
            FrameHeader(.response, stream: call.header.stream, bodyBytes: bytes.byteCount), body: bytes)
    }

    /// A large answer of an inline or batch handler needs a stream after all, for its credit.
    func answerInPieces(_ call: UnopenedCall, _ body: ByteBuffer) {
        let call = ServerCall(self, call.method, call.header, call.arrival)
        // The handler that made the answer accounts for it.
        call.isAccountedFor = true
        self.finish(call, body)
    }

    /// Answers a stream that was not opened with a failure.
    func refuse(_ stream: UInt32, _ error: RPCError) {
        self.writeFailure(stream, error)
    }

    /// The handler of a call returned a response.
    func finish(_ call: ServerCall, _ response: borrowing EncodedMessage) {
        guard !call.isAnswered, call.extras == nil, response.maximumByteCount <= WireLimits.fragmentBytes
        else { return self.finish(call, response.buffer) }
        self.frames.write(FrameHeader(.response, stream: call.stream), response)
        call.isAnswered = true
        self.returned(call, .ok)
    }

    /// The handler of a call returned a response that is encoded already.
    func finish(_ call: ServerCall, encoded bytes: borrowing RawSpan) {
        guard !call.isAnswered, call.extras == nil, bytes.byteCount <= WireLimits.fragmentBytes else {
            return self.finish(call, bytes.withUnsafeBytes { ByteBuffer(bytes: $0) })
        }
        self.frames.write(FrameHeader(.response, stream: call.stream, bodyBytes: bytes.byteCount), body: bytes)
        call.isAnswered = true
        self.returned(call, .ok)
    }

    /// The handler of a call returned a response, or has written all of them.
    func finish(_ call: ServerCall, _ body: ByteBuffer? = nil) {
        guard !call.hasReturned else { return }
        guard !call.isAnswered else { return self.returned(call, .cancelled) }
        call.isAnswered = true
        self.open(call)
        let meta = self.metaBytes(FrameMeta(metadata: call.trailingMetadata))
        self.queue(call, body, ending: .response(.ok, meta: meta), nil)
        self.returned(call, .ok)
    }

    /// The handler of a call threw.
    func fail(_ call: ServerCall, _ error: RPCError) {
        guard !call.hasReturned else { return }
        if !call.isAnswered {
            call.isAnswered = true
            // Responses that wait for credit are overtaken: the call has failed as a whole.
            call.outbound?.failed(error)
            var error = error
            if error.metadata.isEmpty { error.metadata = call.trailingMetadata }
            self.writeFailure(call.stream, error)
        }
        self.returned(call, error.code)
    }

    func returned(_ call: ServerCall, _ code: StatusCode) {
        call.hasReturned = true
        if call.isRunning {
            call.isRunning = false
            self.runningCalls -= 1
        }
        call.inbound?.failed(ServerConnection.handlerReturned)
        self.endIfDone(call)
        guard !call.isAccountedFor else { return }
        call.isAccountedFor = true
        self.callEnded(call.method, code, call.header, began: call.arrival.time)
    }

    static let handlerReturned = RPCError(.failedPrecondition, "the handler has returned")

    func endIfDone(_ call: ServerCall) {
        guard call.isOpen, call.hasReturned, call.outbound?.isEmpty ?? true else { return }
        self.forget(call)
        self.closeIfDrained()
    }

    func forget(_ call: ServerCall) {
        call.isOpen = false
        self.heldBytes -= call.heldBytes
        call.heldBytes = 0
        self.state.ended(call.stream)
    }

    /// The accounts of a call that was admitted.
    func callEnded(_ method: ServerMethod, _ code: StatusCode, _ header: FrameHeader, began: NIODeadline) {
        method.callEnded()
        guard method.hasObserver, let observer = method.observer else { return }
        let nanoseconds = (NIODeadline.now() - began).nanoseconds
        observer.callEnded(
            method.descriptor, code, nanoseconds: UInt64(max(0, nanoseconds)), requestBytes: header.bodyBytes)
    }

    /// Nobody waits for the answer any more: the handler is told, and may take its time to return.
    func abandon(_ call: ServerCall, _ error: RPCError) {
        call.isAnswered = true
        call.inbound?.failed(error)
        call.outbound?.failed(error)
        call.cancel()
        if call.hasStarted {
            self.endIfDone(call)
        } else {
            self.returned(call, error.code)
        }
    }

    /// Puts a call's stream into the table.
    func open(_ call: ServerCall) {
        guard !call.isOpen, self.frames.isAttached else { return }
        call.isOpen = true
        self.hold(call.header.bodyBytes, for: call)
        self.state.opened(call.header, payload: call)
        self.timer.arm(call.arrival.deadline)
    }

    func hold(_ bytes: Int, for call: ServerCall) {
        call.heldBytes += bytes
        self.heldBytes += bytes
    }

    func writeFailure(_ stream: UInt32, _ error: RPCError) {
        let meta = self.metaBytes(FrameMeta(error))
        let header = FrameHeader(
            .response, flags: .noMessage, stream: stream, word: error.code.rawValue, metaBytes: meta.count)
        self.frames.write(header, meta: meta)
    }

    /// A meta section; without its details where they do not fit.
    func metaBytes(_ meta: FrameMeta) -> [UInt8] {
        guard !meta.isEmpty else { return [] }
        if let bytes = try? meta.protobuf.encodedBytes(), bytes.count <= Int(UInt16.max) { return bytes }
        var short = FrameMeta()
        short.message = meta.message
        short.problem = meta.problem.map { Problem(type: $0.type, reason: $0.reason) }
        guard let bytes = try? short.protobuf.encodedBytes(), bytes.count <= Int(UInt16.max) else { return [] }
        return bytes
    }
}
