/// Takes the mark of UTF-8 off a file, however its bytes are cut into pieces; spreadsheets write one.
struct FileBeginning: Sendable {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The first bytes, until there are enough of them to tell; nil: that was told.
    private var head: [UInt8]? = []

    /// Takes the next bytes of the file.
    ///
    /// - Returns: What is to be read of them and of those before.
    /// - Throws: ``PriceFileFault`` where they are UTF-16.
    mutating func take(_ bytes: [UInt8]) throws(PriceFileFault) -> [UInt8] {
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
    mutating func complete() throws(PriceFileFault) -> [UInt8] {
        guard let head else { return [] }
        guard !head.isEmpty else {
            throw PriceFileFault(code: "empty-file", message: "the file is empty; nothing was imported")
        }
        self.head = nil
        return try Self.withoutMark(head)
    }

    private static func withoutMark(_ bytes: [UInt8]) throws(PriceFileFault) -> [UInt8] {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw PriceFileFault(code: "not-utf8", line: 1, message: "the file is UTF-16; save it as UTF-8")
        }
        return bytes.starts(with: Self.mark) ? Array(bytes.dropFirst(Self.mark.count)) : bytes
    }
}
