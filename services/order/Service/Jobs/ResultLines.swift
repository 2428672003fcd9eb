internal import Foundation
internal import Jobs
internal import OrderDomain
internal import OrderFiles
internal import OrderMessages
internal import Refusals

/// A file that a job leaves.
enum OrderResultFile: UInt8, CaseIterable {
    /// The records that were refused, with line and reason: a FailedOrder in JSON on each line.
    case failedRecords = 1
    /// What an export writes.
    case orders = 2

    /// The most bytes that are kept of failed records: 64 MiB.
    static let maximumBytes: Int64 = 1 << 26

    /// What a result's chunk holds of the file; nil: it belongs to another one.
    func bytes(of chunk: [UInt8]) -> [UInt8]? { chunk.first == self.rawValue ? Array(chunk.dropFirst()) : nil }

    /// Bytes of the file as chunks of a job's result: each begins with the file's number.
    func chunks(of bytes: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: JobLimits.chunkBytes - 1).map { start in
            [self.rawValue] + bytes[start..<min(start + JobLimits.chunkBytes - 1, bytes.count)]
        }
    }
}

/// Lines about refused records for the file that a job leaves.
struct ResultLines: Sendable {
    private var bytes: [UInt8] = []
    private let encoder: JSONEncoder

    init() {
        self.encoder = JSONEncoder()
        self.encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// Bytes of the lines so far.
    var count: Int { self.bytes.count }

    /// Adds a line.
    mutating func append(_ failed: FailedOrder) throws {
        self.bytes += try self.encoder.encode(FailedLine(failed))
        self.bytes.append(UInt8(ascii: "\n"))
    }

    /// As chunks of a job's result.
    var chunks: [[UInt8]] { OrderResultFile.failedRecords.chunks(of: self.bytes) }
}

/// A refused record, as a line has it.
private struct FailedLine: Encodable {
    let line: Int64
    let orderId: String
    let reason: String
    let field: String
    let message: String

    init(_ failed: FailedOrder) {
        self.line = failed.line
        self.orderId = failed.orderID
        self.reason = failed.reason.name
        self.field = failed.field
        self.message = failed.message
    }
}

extension OrderRefusal {
    /// The most faults that are told of one record.
    private static let maximumFaults = 16

    /// The refusal of a record of a file, with all that is wrong with it.
    func failedOrder(line: Int64, orderID: String) -> FailedOrder {
        let faults = self.faults.prefix(Self.maximumFaults).map(\.description)
        let more =
            self.faults.count > faults.count ? ["\(self.faults.count - faults.count) more fields are at fault"] : []
        return FailedOrder(
            line: line, orderID: orderID, reason: self.reason, field: self.faults.first?.field ?? "",
            message: faults.count > 1 ? (faults + more).joined(separator: ". ") : self.description)
    }
}

extension FailedOrder {
    /// A row of a settlement that cannot be read.
    init(_ row: FailedSettlementRow) {
        self.init(
            line: row.line, orderID: row.orderID, reason: .recordInvalid, field: row.faults.first?.field ?? "",
            message: row.message)
    }
}

extension JobFailure {
    /// A fault of a file. Jobs keep a code and a text, so the line travels with the code.
    init(_ fault: OrderFileFault) {
        self.init(code: fault.line > 0 ? "\(fault.code)@\(fault.line)" : fault.code, message: fault.description)
    }
}

extension OrderJobProblem {
    private static let separator: Character = "@"

    /// Why a job failed, as messages have it.
    init(_ failure: JobFailure) {
        let parts = failure.code.split(separator: Self.separator, maxSplits: 1)
        self.init(
            code: parts.first.map(String.init) ?? "", message: failure.message,
            line: parts.count == 2 ? Int64(parts[1]) ?? 0 : 0)
    }
}

extension OrderJobState {
    /// A job's state as messages have it.
    init(_ job: Job) {
        self =
            switch job.state {
            case .queued: .queued
            case .running: .running
            case .cancelling: .cancelling
            case .succeeded: .succeeded
            case .failed: .failed
            case .cancelled: .cancelled
            }
    }
}
