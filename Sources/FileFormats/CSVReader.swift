/// A record of a CSV file: its fields without their quotation marks.
public struct CSVRecord: Sendable {
    /// The file's bytes before it.
    public private(set) var offset: Int64 = 0
    /// Its first line, from 1 on.
    public private(set) var line: Int64 = 0
    /// What is wrong with it; then it has no fields, but ``text``.
    public private(set) var fault: RowFault?
    /// The beginning of a faulty one.
    public private(set) var text: [UInt8] = []

    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// A place for records.
    public init() {}

    /// How many fields there are.
    public var count: Int { self.ends.count }

    /// A field's bytes.
    public subscript(field: Int) -> ArraySlice<UInt8> {
        self.bytes[(field == 0 ? 0 : self.ends[field - 1])..<self.ends[field]]
    }

    /// Whether it is an empty line.
    public var isBlank: Bool { self.fault == nil && self.ends.count <= 1 && self.bytes.isEmpty }

    /// The record again, for people: at most ``CSVReader/shownBytes``.
    public func shownText(_ delimiter: UInt8) -> [UInt8] {
        guard self.fault == nil else { return self.text }
        var text = CSVText(delimiter: delimiter)
        for field in 0..<self.count where text.bytes.count < CSVReader.shownBytes { text.field(self[field]) }
        return Array(text.bytes.prefix(CSVReader.shownBytes))
    }

    fileprivate mutating func begin(_ buffer: FileBuffer) {
        self.offset = buffer.offset
        self.line = buffer.line
        self.fault = nil
        self.text.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
        self.ends.removeAll(keepingCapacity: true)
    }

    fileprivate mutating func append(_ part: ArraySlice<UInt8>) { self.bytes.append(contentsOf: part) }

    fileprivate mutating func endField() { self.ends.append(self.bytes.count) }

    fileprivate mutating func fail(_ fault: RowFault, _ text: [UInt8]) {
        self.fault = fault
        self.text = text
        self.bytes.removeAll(keepingCapacity: true)
        self.ends.removeAll(keepingCapacity: true)
    }
}

/// Reads CSV as RFC 4180 has it, record by record, in bounded memory: a pure machine that is given the file in pieces.
///
/// Lines end with CR and LF or with LF. A quotation mark within a field that does not begin with one is taken as it is. A
/// record that is malformed harms no other: reading goes on with the line behind its first one.
public struct CSVReader: Sendable {
    /// What there is.
    public enum Step: Sendable { case record, needsMore, end }

    /// The most bytes of a record where nothing else is said; what is longer is passed over.
    public static let maximumRecordBytes = 65_536
    /// The most fields of a record.
    public static let maximumFields = 1_024
    /// How much of a faulty record is shown, in bytes.
    public static let shownBytes = 400

    private enum Outcome {
        /// It ends here, behind so many ends of lines.
        case ended(at: Int, lines: Int64)
        case incomplete(isQuoted: Bool)
        case malformed(RowFault)
    }

    /// What is read; further bytes are appended to it.
    public var buffer: FileBuffer
    private let delimiter: UInt8
    private let maximumRecordBytes: Int
    /// Whether the rest of a line that is too long is passed over.
    private var isSkipping = false

    /// A reader.
    ///
    /// - Parameters:
    ///   - buffer: The file, from where it is to be read.
    ///   - delimiter: What stands between fields; one ASCII character.
    ///   - maximumRecordBytes: The most bytes of a record. So many are kept, and those of the pieces that are appended.
    public init(
        _ buffer: FileBuffer, delimiter: UInt8, maximumRecordBytes: Int = CSVReader.maximumRecordBytes
    ) {
        self.buffer = buffer
        self.delimiter = delimiter
        self.maximumRecordBytes = maximumRecordBytes
    }

    /// Reads the next record.
    public mutating func next(into record: inout CSVRecord) -> Step {
        if self.isSkipping {
            self.isSkipping = !self.buffer.skipLine()
            if self.isSkipping { return self.buffer.isComplete ? .end : .needsMore }
        }
        guard self.buffer.count > 0 else { return self.buffer.isComplete ? .end : .needsMore }
        record.begin(self.buffer)
        switch self.read(into: &record) {
        case .ended(let end, let lines): self.buffer.move(to: end, lines: lines)
        case .malformed(let fault): self.fail(&record, fault)
        case .incomplete(let isQuoted):
            if self.buffer.count > self.maximumRecordBytes || self.buffer.isComplete {
                self.fail(&record, isQuoted ? Self.openQuote : self.tooLong)
            } else {
                return .needsMore
            }
        }
        return .record
    }

    private mutating func fail(_ record: inout CSVRecord, _ fault: RowFault) {
        record.fail(fault, self.buffer.lineText(Self.shownBytes))
        self.isSkipping = !self.buffer.skipLine()
    }

    private func read(into record: inout CSVRecord) -> Outcome {
        let bytes = self.buffer.bytes
        var index = self.buffer.position
        let limit = min(bytes.count, index + self.maximumRecordBytes)
        var lines: Int64 = 0
        while true {
            let isQuoted = index < limit && bytes[index] == UInt8(ascii: "\"")
            if isQuoted {
                index += 1
                if let outcome = Self.readQuoted(bytes, &index, limit, &lines, &record) { return outcome }
            } else {
                let start = index
                while index < limit, bytes[index] != self.delimiter, bytes[index] != UInt8(ascii: "\n") { index += 1 }
                var end = index
                // A carriage return belongs to the end of the line, also at the end of the file.
                let isLineEnd = index < limit ? bytes[index] == UInt8(ascii: "\n") : true
                if isLineEnd, end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
                record.append(bytes[start..<end])
            }
            guard record.count < Self.maximumFields else { return .malformed(Self.tooManyFields) }
            if isQuoted, index < limit, bytes[index] == UInt8(ascii: "\r") {
                // Only the end of a line may stand behind the closing mark.
                if index + 1 < limit, bytes[index + 1] == UInt8(ascii: "\n") { index += 1 }
                if index + 1 == bytes.count, self.buffer.isComplete { index += 1 }
            }
            guard index < limit else {
                guard limit == bytes.count, self.buffer.isComplete else { return .incomplete(isQuoted: false) }
                record.endField()
                return .ended(at: index, lines: lines)
            }
            record.endField()
            switch bytes[index] {
            case self.delimiter: index += 1
            case UInt8(ascii: "\n"): return .ended(at: index + 1, lines: lines + 1)
            case UInt8(ascii: "\r") where index + 1 == limit: return .incomplete(isQuoted: false)
            default: return .malformed(Self.behindQuote)
            }
        }
    }

    /// Reads up to behind the closing mark; the position is behind the opening one.
    private static func readQuoted(
        _ bytes: [UInt8], _ index: inout Int, _ limit: Int, _ lines: inout Int64, _ record: inout CSVRecord
    ) -> Outcome? {
        var start = index
        while index < limit {
            switch bytes[index] {
            case UInt8(ascii: "\"") where index + 1 < limit && bytes[index + 1] == UInt8(ascii: "\""):
                record.append(bytes[start...index])
                index += 2
                start = index
            case UInt8(ascii: "\""):
                record.append(bytes[start..<index])
                index += 1
                return nil
            case UInt8(ascii: "\n"):
                lines += 1
                index += 1
            default: index += 1
            }
        }
        return .incomplete(isQuoted: true)
    }

    private var tooLong: RowFault {
        .malformed(
            "the row has more than \(self.maximumRecordBytes) bytes",
            expected: "at most \(self.maximumRecordBytes) bytes")
    }
    private static let tooManyFields = RowFault.malformed(
        "the row has more than \(Self.maximumFields) fields", expected: "at most \(Self.maximumFields) fields")
    private static let openQuote = RowFault.malformed(
        "a quotation mark is opened and not closed", expected: "a closing quotation mark; within a field it is doubled")
    private static let behindQuote = RowFault.malformed(
        "something stands behind a closing quotation mark",
        expected: "the delimiter or the end of the line; within a field a quotation mark is doubled")
}
