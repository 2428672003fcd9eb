/// Writes a document of XML 1.0 in UTF-8 piece by piece: a pure machine whose bytes are taken with ``drain()``.
///
/// Elements without content are written as one tag. An element with text is written in one line; others are indented.
public struct XMLWriter: Sendable {
    private var bytes: [UInt8] = []
    private var path: [String] = []
    private let isIndented: Bool
    private var isInStartTag = false
    private var attributes: Set<String> = []
    private var hasText = false
    private var hasRoot = false

    /// A writer that has written the declaration.
    ///
    /// - Parameter isIndented: Whether each element begins a line, with two spaces for each above it.
    public init(isIndented: Bool = true) {
        self.isIndented = isIndented
        self.bytes += #"<?xml version="1.0" encoding="UTF-8"?>"#.utf8
        self.bytes.append(Self.lineFeed)
    }

    /// How many bytes wait for ``drain()``.
    public var byteCount: Int { self.bytes.count }

    /// Takes what has been written since the last time.
    public mutating func drain() -> [UInt8] {
        let bytes = self.bytes
        self.bytes = []
        return bytes
    }

    /// Begins an element.
    ///
    /// - Throws: ``XMLError`` `unwritable` where it is no name of ASCII, or a second root.
    public mutating func start(_ name: String) throws(XMLError) {
        guard Self.isName(name) else { throw Self.wrongName(name) }
        guard !self.path.isEmpty || !self.hasRoot else {
            throw XMLError(.unwritable, "the element \(name) would be a second root")
        }
        self.closeStartTag()
        self.beginLine()
        self.bytes.append(UInt8(ascii: "<"))
        self.bytes += name.utf8
        self.path.append(name)
        (self.isInStartTag, self.hasRoot, self.hasText) = (true, true, false)
        self.attributes.removeAll(keepingCapacity: true)
    }

    /// Adds an attribute to the element that has just begun.
    ///
    /// - Throws: ``XMLError`` `unwritable` where the element has content, or an attribute of that name, or the name or a
    ///   character of the value cannot be written.
    public mutating func attribute(_ name: String, _ value: String) throws(XMLError) {
        guard Self.isName(name) else { throw Self.wrongName(name) }
        guard self.isInStartTag else {
            throw XMLError(.unwritable, "the attribute \(name) comes behind its element's content")
        }
        try Self.check(value, of: name)
        guard self.attributes.insert(name).inserted else {
            throw XMLError(.unwritable, "the attribute \(name) is written twice")
        }
        self.bytes.append(UInt8(ascii: " "))
        self.bytes += name.utf8
        self.bytes += "=\"".utf8
        self.escape(value, isAttribute: true)
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Writes text into the element.
    ///
    /// - Throws: ``XMLError`` `unwritable` where there is no element, or XML has no way to carry a character.
    public mutating func text(_ text: String) throws(XMLError) {
        guard let name = self.path.last else { throw XMLError(.unwritable, "text stands outside of the root") }
        try Self.check(text, of: name)
        guard !text.isEmpty else { return }
        self.closeStartTag()
        self.escape(text, isAttribute: false)
        self.hasText = true
    }

    /// Ends the innermost element.
    ///
    /// - Throws: ``XMLError`` `unwritable` where there is none.
    public mutating func end() throws(XMLError) {
        guard let name = self.path.popLast() else { throw XMLError(.unwritable, "there is no element to end") }
        if self.isInStartTag {
            self.bytes += "/>".utf8
            self.isInStartTag = false
        } else {
            if !self.hasText { self.beginLine() }
            self.bytes += "</".utf8
            self.bytes += name.utf8
            self.bytes.append(UInt8(ascii: ">"))
        }
        self.hasText = false
        if self.path.isEmpty { self.bytes.append(Self.lineFeed) }
    }

    /// An element that holds a text and nothing else.
    ///
    /// - Throws: ``XMLError`` `unwritable`.
    public mutating func element(_ name: String, _ text: String) throws(XMLError) {
        try Self.check(text, of: name)
        try self.start(name)
        try self.text(text)
        try self.end()
    }

    private mutating func closeStartTag() {
        guard self.isInStartTag else { return }
        self.bytes.append(UInt8(ascii: ">"))
        self.isInStartTag = false
    }

    private mutating func beginLine() {
        guard self.isIndented, self.hasRoot, !self.hasText else { return }
        self.bytes.append(Self.lineFeed)
        self.bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * self.path.count))
    }

    /// Line ends and tabs of attributes are written as references, as a reader makes spaces of them otherwise.
    private mutating func escape(_ text: String, isAttribute: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): self.bytes += "&amp;".utf8
            case UInt8(ascii: "<"): self.bytes += "&lt;".utf8
            case UInt8(ascii: ">"): self.bytes += "&gt;".utf8
            case UInt8(ascii: "\"") where isAttribute: self.bytes += "&quot;".utf8
            case 0x09 where isAttribute: self.bytes += "&#9;".utf8
            case 0x0A where isAttribute: self.bytes += "&#10;".utf8
            case 0x0D: self.bytes += "&#13;".utf8
            default: self.bytes.append(byte)
            }
        }
    }

    /// XML 1.0 section 2.2: no control characters but tab and line ends, and neither U+FFFE nor U+FFFF.
    private static func check(_ text: String, of name: String) throws(XMLError) {
        for scalar in text.unicodeScalars {
            let value = scalar.value
            let isControl = value < 0x20 && value != 0x09 && value != 0x0A && value != 0x0D
            guard !isControl, value != 0xFFFE, value != 0xFFFF else {
                let hexadecimal = String(value, radix: 16, uppercase: true)
                let zeros = String(repeating: "0", count: max(0, 4 - hexadecimal.count))
                throw XMLError(
                    .unwritable, "\(name) has the character U+\(zeros)\(hexadecimal), which XML cannot carry")
            }
        }
    }

    private static func isName(_ name: String) -> Bool {
        let isFirst = { (byte: UInt8) in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
        }
        guard let first = name.utf8.first, isFirst(first) else { return false }
        return name.utf8.allSatisfy { byte in
            isFirst(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
        }
    }

    private static func wrongName(_ name: String) -> XMLError {
        XMLError(.unwritable, "\(XMLReader.oneLine(name)) is no name of letters and digits")
    }

    private static let lineFeed: UInt8 = 0x0A
}
