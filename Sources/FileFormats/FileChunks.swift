/// Cuts a stream of bytes into chunks of one length; the last may be shorter.
public struct FileChunks {
    private let chunkBytes: Int
    private var bytes: [UInt8] = []

    /// - Parameter chunkBytes: The length of each chunk but the last; at least 1.
    public init(chunkBytes: Int) { self.chunkBytes = max(1, chunkBytes) }

    /// Takes bytes.
    ///
    /// - Returns: The chunks that are full now.
    public mutating func append(_ more: [UInt8]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = more[...]
        while self.bytes.count + rest.count >= self.chunkBytes {
            let missing = self.chunkBytes - self.bytes.count
            chunks.append(self.bytes + rest.prefix(missing))
            rest = rest.dropFirst(missing)
            self.bytes.removeAll(keepingCapacity: true)
        }
        self.bytes += rest
        return chunks
    }

    /// What is left at the end.
    public var last: [UInt8]? { self.bytes.isEmpty ? nil : self.bytes }
}
