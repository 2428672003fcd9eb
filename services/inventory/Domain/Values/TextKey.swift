/// Text by which rows are found, with its hash computed once.
///
/// Two keys are equal if their bytes are, as in the database. `String` compares by canonical equivalence, which would take
/// two rows for one.
struct TextKey: Hashable, Sendable {
    let text: String
    /// FNV-1a, 64 bits, over the bytes. The same in every process.
    let hash: UInt64

    init(_ text: String) {
        self.text = text
        var digest = FNV1a()
        digest.add(text)
        self.hash = digest.value
    }

    static func == (left: TextKey, right: TextKey) -> Bool {
        left.hash == right.hash && left.text.isEqualByBytes(to: right.text)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(self.hash) }

    static func < (left: TextKey, right: TextKey) -> Bool {
        left.text.isBeforeByBytes(right.text)
    }
}

extension String {
    /// Whether the bytes of UTF-8 are the same.
    fileprivate func isEqualByBytes(to other: String) -> Bool {
        let (left, right) = (self.utf8.span, other.utf8.span)
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    /// Whether this text comes first by its bytes of UTF-8, as in the database with collation "C".
    public func isBeforeByBytes(_ other: String) -> Bool {
        let (left, right) = (self.utf8.span, other.utf8.span)
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index]
        }
        return left.count < right.count
    }
}

/// FNV-1a with 64 bits, see the IETF draft "The FNV Non-Cryptographic Hash Algorithm".
struct FNV1a {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) { self.value = (self.value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    mutating func add(_ text: String) {
        for byte in text.utf8 { self.add(byte) }
    }

    mutating func add(_ word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) { self.add(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }
}
