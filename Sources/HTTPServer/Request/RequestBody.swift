internal import NIOCore

/// What has come of a request's body and has not been taken, and who wants it. Bound to the event loop.
struct RequestBody {
    /// Who wants the body.
    enum Use {
        case unclaimed
        case collected(limit: Int, then: @Sendable (ByteBuffer) -> Void)
        case streamed(limit: Int)
        case delivered
    }

    typealias Waiter = CheckedContinuation<Result<ByteBuffer?, HTTPStreamError>, Never>

    var use = Use.unclaimed
    private(set) var isComplete: Bool
    /// What has come, coded as it was sent where it is collected, else as it is handed out.
    private(set) var received = ByteBuffer()
    /// The bytes that have been handed out.
    private(set) var takenBytes = 0
    /// What the server has counted for this body.
    var heldBytes = 0
    var inflater: Inflater?
    private var waiter: Waiter?
    private var failure: HTTPStreamError?

    init(isComplete: Bool) { self.isComplete = isComplete }

    var receivedBytes: Int { self.received.readableBytes }

    mutating func append(_ part: ByteBuffer, isWhole: Bool) {
        if isWhole, self.receivedBytes == 0 {
            self.received = part
        } else {
            // A part keeps the whole read alive that it came with: slow clients would hold much more than they sent.
            self.received.writeImmutableBuffer(part)
        }
    }

    mutating func takeReceived() -> ByteBuffer {
        let part = self.takeEarly()
        self.takenBytes += part.readableBytes
        return part
    }

    /// What came before the body was claimed.
    mutating func takeEarly() -> ByteBuffer {
        let part = self.received
        self.received = ByteBuffer()
        return part
    }

    mutating func complete() { self.isComplete = true }

    /// What a consumer gets now, unless it has to wait.
    private mutating func ready() -> Result<ByteBuffer?, HTTPStreamError>? {
        if self.receivedBytes > 0 { return .success(self.takeReceived()) }
        if let failure = self.failure { return .failure(failure) }
        return self.isComplete ? .success(nil) : nil
    }

    mutating func wait(_ waiter: Waiter) {
        if let ready = self.ready() {
            waiter.resume(returning: ready)
        } else if self.waiter != nil {
            waiter.resume(returning: .failure(HTTPStreamError(.cancelled, "another task waits for this body")))
        } else {
            self.waiter = waiter
        }
    }

    mutating func wakeWaiter() {
        guard let waiter = self.waiter, let ready = self.ready() else { return }
        self.waiter = nil
        waiter.resume(returning: ready)
    }

    mutating func cancelWaiter() {
        self.waiter?.resume(returning: .failure(.cancelled))
        self.waiter = nil
    }

    /// Nothing more comes. What was received whole can still be taken.
    mutating func end(_ error: HTTPStreamError) {
        self.inflater = nil
        self.use = .delivered
        if !self.isComplete {
            self.failure = error
            self.received = ByteBuffer()
        }
        self.wakeWaiter()
    }
}
