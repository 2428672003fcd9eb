internal import Foundation
internal import Jobs
internal import Postgres
internal import PricingFiles
internal import PricingMessages
internal import ProtobufC

/// How far an import has come: what its job keeps with each step.
struct ImportProgress: Codable, Equatable, Sendable {
    /// What is being done. Each phase is begun when the one before has ended for the whole file.
    enum Phase: String, Codable, Sendable {
        /// The file's records are read and kept apart; nothing is changed.
        case reading
        /// The records are looked at together.
        case checking
        /// Prices are changed, piece by piece.
        case applying
    }

    var phase = Phase.reading
    /// Records that were read, whatever became of them.
    var records: Int64 = 0
    /// Records that are kept apart.
    var staged: Int64 = 0
    /// Bytes of the file that were read.
    var bytes: Int64 = 0
    /// Nothing is changed, by its options or as the file says that it is a test.
    var isDryRun = false
    /// The numbers of the lists that the file names, ascending.
    var lists: [Int32] = []
    /// Refused records that do not say whose price they are.
    var nameless: Int64 = 0
    /// Behind which SKU the next piece begins.
    var bucket: Int16 = 0
    var sku = ""
    /// Records whose piece is done.
    var applied: Int64 = 0
    /// Changes that can be undone.
    var parts: Int32 = 0

    var failed: Int64 = 0
    var passedOver: Int64 = 0
    var unchanged: Int64 = 0
    var created: Int64 = 0
    var changed: Int64 = 0
    var removed: Int64 = 0
    var held: Int64 = 0
    /// Bytes that are kept of failed records and of differences.
    var failedBytes: Int64 = 0
    var differenceBytes: Int64 = 0

    init() {}

    /// That of a job; at its beginning where it has taken no step.
    init(of job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(cursor))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an import")
        }
    }

    /// What the job keeps.
    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }

    /// For people.
    var jobProgress: JobProgress {
        JobProgress(done: self.records, failedRows: self.failed, message: self.phase.rawValue)
    }

    /// How much is done, 0 to 100: reading is half of it.
    func percent(ofBytes bytes: Int64) -> UInt32 {
        let read = bytes > 0 ? 50 * self.bytes / bytes : 0
        let applied = self.staged > 0 && self.phase == .applying ? 50 * self.applied / self.staged : 0
        return UInt32(clamping: min(100, read + applied))
    }
}

extension PriceImport {
    /// An import as its job stands.
    init(_ job: Job) throws {
        self = try PriceImport(decoding: job.parameters)
        let progress = try ImportProgress(of: job)
        self.importID = job.id.description
        self.state = PriceJobState(job)
        self.problem = job.failure.map { PriceJobProblem($0) }
        self.createdAt = job.createdAt.protobuf
        self.endedAt = job.endedAt?.protobuf
        self.bytes = job.input.bytes
        self.bytesDone = progress.bytes
        self.phase = job.state.isFinal ? "" : progress.phase.rawValue
        self.records = progress.records
        self.recordsFailed = progress.failed
        self.passedOver = progress.passedOver
        self.unchanged = progress.unchanged
        self.pricesCreated = progress.created
        self.pricesChanged = progress.changed
        self.pricesRemoved = progress.removed
        self.pricesHeld = progress.held
    }
}

extension PriceJobState {
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

extension PriceJobProblem {
    private static let separator: Character = "@"

    /// Why a job failed, as messages have it.
    init(_ failure: JobFailure) {
        let parts = failure.code.split(separator: Self.separator, maxSplits: 1)
        self.init(
            code: parts.first.map(String.init) ?? "", message: failure.message,
            line: parts.count == 2 ? Int64(parts[1]) ?? 0 : 0)
    }
}

extension JobFailure {
    /// A fault of a file. Jobs keep a code and a text, so the line travels with the code.
    init(_ fault: PriceFileFault) {
        self.init(code: fault.line > 0 ? "\(fault.code)@\(fault.line)" : fault.code, message: fault.description)
    }
}
