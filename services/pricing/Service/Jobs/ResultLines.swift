internal import Foundation
internal import Jobs
internal import Money
internal import PricingDomain
internal import PricingFiles
internal import PricingMessages

/// A file that a job leaves.
enum ImportResultFile: UInt8, CaseIterable {
    /// The records that were refused, with line and reason: a FailedPrice in JSON on each line.
    case failedRecords = 1
    /// Of a dry run: what would change, a price on each line.
    case differences = 2
    /// What an export writes.
    case prices = 3
    /// Prices that an export could not write, a reason on each line.
    case leftOut = 4

    /// The most bytes that are kept of one of lines: 64 MiB.
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

/// Lines for a file that a job leaves.
struct ResultLines: Sendable {
    private let file: ImportResultFile
    private var bytes: [UInt8] = []
    private let encoder: JSONEncoder

    init(_ file: ImportResultFile) {
        self.file = file
        self.encoder = JSONEncoder()
        self.encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// Bytes of the lines so far.
    var count: Int { self.bytes.count }

    /// Adds a line: a value in JSON.
    mutating func append(_ line: some Encodable) throws {
        self.bytes += try self.encoder.encode(line)
        self.bytes.append(UInt8(ascii: "\n"))
    }

    /// Adds a price that is refused.
    mutating func append(_ price: FailedPrice) throws { try self.append(FailedLine(price)) }

    /// As chunks of a job's result.
    var chunks: [[UInt8]] { self.file.chunks(of: self.bytes) }
}

/// A refused price, as a line has it.
private struct FailedLine: Encodable {
    let line: Int64
    let sku: String
    let listId: String
    let reason: String
    let field: String
    let message: String

    init(_ price: FailedPrice) {
        self.line = price.line
        self.sku = price.sku
        self.listId = price.listID
        self.reason = price.reason.name
        self.field = price.field
        self.message = price.message
    }
}

/// What an import would do to a price, as a line has it.
struct PriceDifference: Encodable {
    /// 0: the file does not have it.
    let line: Int64
    let listId: String
    let sku: String
    let minimumQuantity: Int64
    let validFrom: String
    /// created, changed, removed or held.
    let change: String
    /// Absent: it is removed.
    var amount: String?
    var validTo: String?
    /// Absent: there was none.
    var previousAmount: String?
    var previousValidTo: String?

    /// nil: nothing would change.
    init?(_ outcome: PriceWriteOutcome, of write: PriceWrite, line: Int64, in list: BookList) {
        self.line = line
        self.listId = list.id
        self.sku = write.identity.sku.description
        self.minimumQuantity = write.identity.minimumQuantity
        self.validFrom = InstantText.text(write.identity.validFrom)
        var (now, before): (StoredPrice?, StoredPrice?)
        switch outcome {
        case .created(let current): (self.change, now) = ("created", current)
        case .changed(let current, let previous): (self.change, now, before) = ("changed", current, previous)
        case .removed(let previous): (self.change, before) = ("removed", previous)
        case .held(let hold, let standing):
            (self.change, before) = ("held", standing)
            (self.amount, self.validTo) = (hold.amount.text(in: list.currency), InstantText.text(hold.validTo))
        case .unchanged, .absent, .refused: return nil
        }
        if let now {
            (self.amount, self.validTo) = (now.amount.text(in: list.currency), InstantText.text(now.validTo))
        }
        self.previousAmount = before?.amount.text(in: list.currency)
        self.previousValidTo = before.map { InstantText.text($0.validTo) }
    }
}

extension PricingRefusal {
    /// The refusal of a price of a file.
    func failedPrice(line: Int64, sku: String, listID: String) -> FailedPrice {
        FailedPrice(
            line: line, sku: sku, listID: listID, reason: self.reason, field: self.faults.first?.field ?? "",
            message: self.description)
    }
}
