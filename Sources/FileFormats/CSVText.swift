/// Text of CSV as RFC 4180 has it, made field by field.
public struct CSVText: Sendable {
    /// What was made so far.
    public var bytes: [UInt8] = []
    private let delimiter: UInt8
    private var isAtStart = true

    /// - Parameter delimiter: What stands between fields; one ASCII character.
    public init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    /// Adds a field to the row, in quotation marks where it needs them.
    public mutating func field(_ text: some Collection<UInt8>) {
        if !self.isAtStart { self.bytes.append(self.delimiter) }
        self.isAtStart = false
        let needsQuotes = text.contains { byte in
            byte == self.delimiter || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r")
        }
        guard needsQuotes else { return self.bytes.append(contentsOf: text) }
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { self.bytes.append(byte) }
            self.bytes.append(byte)
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Adds a field of text.
    public mutating func field(_ text: String) { self.field(text.utf8) }

    /// Adds a number; nil: an empty field.
    public mutating func field(_ number: Int64?) { self.field(number.map { "\($0)" } ?? "") }

    /// Ends the row.
    public mutating func endRow() {
        self.bytes.append(UInt8(ascii: "\r"))
        self.bytes.append(UInt8(ascii: "\n"))
        self.isAtStart = true
    }
}
