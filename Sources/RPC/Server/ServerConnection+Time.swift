internal import Logging
internal import NIOCore
internal import ProtobufC
internal import RPCMessages
internal import Wire

extension ServerConnection {
    /// Does what is due.
    ///
    /// - Returns: When the next is.
    func timerFired(_ now: NIODeadline) -> NIODeadline {
        guard !self.isClosing else { return .distantFuture }
        if self.helloDeadline <= now {
            self.close("no HELLO within the time limit", level: .info)
        } else if self.stallDeadline <= now {
            self.close("the peer reads nothing")
        }
        guard !self.isClosing else { return .distantFuture }
        var next = min(self.expireCalls(now), self.helloDeadline, self.stallDeadline)
        for calls in self.deferredBatches { next = min(next, calls.expire(now)) }
        return next
    }

    func expireCalls(_ now: NIODeadline) -> NIODeadline {
        var next = NIODeadline.distantFuture
        var expired: [ServerCall] = []
        self.state.streams.visit { _, stream in
            let call = stream.payload
            // An answer that waits for credit expires too: a caller that gives none must not hold it for ever.
            guard !call.isAnswered || !(call.outbound?.isEmpty ?? true) else { return }
            if call.arrival.deadline <= now {
                expired.append(call)
            } else {
                next = min(next, call.arrival.deadline)
            }
        }
        for call in expired {
            self.writeFailure(call.stream, ServerConnection.deadlineExceeded)
            self.abandon(call, ServerConnection.deadlineExceeded)
        }
        return next
    }
}

extension ServerConnection {
    /// Takes no new work and closes when the present is done.
    func drain() {
        guard !self.isClosing else { return }
        guard self.state.drainBegan() else {
            if self.state.isAwaitingHello { self.close("draining", level: .debug) }
            return
        }
        self.writeGoAway(WireLimits.maximumStreamID, .ok, "draining")
        self.frames.write(FrameHeader(.ping))
    }

    func closeIfDrained() {
        // Calls that are about to be run are not in the table yet.
        if self.state.isDrained, self.runningCalls == 0, self.batches.isEmpty { self.close("drained", level: .debug) }
    }

    func writeGoAway(_ lastStream: UInt32, _ status: StatusCode, _ reason: String) {
        self.write(.goAway, stream: lastStream, word: status.rawValue, GoAway(reason: String(reason.prefix(1_024))))
    }

    func write(
        _ type: FrameType, stream: UInt32 = 0, word: UInt32, amount: UInt32 = 0, _ message: some Message
    ) {
        let arena = self.loop.borrowArena()
        defer { self.loop.returnArena() }
        guard let encoded = try? message.encoded(in: arena) else { return }
        let header = FrameHeader(type, stream: stream, word: word, amount: amount)
        self.frames.write(header, encoded)
    }
}
