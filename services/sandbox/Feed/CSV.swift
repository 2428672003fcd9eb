/// Why a file is no table.
public struct CSVFault: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what would be right.
    public let description: String
}

/// A table of comma-separated values (RFC 4180), with names in its first line.
public struct CSVTable: Sendable {
    /// The rows of a file.
    public static let maximumRows = 1_000_000

    /// The names, in lower case.
    public private(set) var header: [String] = []
    /// The rows, each as long as the header.
    public private(set) var rows: [[String]] = []

    /// Reads a table in UTF-8, with or without a byte order mark.
    ///
    /// - Throws: ``CSVFault`` where it is none.
    public init(_ bytes: [UInt8]) throws(CSVFault) {
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var records = try Self.records(content)
        guard !records.isEmpty else {
            throw CSVFault(description: "the file is empty; its first line must name columns")
        }
        self.header = records.removeFirst().map { $0.lowercased() }
        for (index, record) in records.enumerated() where record.count != self.header.count {
            throw CSVFault(
                description:
                    "row \(index + 1) has \(record.count) fields, and the first line names \(self.header.count)")
        }
        guard Set(self.header).count == self.header.count else {
            throw CSVFault(description: "two columns have the same name")
        }
        self.rows = records
    }

    private static func records(_ content: ArraySlice<UInt8>) throws(CSVFault) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var (isQuoted, wasQuoted) = (false, false)
        func text(_ bytes: [UInt8]) throws(CSVFault) -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CSVFault(description: "record \(records.count + 1) is no valid UTF-8")
            }
            return text
        }
        func end() throws(CSVFault) {
            record.append(try text(field))
            (field, wasQuoted) = ([], false)
            // An empty line is no record.
            if record != [""] { records.append(record) }
            record = []
            guard records.count <= Self.maximumRows + 1 else {
                throw CSVFault(description: "the file has more than \(Self.maximumRows) rows")
            }
        }
        var index = content.startIndex
        while index < content.endIndex {
            let byte = content[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if index < content.endIndex, content[index] == byte {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            case _ where isQuoted: field.append(byte)
            case UInt8(ascii: "\"") where field.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
            case UInt8(ascii: ","):
                record.append(try text(field))
                (field, wasQuoted) = ([], false)
            case UInt8(ascii: "\n"): try end()
            case UInt8(ascii: "\r"): continue
            case _ where wasQuoted:
                throw CSVFault(description: "record \(records.count + 1) has more behind a closing quote")
            default: field.append(byte)
            }
        }
        guard !isQuoted else { throw CSVFault(description: "record \(records.count + 1) has no closing quote") }
        if !field.isEmpty || !record.isEmpty { try end() }
        return records
    }

    /// A column by its name.
    public func column(_ name: String) -> Int? { self.header.firstIndex(of: name) }

    /// Rows as a file, with names in the first line.
    public static func file(_ header: [String], _ rows: [[String]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in [header] + rows {
            for (index, field) in row.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: Self.quoted(field).utf8)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private static func quoted(_ field: String) -> String {
        field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }
}
