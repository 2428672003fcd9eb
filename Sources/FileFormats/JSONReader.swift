/// A document of a JSON file, as its bytes.
public struct JSONRecord: Sendable {
    /// The file's bytes before it.
    public fileprivate(set) var offset: Int64 = 0
    /// Its first line, from 1 on.
    public fileprivate(set) var line: Int64 = 0
    /// What is wrong with it.
    public fileprivate(set) var fault: RowFault?
    /// Whether it is faulty in that no end was found: within the limit, or before the file's.
    public fileprivate(set) var isEndless = false
    /// The document; of a faulty one the beginning.
    public fileprivate(set) var text: [UInt8] = []

    /// A place for records.
    public init() {}
}

/// Cuts a file of JSON into its documents, in bounded memory: a pure machine that is given the file in pieces.
///
/// The documents are objects that stand alone, in one array, or one behind the other with or without commas. What stands
/// between them and is none is a fault of its own, up to the end of its line; reading goes on behind it.
public struct JSONReader: Sendable {
    /// The most bytes of a document where nothing else is said; what is longer is passed over line by line.
    public static let maximumDocumentBytes = 131_072
    /// How much of a faulty document is shown, in bytes.
    public static let shownBytes = CSVReader.shownBytes

    /// What is read; further bytes are appended to it.
    public var buffer: FileBuffer
    /// How many lists are open that documents stand in: above 0 at the end, the file was cut off.
    public private(set) var openLists = 0
    private let maximumDocumentBytes: Int
    private var end = JSONObjectEnd()
    /// Whether the rest of a line that is at fault is passed over.
    private var isSkipping = false

    /// A reader.
    ///
    /// - Parameters:
    ///   - buffer: The file, from where it is to be read.
    ///   - maximumDocumentBytes: The most bytes of a document. So many are kept, and those of the pieces that are
    ///     appended.
    public init(_ buffer: FileBuffer, maximumDocumentBytes: Int = JSONReader.maximumDocumentBytes) {
        self.buffer = buffer
        self.maximumDocumentBytes = maximumDocumentBytes
    }

    /// Reads the next document.
    public mutating func next(into record: inout JSONRecord) -> CSVReader.Step {
        if self.isSkipping {
            self.isSkipping = !self.buffer.skipLine()
            if self.isSkipping { return self.buffer.isComplete ? .end : .needsMore }
        }
        self.skipBetween()
        guard self.buffer.count > 0 else { return self.buffer.isComplete ? .end : .needsMore }
        record.offset = self.buffer.offset
        record.line = self.buffer.line
        record.fault = nil
        record.isEndless = false
        guard self.buffer.bytes[self.buffer.position] == UInt8(ascii: "{") else {
            self.fail(&record, Self.noDocument)
            return .record
        }
        // Each byte is looked at once, however small the pieces are in which a long document comes.
        let seen = self.buffer.bytes[self.buffer.position...].prefix(self.maximumDocumentBytes)
        if self.end.find(in: seen.dropFirst(self.end.count)) {
            let end = self.buffer.position + self.end.count
            record.text = Array(self.buffer.bytes[self.buffer.position..<end])
            self.buffer.move(to: end)
        } else if self.buffer.count > self.maximumDocumentBytes || self.buffer.isComplete {
            let isCutOff = self.buffer.count <= self.maximumDocumentBytes
            record.isEndless = true
            self.fail(&record, isCutOff ? Self.open : self.tooLong)
        } else {
            return .needsMore
        }
        self.end = JSONObjectEnd()
        return .record
    }

    private mutating func fail(_ record: inout JSONRecord, _ fault: RowFault) {
        record.fault = fault
        record.text = self.buffer.lineText(Self.shownBytes)
        self.isSkipping = !self.buffer.skipLine()
    }

    /// White space, and what joins documents.
    private mutating func skipBetween() {
        var index = self.buffer.position
        var lines: Int64 = 0
        let bytes = self.buffer.bytes
        loop: while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n"): lines += 1
            case UInt8(ascii: "["): self.openLists += 1
            case UInt8(ascii: "]"): self.openLists = max(0, self.openLists - 1)
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ","): break
            default: break loop
            }
            index += 1
        }
        self.buffer.move(to: index, lines: lines)
    }

    private static let noDocument = RowFault.malformed(
        "something stands between the documents", expected: "objects, alone, in an array, or one behind the other")
    private static let open = RowFault.malformed("the document has no end", expected: "a closing brace")
    private var tooLong: RowFault {
        .malformed(
            "the document has more than \(self.maximumDocumentBytes) bytes",
            expected: "at most \(self.maximumDocumentBytes) bytes")
    }
}

/// Finds the brace that closes an object, however its bytes are cut into pieces. What is within is not checked.
private struct JSONObjectEnd: Sendable {
    /// How many of the object's bytes were looked at.
    private(set) var count = 0
    private var depth = 0
    private var isInText = false
    private var isEscaped = false

    /// Looks at the next bytes of the object, up to its end.
    ///
    /// - Returns: Whether it is among them.
    mutating func find(in bytes: ArraySlice<UInt8>) -> Bool {
        for byte in bytes {
            self.count += 1
            if self.isEscaped {
                self.isEscaped = false
            } else if self.isInText {
                if byte == UInt8(ascii: "\\") { self.isEscaped = true }
                if byte == UInt8(ascii: "\"") { self.isInText = false }
            } else if byte == UInt8(ascii: "\"") {
                self.isInText = true
            } else if byte == UInt8(ascii: "{") {
                self.depth += 1
            } else if byte == UInt8(ascii: "}") {
                self.depth -= 1
                if self.depth == 0 { return true }
            }
        }
        return false
    }
}
