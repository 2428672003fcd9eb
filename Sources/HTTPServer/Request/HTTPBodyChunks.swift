public import NIOCore

/// A request's body in parts as they come.
///
/// One task at a time may take from it. Taking a part lets the server read more.
public struct HTTPBodyChunks: AsyncSequence, Sendable {
    /// Some bytes, at least one.
    public typealias Element = ByteBuffer
    /// How the body can fail.
    public typealias Failure = HTTPStreamError

    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    /// Begins to take the parts; a second iterator goes on where the first is.
    public func makeAsyncIterator() -> Iterator { Iterator(exchange: self.exchange) }

    /// Takes the parts one by one.
    public struct Iterator: AsyncIteratorProtocol {
        let exchange: HTTPExchange

        /// The next part, or `nil` at the end of the body.
        ///
        /// - Throws: ``HTTPStreamError``, also where the server has refused the body: it has then been answered.
        public mutating func next() async throws(HTTPStreamError) -> ByteBuffer? {
            try await self.exchange.nextChunk().get()
        }
    }
}
