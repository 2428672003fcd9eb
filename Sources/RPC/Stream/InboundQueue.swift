internal import DequeModule
internal import NIOCore
internal import Wire

/// The messages of one stream that have arrived and that the application has not taken. Bound to the event loop.
///
/// What it holds is bounded by the stream's credit and the limit on messages.
final class InboundQueue {
    /// A message and what it cost.
    struct Item {
        var bytes: ByteBuffer
        var cost: Int
    }

    /// A message, the end, or the failure of the stream.
    typealias Outcome = Result<Item?, RPCError>

    private var items: Deque<Item> = []
    private var assembly = ByteBuffer()
    private var end: RPCError??
    private var waiter: UnsafeContinuation<Outcome, Never>?
    /// Told when the application takes a message.
    private let onConsumed: (_ cost: Int) -> Void

    init(onConsumed: @escaping (_ cost: Int) -> Void) { self.onConsumed = onConsumed }

    /// A piece of a message arrived.
    func receivedFragment(_ body: borrowing RawSpan) { self.append(body) }

    /// A message, or the last piece of one, arrived.
    func receivedMessage(_ body: borrowing RawSpan, cost: Int) {
        self.append(body)
        let bytes = self.assembly
        self.assembly = ByteBuffer()
        guard self.end == nil else { return }
        self.items.append(Item(bytes: bytes, cost: cost))
        self.serveWaiter()
    }

    /// What has been put together of a message whose last piece is elsewhere.
    func takeAssembly() -> ByteBuffer {
        defer { self.assembly = ByteBuffer() }
        return self.assembly
    }

    /// Nothing more will arrive; the application still gets what is there.
    ///
    /// - Parameter error: Why, if the stream did not end as it should.
    func ended(_ error: RPCError? = nil) {
        guard self.end == nil else { return }
        self.end = .some(error)
        self.serveWaiter()
    }

    /// The stream is given up: what is there is dropped.
    func failed(_ error: RPCError) {
        self.items.removeAll()
        self.assembly = ByteBuffer()
        self.end = .some(error)
        self.serveWaiter()
    }

    /// The next message if it need not be waited for.
    func takeReady() -> Outcome? {
        if let item = self.items.popFirst() {
            self.onConsumed(item.cost)
            return .success(item)
        }
        return self.end.map { error in error.map { .failure($0) } ?? .success(nil) }
    }

    /// Waits for the next message.
    func wait(_ continuation: UnsafeContinuation<Outcome, Never>) {
        if let ready = self.takeReady() {
            continuation.resume(returning: ready)
        } else if self.waiter != nil {
            let error = RPCError(.failedPrecondition, "two tasks take messages from one stream")
            continuation.resume(returning: .failure(error))
        } else {
            self.waiter = continuation
        }
    }

    /// The task that waits was cancelled: it gets CANCELLED, and the next message goes to whoever asks next.
    func cancelWaiter() {
        let waiter = self.waiter
        self.waiter = nil
        waiter?.resume(returning: .failure(RPCError(.cancelled, "the task that waited was cancelled")))
    }

    private func append(_ body: borrowing RawSpan) {
        body.withUnsafeBytes { _ = self.assembly.writeBytes($0) }
    }

    private func serveWaiter() {
        guard let waiter = self.waiter, let ready = self.takeReady() else { return }
        self.waiter = nil
        waiter.resume(returning: ready)
    }
}
