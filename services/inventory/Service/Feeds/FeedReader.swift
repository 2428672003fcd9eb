internal import Crypto
internal import InventoryDomain

/// Reads a partner's file row by row, in bounded memory: a pure machine that is given the file in pieces.
struct FeedReader {
    /// A row that says something, with its place in the file.
    struct Row: Sendable {
        let number: Int64
        let line: FeedLine
    }

    /// What was read so far.
    private(set) var content = FeedContent()
    private let definition: FeedDefinition
    private let limits: FeedLimits
    private var csv: CSVReader
    private var record = CSVRecord()
    private var columns: FeedColumns?
    private var digest = SHA256()
    /// The first bytes, until there are enough of them to tell a byte order mark.
    private var head: [UInt8]? = []
    /// The row's place in the file, from 1 on.
    private var number: Int64 = 0

    init(_ definition: FeedDefinition, limits: FeedLimits) {
        self.definition = definition
        self.limits = limits
        self.csv = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: definition.delimiter)
    }

    /// Takes the next bytes.
    ///
    /// - Returns: The rows that are complete with them.
    /// - Throws: ``FeedFault`` where the file as a whole cannot be read.
    mutating func append(_ bytes: [UInt8]) throws(FeedFault) -> [Row] {
        self.content.bytes += Int64(bytes.count)
        guard self.content.bytes <= self.limits.fileBytes else {
            throw FeedFault("file-too-large", "the file has more than \(self.limits.fileBytes) bytes")
        }
        self.digest.update(data: bytes)
        if let head = self.head {
            let start = head + bytes
            guard start.count >= Self.mark.count else {
                self.head = start
                return []
            }
            self.pass(start)
        } else {
            self.csv.buffer.append(bytes)
        }
        return try self.rows()
    }

    /// Notes that the file has ended.
    ///
    /// - Returns: The last rows.
    /// - Throws: ``FeedFault`` where it has not even names.
    mutating func complete() throws(FeedFault) -> [Row] {
        if let head = self.head { self.pass(head) }
        self.csv.buffer.complete()
        let rows = try self.rows()
        guard self.columns != nil else {
            throw FeedFault("file-empty", "the file is empty; its first row is to name the columns")
        }
        self.content.digest = Array(self.digest.finalize())
        return rows
    }

    /// Notes a row that came to nothing.
    mutating func note(_ fault: String, row: Int64) {
        guard self.content.faults.count < FeedLimits.faultsKept else { return }
        self.content.faults.append(
            FeedContent.Fault(row: row, message: String(fault.prefix(FeedFault.maximumMessageLength))))
    }

    /// Rows that cannot be told what they are about.
    private(set) var unreadable: Int64 = 0

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private mutating func pass(_ start: [UInt8]) {
        self.head = nil
        self.csv.buffer.append(start.starts(with: Self.mark) ? Array(start.dropFirst(Self.mark.count)) : start)
    }

    private mutating func rows() throws(FeedFault) -> [Row] {
        var rows: [Row] = []
        while case .record = self.csv.next(into: &self.record) {
            self.number += 1
            guard !self.record.isBlank else { continue }
            guard let columns else {
                self.columns = try self.header()
                continue
            }
            self.content.rows += 1
            guard self.content.rows <= self.limits.fileRows else {
                throw FeedFault("too-many-rows", "the file has more than \(self.limits.fileRows) rows")
            }
            do throws(InvalidValue) {
                let line = try columns.line(try self.fields())
                if let fault = line.fault { self.note("\(fault)", row: self.number) }
                rows.append(Row(number: self.number, line: line))
            } catch {
                self.unreadable += 1
                self.note("\(error)", row: self.number)
            }
        }
        return rows
    }

    private func header() throws(FeedFault) -> FeedColumns {
        do throws(InvalidValue) {
            return try FeedColumns(self.definition.mapping, names: try self.fields())
        } catch {
            throw FeedFault("columns-missing", "\(error)")
        }
    }

    private func fields() throws(InvalidValue) -> [String] {
        if let fault = self.record.fault { throw InvalidValue("row", fault.message, expected: fault.expected) }
        var fields: [String] = []
        fields.reserveCapacity(self.record.count)
        for place in 0..<self.record.count {
            guard let text = String(validating: self.record[place], as: UTF8.self) else {
                throw InvalidValue("field \(place + 1)", "is not in UTF-8", expected: "UTF-8")
            }
            fields.append(text)
        }
        return fields
    }
}
