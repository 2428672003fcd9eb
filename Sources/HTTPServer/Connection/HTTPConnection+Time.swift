internal import NIOCore

extension HTTPConnection {
    /// Does what is due.
    func timePassed(_ now: NIODeadline) {
        self.now = now
        self.lookAtWaitingBytes(now)
        guard self.context != nil, let expiry = self.state.expiry(now) else { return }
        switch expiry {
        case .idle, .rest: self.close(lingers: false)
        case .head: self.refuse(.headTooSlow)
        case .body: self.refuse(.bodyTooSlow)
        case .answer: self.refuse(.notAnswered)
        case .linger: self.context?.close(promise: nil)
        }
    }

    /// The bytes that the socket has not taken yet.
    var waitingByteCount: Int {
        guard self.mayHaveWaitingBytes, let options = self.context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Cuts off a client that takes nothing of what waits for it, or takes a whole answer too slowly.
    private func lookAtWaitingBytes(_ now: NIODeadline) {
        guard self.mayHaveWaitingBytes, self.context != nil else { return }
        let waiting = self.waitingByteCount
        defer { self.waitingBytes = waiting }
        guard waiting > 0 else {
            self.mayHaveWaitingBytes = false
            self.stallDeadline = .distantFuture
            return
        }
        if waiting != self.waitingBytes || self.stallDeadline == .distantFuture {
            self.stallDeadline = now + self.core.limits.stallTime
        }
        if self.stallDeadline <= now {
            self.cut(.stalled)
        } else if self.state.outbound != .streaming, self.state.answerDeadline <= now {
            self.cut(.late)
        }
    }
}
