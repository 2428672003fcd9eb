internal import CatalogMessages
internal import FileFormats

/// Reads a file of JSON document by document: what products and fitments have in common.
struct DocumentReader: Sendable {
    /// So many documents may be without an end within ``CatalogJSON/maximumRecordBytes``. Each is looked for up to there,
    /// and reading goes on with the line behind its first one, so that a file of opening braces would take forever.
    static let maximumEndless = 64

    private let reason: RefusalReason
    private var beginning = FileBeginning()
    private var reader = JSONReader(
        FileBuffer(offset: 0, line: 1), maximumDocumentBytes: CatalogJSON.maximumRecordBytes)
    private var record = JSONRecord()
    private var endless = 0
    /// Where a document begins that has no end, if no other follows it.
    private var cutOff: Int64?

    /// - Parameter reason: What a document is refused as.
    init(_ reason: RefusalReason) { self.reason = reason }

    mutating func append(_ bytes: [UInt8]) throws(CatalogFileFault) {
        self.reader.buffer.append(try self.beginning.take(bytes))
    }

    mutating func complete() throws(CatalogFileFault) {
        self.reader.buffer.append(try self.beginning.complete())
        self.reader.buffer.complete()
    }

    /// The next document, of which `read` makes what the record says.
    mutating func next(
        _ read: ([UInt8]) throws(RecordFault) -> CatalogRecord.Content
    ) throws(CatalogFileFault) -> CatalogRecord? {
        switch self.reader.next(into: &self.record) {
        case .needsMore: return nil
        case .end:
            try self.checkIsWhole()
            return nil
        case .record: break
        }
        if self.record.isEndless { try self.countEndless() }
        do throws(RecordFault) {
            if let fault = self.record.fault { throw RecordFault(fault) }
            self.cutOff = nil
            return CatalogRecord(line: self.record.line, content: try read(self.record.text))
        } catch {
            return error.refusal(line: self.record.line, sku: self.sku, self.reason)
        }
    }

    private mutating func countEndless() throws(CatalogFileFault) {
        self.endless += 1
        if self.cutOff == nil { self.cutOff = self.record.line }
        guard self.endless <= Self.maximumEndless else {
            throw CatalogFileFault(
                code: "malformed-json", line: self.record.line,
                message: "more than \(Self.maximumEndless) documents have no end within "
                    + "\(CatalogJSON.maximumRecordBytes) bytes; the file is no JSON")
        }
    }

    private func checkIsWhole() throws(CatalogFileFault) {
        guard let line = self.cutOff ?? (self.reader.openLists > 0 ? self.reader.buffer.line : nil) else { return }
        throw CatalogFileFault(
            code: "incomplete-json", line: line,
            message: "the file ends within its JSON: a closing \(self.cutOff == nil ? "bracket" : "brace") is missing")
    }

    /// The SKU of a document that is refused, as far as it can be told.
    private var sku: String {
        guard self.record.fault == nil, let value = JSONMembers(self.record.text[...])?["sku"],
            case .string(let sku)? = try? JSONValue(value)
        else { return "" }
        return sku
    }
}
