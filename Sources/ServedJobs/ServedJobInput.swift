internal import JobsMessages
internal import RPC

/// The bytes of a job's file, piece by piece as they come.
public struct ServedJobInput: AsyncSequence, Sendable {
    /// A piece; it may be empty.
    public typealias Element = [UInt8]

    private let first: [UInt8]
    private let rest: RequestStream<SendJobInputRequest>

    init(first: [UInt8], rest: RequestStream<SendJobInputRequest>) {
        self.first = first
        self.rest = rest
    }

    /// Begins with the first piece; one task at a time.
    public func makeAsyncIterator() -> Iterator { Iterator(first: self.first, rest: self.rest.makeAsyncIterator()) }

    /// Takes the pieces one by one. Taking one lets the sender send more.
    public struct Iterator: AsyncIteratorProtocol {
        private var first: [UInt8]?
        private var rest: RequestStream<SendJobInputRequest>.Iterator

        init(first: [UInt8], rest: RequestStream<SendJobInputRequest>.Iterator) {
            self.first = first
            self.rest = rest
        }

        /// The next piece; nil when all has come.
        ///
        /// - Throws: `RPCError` where the file broke off.
        public mutating func next() async throws -> [UInt8]? {
            if let first = self.first {
                self.first = nil
                return first
            }
            return try await self.rest.next()?.data
        }
    }
}
