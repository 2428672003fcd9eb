internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

extension ServerConnection {
    func receivedRequest(_ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan) {
        switch self.state.receivedRequest(header) {
        case .dispatch where self.runningCalls < Int(self.state.limits.maximumStreams): break
        case .ignore: return
        case .dispatch, .refuse:
            return self.refuse(
                header.stream,
                RPCError(
                    .resourceExhausted, "more than \(self.state.limits.maximumStreams) streams are open",
                    type: "overloaded", reason: .overloaded))
        case .violation(let violation):
            return self.close("\(violation)", goAway: self.state.isAwaitingHello ? nil : .internal)
        }
        do throws(RPCError) {
            try self.dispatch(header, meta: meta, body: body)
        } catch {
            self.refuse(header.stream, error)
        }
    }

    func dispatch(
        _ header: FrameHeader, meta: borrowing RawSpan, body: borrowing RawSpan
    ) throws(RPCError) {
        guard header.bodyBytes <= Int(self.state.limits.maximumMessageBytes) else { throw self.tooLarge }
        guard let method = self.core.methods[header.word] else {
            throw RPCError(.unimplemented, "there is no such method", type: "method-unknown", reason: .methodUnknown)
        }
        let arrival = try self.arrival(header, method, meta: meta)
        if !method.isAnonymous { try self.authorize(arrival.caller, method) }
        if method.hasInterceptors { try method.admit(arrival) }
        guard self.heldBytes + header.bodyBytes <= self.maximumHeldBytes else {
            throw RPCError(
                .resourceExhausted, "the connection's open requests hold \(self.heldBytes) bytes", type: "overloaded",
                reason: .overloaded)
        }
        guard method.takesCall else { throw method.concurrencyExceeded }
        let isAnnouncedLater = method.isBatch && !header.flags.contains(.more)
        if method.hasObserver, !isAnnouncedLater { method.callBegan() }
        do throws(RPCError) {
            try self.run(method, header, arrival, body)
        } catch {
            if method.hasObserver, isAnnouncedLater { method.callBegan() }
            self.callEnded(method, error.code, header, began: arrival.time)
            throw error
        }
    }

    /// Sees whether a caller may use a method. Most calls ask what the one before asked.
    @inline(__always)
    func authorize(_ caller: KnownCaller, _ method: ServerMethod) throws(RPCError) {
        guard self.authorizedCaller !== caller || self.authorizedMethod !== method else { return }
        try method.authorize(caller)
        self.authorizedCaller = caller
        self.authorizedMethod = method
    }

    @inline(__always)
    func arrival(
        _ header: FrameHeader, _ method: ServerMethod, meta: borrowing RawSpan
    ) throws(RPCError) -> CallArrival {
        let timeout = header.amount > 0 ? TimeAmount.microseconds(Int64(header.amount)) : method.timeout
        // The time-out counts from when the frame was read; frames late in a long read may have expired meanwhile.
        let deadline = self.now + timeout
        self.framesSinceClock &+= 1
        if self.framesSinceClock >= ServerConnection.framesPerClockReading {
            self.framesSinceClock = 0
            guard deadline > .now() else { throw ServerConnection.deadlineExceeded }
        }
        let caller = header.caller == self.lastCallerNumber ? self.lastCaller : try self.caller(header.caller)
        let details = header.metaLength > 0 ? try self.details(meta) : nil
        return CallArrival(caller: caller, deadline: deadline, time: self.now, details: details)
    }

    func caller(_ number: UInt32) throws(RPCError) -> KnownCaller {
        guard let caller = number == 0 ? self.ownCaller : self.callers[number] else {
            throw RPCError(
                .unauthenticated, "caller \(number) is not known on this connection", type: "caller-unknown",
                reason: .unauthenticated)
        }
        self.lastCallerNumber = number
        self.lastCaller = caller
        return caller
    }

    func details(_ meta: borrowing RawSpan) throws(RPCError) -> RequestDetails {
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        return RequestDetails(try FrameMeta(meta, in: arena))
    }

    func run(
        _ method: ServerMethod, _ header: FrameHeader, _ arrival: CallArrival, _ body: borrowing RawSpan
    ) throws(RPCError) {
        if case .streaming(let start) = method.handler {
            return self.startStreaming(method, header, arrival, body, start)
        }
        guard !header.flags.contains(.more) else { return self.assemble(method, header, arrival, body) }
        guard header.flags.contains(.endStream), !header.flags.contains(.noMessage) else {
            throw method.wrongMessageCount
        }
        try self.runWhole(method, header, arrival, body)
    }

    func runWhole(
        _ method: ServerMethod, _ header: FrameHeader, _ arrival: CallArrival, _ body: borrowing RawSpan
    ) throws(RPCError) {
        switch method.handler {
        case .inline(let run):
            let arena = self.loop.borrowArena()
            defer { self.loop.returnArena() }
            try run(body, InlineContext(self, method, header, arrival, arena: arena))
            self.callEnded(method, .ok, header, began: arrival.time)
        case .unary(let start):
            try start(body, ServerCall(self, method, header, arrival))
        case .batch(let handler):
            try self.addToBatch(method, handler, header, arrival, body)
        case .streaming:
            preconditionFailure("a streaming method has no whole request")
        }
    }

    /// A unary request that comes in pieces: it is kept until the last one is there.
    func assemble(
        _ method: ServerMethod, _ header: FrameHeader, _ arrival: CallArrival, _ body: borrowing RawSpan
    ) {
        let call = ServerCall(self, method, header, arrival)
        self.open(call)
        let inbound = InboundQueue(onConsumed: { _ in })
        inbound.receivedFragment(body)
        call.inbound = inbound
        call.hasStarted = false
    }

    /// The last piece of a unary request arrived.
    func runAssembled(_ call: ServerCall, _ body: borrowing RawSpan, isEnd: Bool) {
        guard !call.isAnswered, let inbound = call.inbound else { return }
        guard isEnd else { return self.fail(call, call.method.wrongMessageCount) }
        inbound.receivedFragment(body)
        let request = inbound.takeAssembly()
        call.inbound = nil
        call.hasStarted = true
        do throws(RPCError) {
            try self.runAssembled(call, request)
        } catch {
            self.fail(call, error)
        }
    }

    func runAssembled(_ call: ServerCall, _ request: ByteBuffer) throws(RPCError) {
        switch call.method.handler {
        case .unary(let start):
            try start(request.readableBytesSpan, call)
        case .inline, .batch:
            // The answer is written without the stream's help.
            self.forget(call)
            call.hasReturned = true
            do throws(RPCError) {
                try self.runWhole(call.method, call.header, call.arrival, request.readableBytesSpan)
            } catch {
                self.refuse(call.stream, error)
                self.callEnded(call.method, error.code, call.header, began: call.arrival.time)
            }
        case .streaming:
            preconditionFailure("a streaming method has no whole request")
        }
    }

    func startStreaming(
        _ method: ServerMethod, _ header: FrameHeader, _ arrival: CallArrival, _ body: borrowing RawSpan,
        _ start: (ServerCall) -> Void
    ) {
        let call = ServerCall(self, method, header, arrival)
        self.open(call)
        let stream = header.stream
        let connection = NIOLoopBound(self, eventLoop: self.loop.eventLoop)
        let inbound = InboundQueue(onConsumed: { cost in connection.value.consumed(cost, on: stream) })
        call.inbound = inbound
        if header.flags.contains(.more) {
            inbound.receivedFragment(body)
        } else if !header.flags.contains(.noMessage) {
            inbound.receivedMessage(body, cost: 0)
        }
        if header.flags.contains(.endStream) { inbound.ended() }
        start(call)
    }

    func consumed(_ cost: Int, on stream: UInt32) {
        guard cost > 0, let grant = self.state.consumed(cost, on: stream) else { return }
        self.frames.write(FrameHeader(.credit, stream: stream, amount: UInt32(grant)))
    }

    func addToBatch(
        _ method: ServerMethod, _ handler: ServerMethod.BatchHandler, _ header: FrameHeader, _ arrival: CallArrival,
        _ body: borrowing RawSpan
    ) throws(RPCError) {
        var calls = self.batches.first { $0.method === method }
        if calls == nil {
            let new = BatchCalls(self, method, handler)
            self.batches.append(new)
            calls = new
        }
        guard let calls else { return }
        try calls.append(header, arrival, body)
        if calls.count >= BatchCalls.maximumCount { self.runBatches() }
    }

    func runBatches() {
        guard !self.batches.isEmpty else { return }
        var batches: [BatchCalls] = []
        swap(&batches, &self.batches)
        for calls in batches { calls.run() }
    }

    /// Calls of a batch are answered later.
    func deferred(_ calls: BatchCalls, until deadline: NIODeadline) {
        self.deferredBatches.append(calls)
        self.timer.arm(deadline)
    }

    /// All calls of a batch that were deferred are over.
    func deferredEnded(_ calls: BatchCalls) {
        if let index = self.deferredBatches.firstIndex(where: { $0 === calls }) {
            self.deferredBatches.remove(at: index)
        }
        self.closeIfDrained()
    }

    /// A caller does not want an answer any more, which may be one of a batch.
    func cancelDeferred(_ stream: UInt32) { _ = self.deferredBatches.first { $0.cancelled(stream) } }

    static let deadlineExceeded = RPCError(
        .deadlineExceeded, "the deadline passed", type: "deadline-exceeded", reason: .deadlineExceeded)
}
