/// Finds a text in others, in time linear in both. Source: D. Knuth, J. Morris, V. Pratt, "Fast pattern matching in strings",
/// SIAM Journal on Computing 6 (1977).
struct ByteSearch: Hashable, Sendable {
    private let pattern: [UInt8]
    /// For each place, how long the longest beginning is that also ends there.
    private let borders: [Int]

    /// - Parameter pattern: Not empty.
    init(_ pattern: String) {
        let bytes = Array(pattern.utf8)
        var borders = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for place in bytes.indices.dropFirst() {
            while length > 0, bytes[place] != bytes[length] { length = borders[length - 1] }
            if bytes[place] == bytes[length] { length += 1 }
            borders[place] = length
        }
        self.pattern = bytes
        self.borders = borders
    }

    /// The parts between what is found, from left to right; one, where nothing is found.
    func parts(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        var parts: [String] = []
        var (begin, matched) = (0, 0)
        for (place, byte) in bytes.enumerated() {
            while matched > 0, byte != self.pattern[matched] { matched = self.borders[matched - 1] }
            if byte == self.pattern[matched] { matched += 1 }
            guard matched == self.pattern.count else { continue }
            parts.append(String(decoding: bytes[begin..<(place + 1 - matched)], as: UTF8.self))
            (begin, matched) = (place + 1, 0)
        }
        parts.append(String(decoding: bytes[begin...], as: UTF8.self))
        return parts
    }
}
