internal import Foundation
internal import Jobs
internal import OrderDomain
internal import OrderFiles
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// How far a settlement has come: what its job keeps with each step.
struct SettlementProgress: Codable, Equatable, Sendable {
    /// What is being done. Each phase is begun when the one before has ended for the whole file.
    enum Phase: String, Codable, Sendable {
        /// The file's amounts are read and kept.
        case reading
        /// They are compared with the orders, bucket by bucket.
        case matching
        /// The settlement says what came of it.
        case matched
    }

    var phase = Phase.reading
    /// Rows that were read.
    var rows: Int64 = 0
    /// Amounts that the rows have.
    var amounts: Int64 = 0
    var failed: Int64 = 0
    var failedBytes: Int64 = 0
    /// Bytes of the file that were read.
    var bytes: Int64 = 0
    /// The sum of all amounts, in micros.
    var total: Int64 = 0

    var reference = ""
    var currency = ""
    /// In microseconds since 1970.
    var from: Int64?
    /// In microseconds since 1970.
    var to: Int64?
    var statedTotal: Int64?

    /// How often settlements of the connection had been matched when this matching began.
    var turn: Int64 = 0
    /// Whose orders are next.
    var bucket: Int16 = 0
    /// Orders of ours that the file is about.
    var orders: Int64 = 0
    /// A Settlement with the sums so far, encoded.
    var sums = Data()

    init() {}

    /// That of a job; at its beginning where it has taken no step.
    init(of job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(cursor))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of a settlement")
        }
    }

    /// What the job keeps.
    func encoded() throws -> [UInt8] { try Array(JSONEncoder().encode(self)) }

    /// For people.
    var jobProgress: JobProgress {
        JobProgress(done: self.rows, failedRows: self.failed, message: self.phase.rawValue)
    }

    /// How much is done, 0 to 100: reading is half of it.
    func percent(ofBytes bytes: Int64) -> UInt32 {
        let read = self.phase != .reading ? 50 : bytes > 0 ? 50 * self.bytes / bytes : 0
        let matched = self.phase == .matched ? 50 : 50 * Int64(self.bucket) / 64
        return UInt32(clamping: min(100, read + matched))
    }

    /// When the amounts were booked; nil: not known.
    var period: SettlementPeriod? {
        guard let from, let to else { return nil }
        return SettlementPeriod(from: from, to: to)
    }

    /// The sums so far.
    func matchedSums() throws -> SettlementSums { SettlementSums(try Settlement(decoding: Array(self.sums)).sums) }

    mutating func keep(_ sums: SettlementSums) throws {
        self.sums = Data(try Settlement(sums: sums.messages).encodedBytes())
    }

    mutating func take(_ header: SettlementHeader) {
        (self.reference, self.currency) = (header.reference, header.currency)
        (self.from, self.to, self.statedTotal) = (header.from, header.to, header.statedTotal)
    }

    /// Begins the matching, or begins it anew.
    ///
    /// - Parameter turn: How often settlements of the connection were matched by now.
    mutating func beginMatching(turn: Int64) {
        self.phase = .matching
        (self.turn, self.bucket, self.orders, self.sums) = (turn, 0, 0, Data())
    }

    /// Says in a settlement what is known of it.
    func describe(_ settlement: inout Settlement) {
        settlement.reference = self.reference
        settlement.currency = self.currency
        settlement.from = self.from.map { PostgresTimestamp(microseconds: $0).protobuf }
        settlement.to = self.to.map { PostgresTimestamp(microseconds: $0).protobuf }
        settlement.statedTotal = self.statedTotal.map { Decimal(micros: $0) }
        settlement.total = Decimal(micros: self.total)
        settlement.lines = self.amounts
        settlement.linesFailed = self.failed
        settlement.orders = self.orders
    }
}
