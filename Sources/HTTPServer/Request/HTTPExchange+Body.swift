internal import NIOCore
internal import Synchronization

extension HTTPExchange {
    func collect(_ limit: Int, _ connection: HTTPConnection, _ then: @escaping @Sendable (ByteBuffer) -> Void) {
        self.claim(.collected(limit: limit, then: then), limit, connection)
    }

    func streamBody(_ limit: Int, _ connection: HTTPConnection) {
        self.claim(.streamed(limit: limit), limit, connection)
    }

    private func claim(_ use: RequestBody.Use, _ limit: Int, _ connection: HTTPConnection) {
        guard case .unclaimed = self.body.use else { preconditionFailure("the body was asked for twice") }
        self.body.use = use
        if let length = self.contentLength, length > limit { return connection.refuse(.bodyTooLarge(limit)) }
        let early = self.body.takeEarly()
        if early.readableBytes > 0 {
            self.letGo(early.readableBytes, connection)
            self.take(early, connection)
        }
        guard self.connection != nil else { return }
        if self.body.isComplete { return self.bodyEnded(connection) }
        if case .collected = use { self.setUnderWay(false, connection) }
        self.wantMore(connection)
    }

    /// Tells the connection whether it should read on.
    private func wantMore(_ connection: HTTPConnection) {
        switch self.body.use {
        case .unclaimed, .delivered: break
        case .collected: connection.wantBody(isStreamed: false)
        case .streamed:
            if self.body.receivedBytes < connection.core.limits.streamedBodyBufferBytes {
                connection.wantBody(isStreamed: true)
            } else {
                connection.wantNoBody()
            }
        }
    }

    /// A part of the body came.
    func bodyArrived(_ part: ByteBuffer, _ connection: HTTPConnection) {
        if case .unclaimed = self.body.use {
            self.hold(part, connection)
        } else {
            self.take(part, connection)
            if self.connection != nil, case .streamed = self.body.use { self.wantMore(connection) }
        }
    }

    /// The body came to its end.
    func bodyEnded(_ connection: HTTPConnection) {
        self.body.complete()
        switch self.body.use {
        case .unclaimed, .delivered: break
        case .streamed:
            if let inflater = self.body.inflater, !inflater.isAtEnd { return connection.refuse(.gzipBroken) }
            self.wakeWaiter(connection)
        case .collected(let limit, let then): self.deliver(limit, connection, then)
        }
    }

    private func deliver(_ limit: Int, _ connection: HTTPConnection, _ then: @Sendable (ByteBuffer) -> Void) {
        guard self.setUnderWay(true, connection) else { return connection.shed(.overloaded) }
        var whole = self.body.takeReceived()
        if self.coding == .gzip, self.contentLength != 0 {
            do throws(HTTPRefusal) {
                whole = try connection.loop.inflate(whole, limit: limit, connection.core.limits)
            } catch {
                return connection.refuse(error)
            }
        }
        self.body.use = .delivered
        then(whole)
    }

    private func take(_ part: ByteBuffer, _ connection: HTTPConnection) {
        switch self.body.use {
        case .unclaimed, .delivered: break
        case .collected(let limit, _):
            guard self.body.receivedBytes + part.readableBytes <= limit else {
                return connection.refuse(.bodyTooLarge(limit))
            }
            self.hold(part, connection)
        case .streamed(let limit): self.takeStreamed(part, limit, connection)
        }
    }

    private func takeStreamed(_ part: ByteBuffer, _ limit: Int, _ connection: HTTPConnection) {
        var part = part
        if self.coding == .gzip {
            do throws(HTTPRefusal) {
                if self.body.inflater == nil { self.body.inflater = try Inflater() }
                part = try self.body.inflater?.inflate(part, limit: limit, connection.core.limits) ?? part
            } catch {
                return connection.refuse(error)
            }
        }
        guard self.body.takenBytes + self.body.receivedBytes + part.readableBytes <= limit else {
            return connection.refuse(.bodyTooLarge(limit))
        }
        self.hold(part, connection)
        if self.connection != nil { self.wakeWaiter(connection) }
    }

    private func hold(_ part: ByteBuffer, _ connection: HTTPConnection) {
        self.body.heldBytes += part.readableBytes
        guard connection.core.holdsBody(part.readableBytes) else { return connection.refuse(.overloaded) }
        self.body.append(part, isWhole: part.readableBytes == self.contentLength)
    }

    /// What has been handed out is held no longer.
    private func letGo(_ bytes: Int, _ connection: HTTPConnection) {
        self.body.heldBytes -= bytes
        connection.core.letGoOfBody(bytes)
    }
}

// MARK: - Streaming

extension HTTPExchange {
    /// The next part of a streamed body, or `nil` at its end.
    func nextChunk() async -> Result<ByteBuffer?, HTTPStreamError> {
        let cancellation = WaitCancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if self.eventLoop.inEventLoop {
                    self.wait(waiter, cancellation)
                } else {
                    self.eventLoop.execute { self.wait(waiter, cancellation) }
                }
            }
        } onCancel: {
            cancellation.request()
            self.eventLoop.execute { self.body.cancelWaiter() }
        }
    }

    private func wait(_ waiter: RequestBody.Waiter, _ cancellation: WaitCancellation) {
        self.countTaken { $0.wait(waiter) }
        if cancellation.isRequested { self.body.cancelWaiter() }
        guard let connection = self.connection, !self.body.isComplete else { return }
        self.wantMore(connection)
    }

    private func wakeWaiter(_ connection: HTTPConnection) { self.countTaken { $0.wakeWaiter() } }

    /// Does something by which bytes may be handed out, and counts them.
    private func countTaken(_ change: (inout RequestBody) -> Void) {
        let before = self.body.takenBytes
        change(&self.body)
        if let connection = self.connection { self.letGo(self.body.takenBytes - before, connection) }
    }
}

/// Whether a wait was cancelled, which may be before it has begun.
private final class WaitCancellation: Sendable {
    private let state = Atomic(false)

    var isRequested: Bool { self.state.load(ordering: .acquiring) }

    func request() { self.state.store(true, ordering: .releasing) }
}
