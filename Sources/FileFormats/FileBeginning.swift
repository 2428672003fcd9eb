/// Takes the mark of UTF-8 off a file, however its bytes are cut into pieces; spreadsheets write one.
public struct FileBeginning: Sendable {
    /// Why a file cannot be read at all.
    public enum Fault: Error, Hashable, Sendable {
        /// It has no bytes.
        case empty
        /// It is UTF-16.
        case notUTF8
    }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The first bytes, until there are enough of them to tell; nil: that was told.
    private var head: [UInt8]? = []

    /// The beginning of a file.
    public init() {}

    /// Takes the next bytes of the file.
    ///
    /// - Returns: What is to be read of them and of those before.
    public mutating func take(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
        guard let head else { return bytes }
        let all = head + bytes
        guard all.count >= Self.mark.count else {
            self.head = all
            return []
        }
        self.head = nil
        return try Self.withoutMark(all)
    }

    /// What is left when there are no more bytes.
    public mutating func complete() throws(Fault) -> [UInt8] {
        guard let head else { return [] }
        guard !head.isEmpty else { throw .empty }
        self.head = nil
        return try Self.withoutMark(head)
    }

    private static func withoutMark(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else { throw .notUTF8 }
        return bytes.starts(with: Self.mark) ? Array(bytes.dropFirst(Self.mark.count)) : bytes
    }
}
