internal import FileFormats
internal import InventoryDomain
internal import Jobs

/// What an import works on, in the order of the file.
struct ImportEntry: Sendable {
    /// Rows to be carried out, or a row that cannot be.
    enum Content: Sendable {
        case document(ImportDocument)
        case failure(FailedRow)
    }

    let content: Content
    /// The file's bytes up to the next entry, and the line where that begins.
    let endOffset: Int64
    let endLine: Int64

    /// How many levels it sets.
    var levelCount: Int {
        if case .document(let document) = self.content { document.levelCount } else { 0 }
    }
}

/// Reads the entries of an import's file, in bounded memory: a pure machine that is given the file in pieces.
struct ImportReader: Sendable {
    /// What there is.
    enum Step: Sendable {
        case entry(ImportEntry)
        case needsMore
        case end
    }

    private let rules: ImportRules
    /// Which of the two reads is told by the rules.
    private var csv: CSVReader
    private var json: JSONReader
    private var csvRecord = CSVRecord()
    private var jsonRecord = JSONRecord()
    /// What the columns are; nil: their names were not read yet, or there are none.
    private(set) var columns: ImportColumns?
    /// What the next row may still join, or a row that failed: at most one of them.
    private var openDocument: ImportDocument?
    private var openFailure: FailedRow?
    private var isAtStart: Bool

    /// A file from its beginning on.
    init(_ rules: ImportRules) {
        self.init(rules, FileBuffer(offset: 0, line: 1), columns: nil, isAtStart: true)
    }

    /// A file from where an import stands.
    init(_ rules: ImportRules, offset: Int64, line: Int64, columns: ImportColumns?) {
        self.init(rules, FileBuffer(offset: offset, line: line), columns: columns, isAtStart: false)
    }

    private init(_ rules: ImportRules, _ buffer: FileBuffer, columns: ImportColumns?, isAtStart: Bool) {
        self.rules = rules
        self.csv = CSVReader(buffer, delimiter: rules.delimiter)
        self.json = JSONReader(buffer)
        self.columns = columns
        self.isAtStart = isAtStart
    }

    /// Takes the next bytes of the file.
    ///
    /// - Throws: `JobFailure` where the file as a whole is none.
    mutating func append(_ bytes: [UInt8]) throws(JobFailure) {
        guard !bytes.isEmpty else { return }
        var markBytes = 0
        if self.isAtStart {
            self.isAtStart = false
            markBytes = try Self.markBytes(bytes)
        }
        if self.rules.isJSON {
            self.json.buffer.append(bytes)
            if markBytes > 0 { self.json.buffer.move(to: markBytes, lines: 0) }
        } else {
            self.csv.buffer.append(bytes)
            if markBytes > 0 { self.csv.buffer.move(to: markBytes, lines: 0) }
        }
    }

    /// Notes that the file has ended.
    mutating func complete() {
        self.csv.buffer.complete()
        self.json.buffer.complete()
    }

    /// Reads the row of names, if there is to be one and it was not read.
    ///
    /// - Returns: Whether entries can be read now; else more bytes are needed.
    /// - Throws: `JobFailure` where the file ends before, or its columns are not what they must be.
    mutating func readHeader() throws(JobFailure) -> Bool {
        guard !self.rules.isJSON else {
            if self.isAtStart, self.json.buffer.isComplete { throw Self.empty }
            return true
        }
        while self.columns == nil {
            switch self.csv.next(into: &self.csvRecord) {
            case .needsMore: return false
            case .end: throw Self.empty
            case .record:
                if !self.csvRecord.isBlank { self.columns = try ImportColumns(self.csvRecord, self.rules) }
            }
        }
        return true
    }

    /// Reads the next entry.
    mutating func next() throws(JobFailure) -> Step {
        guard try self.readHeader() else { return .needsMore }
        while true {
            switch self.nextRecord() {
            case .needsMore: return .needsMore
            case .end:
                let buffer = self.rules.isJSON ? self.json.buffer : self.csv.buffer
                return self.close(buffer.offset, buffer.line).map { .entry($0) } ?? .end
            case .record:
                if !self.rules.isJSON, self.csvRecord.isBlank { continue }
                if let entry = self.take() { return .entry(entry) }
            }
        }
    }

    private mutating func nextRecord() -> CSVReader.Step {
        self.rules.isJSON ? self.json.next(into: &self.jsonRecord) : self.csv.next(into: &self.csvRecord)
    }

    /// Takes the record that was read; gives what it closes.
    private mutating func take() -> ImportEntry? {
        let (offset, line) =
            self.rules.isJSON
            ? (self.jsonRecord.offset, self.jsonRecord.line) : (self.csvRecord.offset, self.csvRecord.line)
        do throws(RowFault) {
            let row = try self.row()
            if self.openDocument?.take(row) == true { return nil }
            let entry = self.close(offset, line)
            self.openDocument = ImportDocument(row)
            return entry
        } catch {
            let entry = self.close(offset, line)
            self.openFailure = self.failure(error)
            return entry
        }
    }

    private func row() throws(RowFault) -> ImportRow {
        guard self.rules.isJSON else {
            guard let columns else { throw .malformed("the file has no columns", expected: "a row of their names") }
            return try columns.row(self.csvRecord)
        }
        if let fault = self.jsonRecord.fault { throw fault }
        let value: JSONValue
        do throws(JSONFault) { value = try JSONValue(self.jsonRecord.text[...]) } catch {
            throw .malformed(
                "the document is no JSON: \(error.reason), at its byte \(error.offset + 1)", expected: "JSON")
        }
        return try ImportDocumentFields.row(value, line: self.jsonRecord.line)
    }

    private func failure(_ fault: RowFault) -> FailedRow {
        guard !self.rules.isJSON else {
            let text = self.jsonRecord.text.prefix(JSONReader.shownBytes)
            return FailedRow(line: self.jsonRecord.line, fault: fault, text: Array(text))
        }
        let key = self.columns?.key(self.csvRecord) ?? (sku: "", location: "")
        return FailedRow(
            line: self.csvRecord.line, sku: key.sku, location: key.location, fault: fault,
            text: self.csvRecord.shownText(self.rules.delimiter))
    }

    private mutating func close(_ offset: Int64, _ line: Int64) -> ImportEntry? {
        defer { (self.openDocument, self.openFailure) = (nil, nil) }
        if let document = self.openDocument {
            return ImportEntry(content: .document(document), endOffset: offset, endLine: line)
        }
        return self.openFailure.map { ImportEntry(content: .failure($0), endOffset: offset, endLine: line) }
    }

    /// How long the mark of UTF-8 at the file's beginning is.
    private static func markBytes(_ bytes: [UInt8]) throws(JobFailure) -> Int {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw JobFailure(code: "not-utf8", message: "the file is UTF-16; save it as UTF-8")
        }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    private static let empty = JobFailure(code: "empty-file", message: "the file is empty; nothing was imported")
}
