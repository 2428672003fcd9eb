internal import Synchronization

/// What a COPY … TO STDOUT gives, in chunks.
///
/// In the formats text and CSV a chunk holds whole rows, in binary whole rows with the header before the first and the
/// trailer behind the last. The server is read only when a chunk is asked for, so one chunk, 64 KiB or a longer row, is
/// held besides libpq's own buffer. One task at a time may ask, and nobody after the body that it was given to.
public struct PostgresCopyChunks: AsyncSequence, Sendable {
    /// A chunk.
    public typealias Element = [UInt8]

    private let session: CopySession
    private let state = State()

    init(_ session: CopySession) { self.session = session }

    /// All iterators share one position.
    public func makeAsyncIterator() -> Iterator { Iterator(session: self.session, state: self.state) }

    /// Asks for one chunk after the other.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let session: CopySession
        fileprivate let state: State

        /// The next chunk; nil once all rows came and the server has said so.
        ///
        /// - Throws: ``PostgresError``: what came before it is not all of the rows.
        public mutating func next() async throws(PostgresError) -> [UInt8]? {
            guard !self.state.isAtEnd.load(ordering: .relaxed) else { return nil }
            switch try await self.session.step(.read) {
            case .chunk(let chunk): return chunk
            case .ended:
                self.state.isAtEnd.store(true, ordering: .relaxed)
                return nil
            case .started, .written: throw CopySession.unexpected
            }
        }
    }

    fileprivate final class State: Sendable { let isAtEnd = Atomic<Bool>(false) }
}
