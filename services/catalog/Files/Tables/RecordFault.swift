internal import CatalogMessages
internal import FileFormats
internal import Transcoding

/// Why a record cannot be taken.
struct RecordFault: Error, Hashable, Sendable {
    /// So many fields at fault are named in one message; more are counted.
    static let maximumFields = 8
    /// The longest SKU that is shown, in bytes.
    static let maximumSKUBytes = 64

    /// As in JSON; empty: the record as a whole.
    var field: String
    /// What is wrong with it and what would be valid.
    var message: String

    init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    init(_ fault: RowFault) {
        self.init(field: fault.field, message: "\(fault.message); expected \(fault.expected)")
    }

    /// - Parameter name: What a field is called in the file.
    init(_ error: TranscodingError, name: (String) -> String = { $0 }) {
        guard let first = error.fields.first else {
            self.init(field: "", message: error.message)
            return
        }
        var texts = error.fields.prefix(Self.maximumFields).map { fault in
            let field = fault.field.isEmpty ? "the record" : name(fault.field)
            return "\(field) \(fault.reason); expected \(fault.expected)"
        }
        let more = error.fields.count - texts.count
        if more > 0 { texts.append("\(more) more fields are at fault") }
        self.init(field: name(first.field), message: texts.joined(separator: ". "))
    }

    /// The refusal of the record at a line.
    func refusal(line: Int64, sku: String, _ reason: RefusalReason) -> CatalogRecord {
        let shown = String(decoding: sku.utf8.prefix(Self.maximumSKUBytes), as: UTF8.self)
        return CatalogRecord(
            line: line,
            content: .refused(
                FailedRecord(line: line, sku: shown, reason: reason, field: self.field, message: self.message)))
    }
}
