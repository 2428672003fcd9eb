public import NIOCore

/// Writes the body of a streamed answer.
///
/// An answer whose writer is let go of before ``finish()`` is cut off, so that the client does not take it for whole.
public final class HTTPResponseWriter: Sendable {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    deinit {
        self.exchange.onLoop { exchange, connection in connection.abandonStream(exchange) }
    }

    /// Writes some bytes, and returns when there is room for more.
    ///
    /// Each write is sent at once, so that events reach their reader; write large bodies in large parts.
    ///
    /// - Throws: ``HTTPStreamError`` when the client has gone, does not read, or the answer has ended.
    public func write(_ bytes: ByteBuffer) async throws(HTTPStreamError) {
        let exchange = self.exchange
        let error = await withCheckedContinuation { (continuation: StreamWaiter.Continuation) in
            let waiter = StreamWaiter(continuation)
            if exchange.eventLoop.inEventLoop {
                exchange.write(bytes, waiter)
            } else {
                exchange.eventLoop.execute { exchange.write(bytes, waiter) }
            }
        }
        if let error { throw error }
    }

    /// Ends the answer. What was written before is sent.
    public func finish() {
        self.exchange.onLoop { exchange, connection in connection.finishStream(exchange) }
    }
}

/// A task that waits until there is room for more of an answer.
struct StreamWaiter: Sendable {
    typealias Continuation = CheckedContinuation<HTTPStreamError?, Never>

    private let continuation: Continuation

    init(_ continuation: Continuation) { self.continuation = continuation }

    func resume(_ error: HTTPStreamError?) { self.continuation.resume(returning: error) }
}

extension HTTPExchange {
    fileprivate func write(_ bytes: ByteBuffer, _ waiter: StreamWaiter) {
        guard let connection = self.connection else {
            return waiter.resume(self.isDisconnected ? .disconnected : .ended)
        }
        connection.writeStream(self, bytes, waiter)
    }
}
