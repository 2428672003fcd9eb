internal import FileFormats

/// Why a file cannot be read any further, or cannot be written: nothing of it may be kept.
public struct OrderFileFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// For programs: lower case with hyphens, such as "missing-column" or "file-cut-off".
    public var code: String
    /// The line at which it showed; 0: none.
    public var line: Int64
    /// What is wrong, and what would be right.
    public var message: String

    /// A fault at a line.
    public init(code: String, line: Int64 = 0, message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    /// Code, line and message.
    public var description: String {
        self.line > 0 ? "\(self.code) in line \(self.line): \(self.message)" : "\(self.code): \(self.message)"
    }
}

extension OrderFileFault {
    static func invalidOption(_ message: String) -> Self { Self(code: "invalid-option", message: message) }

    init(_ fault: FileBeginning.Fault) {
        switch fault {
        case .empty: self.init(code: "empty-file", message: "the file is empty; nothing was taken in")
        case .notUTF8: self.init(code: "not-utf8", line: 1, message: "the file is UTF-16; save it as UTF-8")
        }
    }

    /// The delimiter that options name.
    static func delimiter(_ text: String) throws(OrderFileFault) -> UInt8 {
        let bytes = Array((text.isEmpty ? "," : text).utf8)
        guard let byte = bytes.first, bytes.count == 1, byte < 0x80, !"\"\r\n\0".utf8.contains(byte) else {
            throw .invalidOption(
                "the delimiter \(Self.shown(text)) cannot be one; expected one ASCII character that is no "
                    + "quotation mark "
                    + "and no end of a line")
        }
        return byte
    }

    /// A name that a file or a caller gives, for people: its beginning.
    static func shown(_ name: String) -> String { String(name.prefix(64)).debugDescription }
}
