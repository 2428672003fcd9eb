/// A table in CSV (RFC 4180), read simply: for tests.
public struct CSVTable {
    /// The names of the columns.
    public let header: [String]
    /// The rows, each as long as the header.
    public let rows: [[String]]

    /// Reads a table; rows of other lengths than the header's are left out.
    public init(_ text: String) {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        func endField() {
            record.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            switch byte {
            // A quote within a quoted field is written twice, which ends and begins it.
            case UInt8(ascii: "\""):
                if !isQuoted, !field.isEmpty { field.append(byte) }
                isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: endField()
            case UInt8(ascii: "\n") where !isQuoted:
                endField()
                records.append(record)
                record.removeAll(keepingCapacity: true)
            case UInt8(ascii: "\r") where !isQuoted: break
            default: field.append(byte)
            }
        }
        self.header = records.first ?? []
        self.rows = records.dropFirst().filter { [count = records.first?.count] in $0.count == count }
    }

    /// Where a column is in each row; nil: there is none.
    public func column(_ name: String) -> Int? { self.header.firstIndex(of: name) }
}
