internal import Jobs

/// Cuts a stream of bytes into the chunks that jobs keep: all of ``FileLimits/chunkBytes`` but the last.
struct FileChunks {
    private var bytes: [UInt8] = []

    /// Takes bytes.
    ///
    /// - Returns: The chunks that are full now.
    mutating func append(_ more: [UInt8]) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = more[...]
        while self.bytes.count + rest.count >= FileLimits.chunkBytes {
            let missing = FileLimits.chunkBytes - self.bytes.count
            chunks.append(self.bytes + rest.prefix(missing))
            rest = rest.dropFirst(missing)
            self.bytes.removeAll(keepingCapacity: true)
        }
        self.bytes += rest
        return chunks
    }

    /// What is left at the end.
    var last: [UInt8]? { self.bytes.isEmpty ? nil : self.bytes }
}
