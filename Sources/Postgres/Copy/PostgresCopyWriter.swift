/// Takes what a COPY … FROM STDIN is given: bytes in the format that the statement names.
///
/// Bytes are gathered into chunks. A write waits while the operating system takes no more, so a writer holds one chunk,
/// and its producer is as fast as the server.
public struct PostgresCopyWriter: ~Copyable {
    private let session: CopySession
    private var chunk: [UInt8] = []
    private var failure: PostgresError?
    let format: CopyMachine.Format

    init(_ session: CopySession, _ format: CopyMachine.Format) {
        self.session = session
        self.format = format
    }

    /// Whether the statement says `format binary`.
    public var isBinary: Bool { self.format.isBinary }

    /// How many columns the statement names.
    public var columns: Int { self.format.columns }

    /// Writes bytes; where they are cut does not matter.
    ///
    /// - Throws: ``PostgresError``: the server's, as soon as it refuses a row, or `cancelled`. Nothing of the COPY is kept.
    public mutating func write(_ bytes: some Sequence<UInt8>) async throws(PostgresError) {
        self.chunk.append(contentsOf: bytes)
        if self.chunk.count >= Connection.copyChunkBytes { try await self.flush() }
    }

    /// Writes text, such as a line of CSV with its line end.
    public mutating func write(_ text: String) async throws(PostgresError) { try await self.write(text.utf8) }

    /// Sends what is gathered. After a failure it fails for ever, so that a body that swallows one ends nothing well.
    mutating func flush() async throws(PostgresError) {
        if let failure { throw failure }
        do throws(PostgresError) {
            try await self.send()
        } catch {
            self.failure = error
            throw error
        }
    }

    private mutating func send() async throws(PostgresError) {
        var rest = self.chunk[...]
        while !rest.isEmpty {
            if Task.isCancelled {
                throw PostgresError(.cancelled, "cancelled; nothing of the COPY is kept", retry: .safe)
            }
            let part = rest.prefix(Connection.copyChunkBytes)
            rest = rest.dropFirst(part.count)
            guard case .written = try await self.session.step(.write(Array(part))) else {
                throw CopySession.unexpected
            }
        }
        self.chunk.removeAll(keepingCapacity: true)
    }
}
