internal import CatalogDomain
internal import CatalogMessages
internal import Foundation
internal import Jobs

/// A file that an import leaves.
enum ImportResultFile: UInt8, CaseIterable {
    /// The records that were refused, with line and reason: a FailedRecord in JSON on each line.
    case failedRecords = 1
    /// Of a dry run: what would change, a part on each line.
    case differences = 2

    /// The most bytes that are kept of one: 64 MiB.
    static let maximumBytes: Int64 = 1 << 26

    /// What a result's chunk holds of the file; nil: it belongs to the other one.
    func bytes(of chunk: [UInt8]) -> [UInt8]? { chunk.first == self.rawValue ? Array(chunk.dropFirst()) : nil }
}

/// Lines for a file that an import leaves, as chunks of the job's result: each begins with the file's number.
struct ResultLines: Sendable {
    let file: ImportResultFile
    private var bytes: [UInt8] = []

    init(_ file: ImportResultFile) { self.file = file }

    /// Bytes of the lines so far.
    var count: Int { self.bytes.count }

    /// Adds a line: a value in JSON.
    mutating func append(_ line: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.bytes += try encoder.encode(line)
        self.bytes.append(UInt8(ascii: "\n"))
    }

    /// Adds a record that is refused.
    mutating func append(_ record: FailedRecord) throws { try self.append(FailedLine(record)) }

    /// As chunks of a job's result.
    var chunks: [[UInt8]] {
        stride(from: 0, to: self.bytes.count, by: JobLimits.chunkBytes - 1).map { start in
            [self.file.rawValue] + self.bytes[start..<min(start + JobLimits.chunkBytes - 1, self.bytes.count)]
        }
    }
}

/// A refused record, as a line has it.
private struct FailedLine: Encodable {
    let line: Int64
    let sku: String
    let reason: String
    let field: String
    let message: String

    init(_ record: FailedRecord) {
        self.line = record.line
        self.sku = record.sku
        self.reason = record.reason.name
        self.field = record.field
        self.message = record.message
    }
}

extension CatalogRefusal {
    /// The refusal of a record of a file.
    func record(line: Int64, sku: String) -> FailedRecord {
        let all = self.faults.isEmpty ? self.description : self.faults.map(\.description).joined(separator: "; ")
        return FailedRecord(
            line: line, sku: sku, reason: self.reason, field: self.faults.first?.field ?? "", message: all)
    }
}
