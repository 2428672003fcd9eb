internal import NIOCore
public import ProtobufC
internal import Synchronization

/// The requests of a client-streaming or bidirectional call, in order.
///
/// One task at a time may take from it. Taking a message lets the caller send more.
public struct RequestStream<Request: Message>: AsyncSequence, Sendable {
    /// A request.
    public typealias Element = Request
    /// How the call can fail.
    public typealias Failure = RPCError

    private let call: ServerCall

    @usableFromInline
    init(_ call: ServerCall) { self.call = call }

    /// Begins to take the requests; a second iterator goes on where the first is.
    public func makeAsyncIterator() -> Iterator { Iterator(call: self.call) }

    /// Takes the requests one by one.
    public struct Iterator: AsyncIteratorProtocol {
        let call: ServerCall

        /// The next request, or `nil` when the caller has ended its side.
        ///
        /// - Throws: ``RPCError``: INVALID_ARGUMENT for a message that is malformed or breaks a rule, CANCELLED,
        ///   DEADLINE_EXCEEDED, or UNAVAILABLE.
        public mutating func next() async throws(RPCError) -> Request? {
            guard let bytes = try await self.nextBytes() else { return nil }
            return try ArenaMemory.with { (arena) throws(RPCError) in
                Request(copying: try decodeRequest(Request.self, bytes.readableBytesSpan, in: arena))
            }
        }

        private func nextBytes() async throws(RPCError) -> ByteBuffer? {
            let call = self.call
            if call.isInEventLoop, let ready = call.inbound?.takeReady() { return try ready.get()?.bytes }
            let cancellation = WaitCancellation()
            let outcome = await withTaskCancellationHandler {
                await withUnsafeContinuation { (waiter: UnsafeContinuation<InboundQueue.Outcome, Never>) in
                    call.onEventLoop { call in
                        guard let inbound = call.inbound else { return waiter.resume(returning: .success(nil)) }
                        inbound.wait(waiter)
                        if cancellation.isRequested { inbound.cancelWaiter() }
                    }
                }
            } onCancel: {
                cancellation.request()
                call.onEventLoop { $0.inbound?.cancelWaiter() }
            }
            return try outcome.get()?.bytes
        }
    }
}

/// Whether a wait was cancelled, which may be before it has begun.
private final class WaitCancellation: Sendable {
    private let state = Atomic(false)

    var isRequested: Bool { self.state.load(ordering: .acquiring) }

    func request() { self.state.store(true, ordering: .releasing) }
}
