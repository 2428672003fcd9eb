public import Gzip

/// The bytes of a file, decompressed where it is gzip: a pure machine that is given the file in pieces.
///
/// Whether it is gzip is told by how it begins, which no text in UTF-8 does. Take all of ``next()`` behind each
/// ``append(_:)`` and behind ``complete()``.
public struct FileUnpacking {
    private enum State {
        /// The first bytes, until there are enough of them to tell.
        case beginning([UInt8])
        /// It comes as it is; what waits to be taken.
        case plain([UInt8])
        case gzip(GzipDecoder)
    }

    private let limits: GzipDecoder.Limits
    private var state: State
    /// Whether nothing decompressed was given yet.
    private var isAtStart = true

    /// A file.
    ///
    /// - Parameters:
    ///   - limits: What it may come to if it is gzip.
    ///   - isGzip: Whether it must be, whatever it begins with, as its name or sender says so.
    public init(_ limits: GzipDecoder.Limits, isGzip: Bool = false) throws(GzipError) {
        self.limits = limits
        self.state = isGzip ? .gzip(try GzipDecoder(limits)) : .beginning([])
    }

    /// Takes the next bytes of the file.
    public mutating func append(_ bytes: [UInt8]) throws(GzipError) {
        switch self.state {
        case .beginning(let start):
            let head = start + bytes
            guard head.count >= GzipDecoder.magic.count else {
                self.state = .beginning(head)
                return
            }
            guard head.starts(with: GzipDecoder.magic) else {
                self.state = .plain(head)
                return
            }
            let decoder = try GzipDecoder(self.limits)
            decoder.append(head)
            self.state = .gzip(decoder)
        case .plain(let waiting): self.state = .plain(waiting.isEmpty ? bytes : waiting + bytes)
        case .gzip(let decoder): decoder.append(bytes)
        }
    }

    /// Notes that the file has ended.
    ///
    /// - Throws: `GzipError` where a compressed file is not complete.
    public mutating func complete() throws(GzipError) {
        switch self.state {
        case .beginning(let head): self.state = .plain(head)
        case .plain: break
        case .gzip(let decoder): try decoder.complete()
        }
    }

    /// The next bytes of the content; nil: there are none as yet.
    public mutating func next() throws(GzipError) -> [UInt8]? {
        switch self.state {
        case .beginning: return nil
        case .plain(let waiting):
            self.state = .plain([])
            return waiting.isEmpty ? nil : waiting
        case .gzip(let decoder):
            guard let piece = try decoder.next() else { return nil }
            if self.isAtStart, piece.starts(with: GzipDecoder.magic) { throw .compressedTwice }
            self.isAtStart = false
            return piece
        }
    }
}
