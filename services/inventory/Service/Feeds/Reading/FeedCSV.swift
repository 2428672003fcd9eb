internal import FileFormats
internal import InventoryDomain

/// A partner's file of CSV: its first row names the columns.
struct FeedCSV: FeedText {
    private let mapping: FeedMapping
    private var reader: CSVReader
    private var record = CSVRecord()
    private var columns: FeedColumns?
    private var number: Int64 = 0

    init(_ mapping: FeedMapping, delimiter: UInt8) {
        self.mapping = mapping
        self.reader = CSVReader(FileBuffer(offset: 0, line: 1), delimiter: delimiter)
    }

    mutating func append(_ bytes: [UInt8]) { self.reader.buffer.append(bytes) }

    mutating func complete() { self.reader.buffer.complete() }

    mutating func next() throws(FeedFault) -> (number: Int64, row: FeedText.Row)? {
        while case .record = self.reader.next(into: &self.record) {
            self.number += 1
            guard !self.record.isBlank else { continue }
            guard let columns else {
                self.columns = try self.header()
                continue
            }
            do throws(InvalidValue) {
                return (self.number, .success(try columns.line(try self.fields())))
            } catch {
                return (self.number, .failure(error))
            }
        }
        return nil
    }

    func checkComplete() throws(FeedFault) {
        guard self.columns != nil else {
            throw FeedFault("file-empty", "the file is empty; its first row is to name the columns")
        }
    }

    private func header() throws(FeedFault) -> FeedColumns {
        do throws(InvalidValue) {
            return try FeedColumns(self.mapping, names: try self.fields())
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
