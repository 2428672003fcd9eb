internal import ChannelAdapter
internal import FileFormats

/// A file that was read: rows by the names of their columns.
struct FeedTable {
    /// A row and where it stands.
    struct Row {
        /// From 1 on.
        let line: Int64
        let fields: [String]
        /// Why it cannot be read; then its fields are the beginning of its text.
        let fault: String?
    }

    let columns: [String]
    let rows: [Row]
    /// Places of columns by their names in lower case.
    private let places: [String: Int]

    /// Reads all of a file; where it is none at all, a fault says why.
    init(_ bytes: [UInt8], delimiter: UInt8) throws(PlatformFault) {
        var beginning = FileBeginning()
        let text: [UInt8]
        do throws(FileBeginning.Fault) {
            text = try beginning.take(bytes) + beginning.complete()
        } catch {
            throw .notUnderstood("the file", error == .empty ? "is empty" : "is not UTF-8")
        }
        var buffer = FileBuffer(offset: 0, line: 1)
        buffer.append(text)
        buffer.complete()
        var reader = CSVReader(buffer, delimiter: delimiter)
        var record = CSVRecord()
        var rows: [Row] = []
        while reader.next(into: &record) == .record {
            guard !record.isBlank else { continue }
            rows.append(try Self.row(record))
        }
        guard let head = rows.first, head.fault == nil else {
            throw .notUnderstood("the file", "has no row of column names")
        }
        self.columns = head.fields
        self.rows = Array(rows.dropFirst())
        self.places = Dictionary(head.fields.enumerated().map { ($1.lowercased(), $0) }) { first, _ in first }
    }

    private static func row(_ record: CSVRecord) throws(PlatformFault) -> Row {
        if let fault = record.fault {
            return Row(
                line: record.line, fields: [String(decoding: record.text, as: UTF8.self)], fault: fault.message)
        }
        var fields: [String] = []
        for field in 0..<record.count {
            guard let text = String(validating: CSVCell.trimmed(record[field]), as: UTF8.self) else {
                throw .notUnderstood("line \(record.line)", "is not UTF-8")
            }
            fields.append(text)
        }
        return Row(line: record.line, fields: fields, fault: nil)
    }

    /// The text of a column in a row; empty where there is no such column.
    func text(_ row: Row, _ column: String) -> String {
        guard row.fault == nil, let place = self.places[column.lowercased()], place < row.fields.count else {
            return ""
        }
        return row.fields[place]
    }

    /// Whether there is a column of that name, in whatever case.
    func has(_ column: String) -> Bool { self.places[column.lowercased()] != nil }

    /// A file of some of the rows, with another name for one column.
    func text(of rows: [Row], delimiter: UInt8, renaming column: String, to name: String) -> [UInt8] {
        var text = CSVText(delimiter: delimiter)
        text.row(self.columns.map { $0.lowercased() == column.lowercased() ? name : $0 })
        for row in rows { text.row(row.fields) }
        return text.bytes
    }
}

extension PlatformFault {
    /// A file or order that is not what it should be.
    static func notUnderstood(_ field: String, _ what: String) -> PlatformFault {
        PlatformFault(.refused, code: "not-understood", "\(field) \(what)")
    }
}
