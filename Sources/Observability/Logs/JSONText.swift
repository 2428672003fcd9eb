/// Writes JSON into a buffer of bytes, without Foundation and without building values first.
struct JSONText {
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { self.bytes.reserveCapacity(capacity) }

    /// Appends text that is JSON already.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
    }

    mutating func append(_ bytes: some Sequence<UInt8>) { self.bytes.append(contentsOf: bytes) }

    /// Appends a quoted string of at most so many bytes of content, before escaping; what is cut off shows as `…`.
    mutating func append(quoted text: String, maximumBytes: Int = .max) {
        self.bytes.append(UInt8(ascii: "\""))
        let utf8 = text.utf8
        if utf8.count <= maximumBytes {
            // Most texts have nothing to escape, and are copied at once.
            if utf8.allSatisfy({ Self.isPlain($0) }) {
                self.bytes.append(contentsOf: utf8)
            } else {
                for byte in utf8 { self.append(escaped: byte) }
            }
        } else {
            for byte in JSONText.prefix(of: utf8, maximumBytes) { self.append(escaped: byte) }
            self.append("…")
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Appends `,"key":"value"`.
    mutating func append(member key: String, _ value: String, maximumBytes: Int) {
        self.bytes.append(UInt8(ascii: ","))
        self.append(quoted: key, maximumBytes: maximumBytes)
        self.bytes.append(UInt8(ascii: ":"))
        self.append(quoted: value, maximumBytes: maximumBytes)
    }

    /// The longest start of a text within a number of bytes that does not end inside a character.
    static func prefix(of utf8: String.UTF8View, _ maximumBytes: Int) -> Substring.UTF8View {
        var end = utf8.index(utf8.startIndex, offsetBy: maximumBytes, limitedBy: utf8.endIndex) ?? utf8.endIndex
        while end > utf8.startIndex, end < utf8.endIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return utf8[..<end]
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0x7F
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.append("\\\"")
        case UInt8(ascii: "\\"): self.append("\\\\")
        case UInt8(ascii: "\n"): self.append("\\n")
        case UInt8(ascii: "\r"): self.append("\\r")
        case UInt8(ascii: "\t"): self.append("\\t")
        case 0..<0x20, 0x7F:
            self.append("\\u00")
            self.bytes.append(JSONText.hexadecimal[Int(byte >> 4)])
            self.bytes.append(JSONText.hexadecimal[Int(byte & 15)])
        default: self.bytes.append(byte)
        }
    }
}
