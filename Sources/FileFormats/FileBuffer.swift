/// The part of a file that a reader works on: where its bytes stand in the whole, and at which line.
public struct FileBuffer: Sendable {
    /// What is kept of the file.
    public private(set) var bytes: [UInt8] = []
    /// Where in ``bytes`` the reader is.
    public private(set) var position = 0
    /// Whether the file has no more bytes.
    public private(set) var isComplete = false
    /// The file's bytes before ``bytes``.
    private var dropped: Int64
    /// The line at the position, from 1 on.
    public private(set) var line: Int64

    /// A file from some point on.
    public init(offset: Int64, line: Int64) {
        self.dropped = offset
        self.line = line
    }

    /// The file's bytes before the position.
    public var offset: Int64 { self.dropped + Int64(self.position) }

    /// How many bytes wait behind the position.
    public var count: Int { self.bytes.count - self.position }

    /// Takes the next bytes of the file; what lies before the position is dropped.
    public mutating func append(_ more: [UInt8]) {
        self.dropped += Int64(self.position)
        if self.position == self.bytes.count {
            self.bytes = more
        } else {
            self.bytes.removeFirst(self.position)
            self.bytes += more
        }
        self.position = 0
    }

    /// Notes that the file has ended.
    public mutating func complete() { self.isComplete = true }

    /// Goes on.
    ///
    /// - Parameters:
    ///   - end: Where in ``bytes``; not before the position.
    ///   - lines: The ends of lines in between.
    public mutating func move(to end: Int, lines: Int64) {
        self.position = end
        self.line += lines
    }

    /// Goes on, and counts the ends of lines in between.
    public mutating func move(to end: Int) {
        var lines: Int64 = 0
        for index in self.position..<end where self.bytes[index] == UInt8(ascii: "\n") { lines += 1 }
        self.move(to: end, lines: lines)
    }

    /// Goes behind the end of the line at the position.
    ///
    /// - Returns: false if it is not there yet: then all bytes are passed over.
    public mutating func skipLine() -> Bool {
        guard let end = self.bytes[self.position...].firstIndex(of: UInt8(ascii: "\n")) else {
            self.move(to: self.bytes.count, lines: 0)
            return false
        }
        self.move(to: end + 1, lines: 1)
        return true
    }

    /// The beginning of the line at the position, for people: at most so many bytes.
    public func lineText(_ maximumBytes: Int) -> [UInt8] {
        let text = self.bytes[self.position...].prefix(maximumBytes)
        return Array(text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }
}

/// Why a row cannot be read.
public struct RowFault: Error, Hashable, Sendable {
    /// The field at fault; empty: the row as a whole.
    public var field: String
    /// For programs.
    public var reason: String
    /// What is wrong, for people.
    public var message: String
    /// What would be valid.
    public var expected: String

    /// What is wrong with a row.
    public init(field: String = "", reason: String, message: String, expected: String) {
        self.field = field
        self.reason = reason
        self.message = message
        self.expected = expected
    }

    /// A field that breaks its rule.
    public static func invalid(_ field: String, _ message: String, expected: String) -> RowFault {
        RowFault(field: field, reason: "field-invalid", message: "\(field) \(message)", expected: expected)
    }

    /// A row that is none.
    public static func malformed(_ message: String, expected: String) -> RowFault {
        RowFault(reason: "malformed-row", message: message, expected: expected)
    }
}
