/// A document of a JSON file, as its bytes.
struct JSONRecord: Sendable {
    /// The file's bytes before it, and its first line.
    var offset: Int64 = 0
    var line: Int64 = 0
    /// What is wrong with it.
    var fault: RowFault?
    /// The document; of a faulty one the beginning.
    var text: [UInt8] = []
}

/// Cuts a file of JSON into its documents, in bounded memory: a pure machine that is given the file in pieces.
///
/// The documents are objects that stand alone, in one array, or one behind the other with or without commas. What stands
/// between them and is none is a fault of its own, up to the end of its line; reading goes on behind it.
struct JSONReader: Sendable {
    /// The most bytes of a document; what is longer is passed over line by line.
    static let maximumDocumentBytes = 131_072
    /// How much of a faulty document is shown, in bytes.
    static let shownBytes = CSVReader.shownBytes

    var buffer: FileBuffer
    /// Whether the rest of a line that is at fault is passed over.
    private var isSkipping = false

    init(_ buffer: FileBuffer) { self.buffer = buffer }

    /// Reads the next document.
    mutating func next(into record: inout JSONRecord) -> CSVReader.Step {
        if self.isSkipping {
            self.isSkipping = !self.buffer.skipLine()
            if self.isSkipping { return self.buffer.isComplete ? .end : .needsMore }
        }
        self.skipBetween()
        guard self.buffer.count > 0 else { return self.buffer.isComplete ? .end : .needsMore }
        record.offset = self.buffer.offset
        record.line = self.buffer.line
        record.fault = nil
        guard self.buffer.bytes[self.buffer.position] == UInt8(ascii: "{") else {
            self.fail(&record, Self.noDocument)
            return .record
        }
        if let end = self.end {
            record.text = Array(self.buffer.bytes[self.buffer.position..<end])
            self.buffer.move(to: end)
        } else if self.buffer.count > Self.maximumDocumentBytes || self.buffer.isComplete {
            self.fail(&record, self.buffer.isComplete ? Self.open : Self.tooLong)
        } else {
            return .needsMore
        }
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
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: ","), UInt8(ascii: "["),
                UInt8(ascii: "]"):
                break
            default: break loop
            }
            index += 1
        }
        self.buffer.move(to: index, lines: lines)
    }

    /// Behind the brace that closes the document; nil: it is not there.
    private var end: Int? {
        let bytes = self.buffer.bytes
        let limit = min(bytes.count, self.buffer.position + Self.maximumDocumentBytes)
        var index = self.buffer.position
        var depth = 0
        var isInText = false
        while index < limit {
            let byte = bytes[index]
            index += 1
            if isInText {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isInText = false }
            } else if byte == UInt8(ascii: "\"") {
                isInText = true
            } else if byte == UInt8(ascii: "{") {
                depth += 1
            } else if byte == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    private static let noDocument = RowFault.malformed(
        "something stands between the documents", expected: "objects, alone, in an array, or one behind the other")
    private static let open = RowFault.malformed("the document has no end", expected: "a closing brace")
    private static let tooLong = RowFault.malformed(
        "the document has more than \(Self.maximumDocumentBytes) bytes",
        expected: "at most \(Self.maximumDocumentBytes) bytes")
}
