internal import Jobs
internal import Logging
internal import OrderDomain
internal import OrderFiles
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// Works on one settlement from where it stands.
///
/// The file is read whole, and its amounts are kept in the settlement; one whose rows cannot all be read, or that does
/// not come to the total that it states, is matched with nothing. Then bucket by bucket the amounts are compared with
/// the orders, each bucket in a transaction with the job's progress. With the last of them the settlement is there.
struct SettlementRun: Sendable {
    let settlements: OrderJobs
    let context: JobContext
    let options: SettlementOptions
    let createdBy: String
    var progress: SettlementProgress

    /// A settlement as its job stands.
    init(_ context: JobContext, of settlements: OrderJobs) throws {
        self.settlements = settlements
        self.context = context
        let parameters = try Settlement(decoding: context.job.parameters)
        self.options = parameters.options ?? SettlementOptions()
        self.createdBy = parameters.createdBy
        self.progress = try SettlementProgress(of: context.job)
    }

    var brand: PostgresUUID { self.context.job.brand }
    var id: PostgresUUID { self.context.job.id.uuid }
    var connection: String { self.options.connection }

    /// Until the end.
    ///
    /// - Throws: `JobFailure` where the file cannot be taken.
    mutating func run() async throws {
        do {
            // Whoever began it may have come no further than the job.
            _ = try await self.settlements.pool.query(
                try SettlementRows.beginning(try Settlement(beginning: self.context.job), self.context.job))
            if self.progress.phase == .reading { try await self.read() }
            while self.progress.phase == .matching { try await self.match() }
        } catch {
            await self.clear(after: error)
            throw error
        }
    }

    /// How many amounts are removed at once.
    private static let clearedAtOnce: Int64 = 20_000

    /// Removes the amounts where nobody comes back for them. Where that fails they stay, and count for nothing.
    private func clear(after error: any Error) async {
        let run = self
        // In a task of its own: that of a job that is to stop is cancelled.
        await Task {
            do {
                let job = try await run.settlements.jobs.find(run.context.job.id, brand: run.brand)
                guard error is JobFailure || job?.state == .cancelling else { return }
                let command = SettlementLineRows.clearing(run.id, of: run.brand, limit: Self.clearedAtOnce)
                for _ in 0...(run.settlements.limits.amountsPerSettlement / Self.clearedAtOnce) {
                    _ = try await run.settlements.pool.query(command)
                }
            } catch {
                run.settlements.logger.warning(
                    "the amounts of a settlement that failed are left",
                    metadata: ["job": "\(run.context.job.id)", "error": "\(String(describing: error))"])
            }
        }.value
    }

    /// Takes a step.
    mutating func step(_ progress: SettlementProgress, results: [[UInt8]] = []) async throws {
        let cursor = try progress.encoded()
        try await self.context.checkpoint { _ in
            JobStep(cursor: cursor, progress: progress.jobProgress, results: results)
        }
        self.progress = progress
    }

    /// How often settlements of the connection were matched.
    func turn() async throws -> Int64 {
        let rows = try await self.settlements.pool.query(SettlementRows.turn(self.brand, self.connection))
        return try rows.first?.decode(Int64.self) ?? 0
    }
}

extension Settlement {
    /// A settlement that waits for its file, as its job was begun.
    init(beginning job: Job) throws {
        self = try Settlement(decoding: job.parameters)
        self.settlementID = job.id.description
        self.state = .reading
        self.createdAt = job.createdAt.protobuf
        self.changedAt = job.createdAt.protobuf
    }
}
