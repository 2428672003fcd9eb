import DrivelineTesting
import Jobs
import OrderAPI
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import ServedJobs
import Testing
import WellKnownMessages
import Wire

@testable import OrderService

/// Imports, exports and settlements, on one database of the test's own.
struct OrderFileHarness {
    static let scopes = "order:read order:write order:settle"

    let orders: OrderHarness
    let jobs: OrderJobs
    let pool: PostgresPool
    /// A client that acts for the harness' brand, with all scopes.
    let rpc: RPCClient
    let server: InProcessServer

    /// Runs the services of files while `body` does. Jobs run only where a test has them run.
    static func with(
        limits: OrderJobLimits = Self.small, _ body: (OrderFileHarness) async throws -> Void
    ) async throws {
        try await OrderHarness.with { orders in
            let reactor = try PostgresReactor()
            defer { reactor.stop() }
            var configuration = PostgresConfiguration(url: orders.database.url)
            configuration.sessionSettings = OrderJobs.sessionSettings
            let pool = try PostgresPool(configuration, on: reactor)
            let jobs = try OrderJobs(
                pool, writes: orders.writes, news: orders.news, logger: OrderHarness.logger, limits: limits)
            let server = try await InProcessServer([jobs, Settlements(jobs), jobs.servedJobs])
            let rpc = try server.client(credential: "\(orders.brand)/tester \(Self.scopes)")
            let harness = OrderFileHarness(orders: orders, jobs: jobs, pool: pool, rpc: rpc, server: server)
            let result: Result<Void, any Error>
            do { result = .success(try await body(harness)) } catch { result = .failure(error) }
            rpc.shutDown()
            await server.stop()
            await pool.shutDown(graceMilliseconds: 0)
            try result.get()
        }
    }

    /// So little at once that small files take many steps.
    static var small: OrderJobLimits {
        var limits = OrderJobLimits()
        (limits.recordsPerStep, limits.ordersPerPiece, limits.ordersPerPage, limits.rowsPerStep) = (20, 5, 7, 20)
        return limits
    }

    var brand: PostgresUUID { self.orders.brand }
    var files: OrderFileServiceClient { OrderFileServiceClient(self.rpc) }
    var settlements: SettlementServiceClient { SettlementServiceClient(self.rpc) }

    // MARK: Jobs

    /// Gives a job its file.
    func upload(_ file: String, to id: String) async throws -> Job {
        let job = try #require(try await self.job(id))
        return try await self.jobs.jobs.upload(FilePieces(bytes: Array(file.utf8)), to: job)
    }

    func job(_ id: String) async throws -> Job? {
        guard let id = JobID(id) else { return nil }
        return try await self.jobs.jobs.find(id, brand: self.brand)
    }

    func found(_ job: Job) async throws -> Job { try await self.jobs.jobs.find(job.id, brand: job.brand) ?? job }

    /// Works on jobs.
    func runner() -> Task<Void, Never> {
        Task { await self.jobs.run(as: Self.anyRunner, configuration: Self.configuration) }
    }

    /// Works until a job has ended.
    func finish(_ job: Job) async throws -> Job {
        let runner = self.runner()
        defer { runner.cancel() }
        try await until { try await self.found(job).state.isFinal }
        runner.cancel()
        await runner.value
        return try await self.found(job)
    }

    /// Works on a job, and stops as a process that is killed does, behind some steps.
    ///
    /// - Returns: Whether the job has ended.
    func kill(_ job: Job, afterSteps steps: Int) async throws -> Bool {
        let runner = self.runner()
        var (last, count) = (try await self.found(job).cursor, 0)
        try await until {
            let found = try await self.found(job)
            if found.cursor != last { (last, count) = (found.cursor, count + 1) }
            return count >= steps || found.state.isFinal
        }
        runner.cancel()
        await runner.value
        return try await self.found(job).state.isFinal
    }

    static var anyRunner: PostgresUUID { PostgresUUID(high: .random(in: .min ... .max), low: 1) }

    static var configuration: JobRunner.Configuration {
        var configuration = OrderJobs.configuration
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        return configuration
    }

    /// The lines of a file that a job has left.
    func lines(_ file: OrderResultFile, of id: String) async throws -> [String] {
        let job = try #require(try await self.job(id))
        var bytes: [UInt8] = []
        for try await chunk in self.jobs.jobs.result(of: job) { bytes += file.bytes(of: chunk) ?? [] }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    }

    // MARK: Imports and exports

    func begin(_ file: String, _ options: OrderImportOptions) async throws -> Job {
        let begun = try await self.files.beginImport(
            BeginOrderImportRequest(commandID: OrderHarness.newID(), options: options))
        return try await self.upload(file, to: begun.importID)
    }

    /// Imports a file to its end.
    func imported(
        _ file: String, _ options: OrderImportOptions = OrderImportOptions(format: .jsonLines)
    ) async throws -> OrderImport {
        try OrderImport(try await self.finish(try await self.begin(file, options)))
    }

    /// What an export writes.
    func exported(_ options: OrderExportOptions) async throws -> (text: String, found: OrderExport) {
        let begun = try await self.files.beginExport(
            BeginOrderExportRequest(commandID: OrderHarness.newID(), options: options))
        let job = try await self.finish(try #require(try await self.job(begun.exportID)))
        var bytes: [UInt8] = []
        for try await chunk in self.jobs.jobs.result(of: job) { bytes += OrderResultFile.orders.bytes(of: chunk) ?? [] }
        return (String(decoding: bytes, as: UTF8.self), try OrderExport(job))
    }

    /// Every order of a brand, by the channel's id, without what is ours.
    func stored(of brand: PostgresUUID? = nil) async throws -> [Order] {
        let rows = try await self.pool.query(
            PostgresStatement("select document from sales_order where brand_id = $1 order by channel_order_id"),
            brand ?? self.brand)
        return try rows.map { try Order(decoding: try $0.decode([UInt8].self)) }
    }

    /// How many orders are kept apart.
    func staged() async throws -> Int64 {
        try await self.orders.number("select count(*) + (select count(*) from import_order_job) from import_order")
    }

    /// What a call is refused with; nil where it is not.
    func problem(_ call: () async throws -> Void) async throws -> Problem? {
        do {
            try await call()
            return nil
        } catch let error as RPCError {
            guard let problem = error.problem else { throw error }
            return problem
        }
    }

    // MARK: Settlements

    /// Begins a settlement and gives it its file.
    func beginSettlement(_ file: String, _ options: SettlementOptions) async throws -> Job {
        let begun = try await self.settlements.beginSettlement(
            BeginSettlementRequest(commandID: OrderHarness.newID(), options: options))
        return try await self.upload(file, to: begun.settlementID)
    }

    /// Matches a settlement to its end.
    func settled(_ file: String, _ options: SettlementOptions) async throws -> Settlement {
        let job = try await self.finish(try await self.beginSettlement(file, options))
        return try await self.settlements.getSettlement(GetSettlementRequest(settlementID: job.id.description))
    }

    /// All lines of a settlement.
    func lines(of settlement: Settlement, _ differences: [SettlementDifference] = []) async throws -> [SettlementLine] {
        var (lines, token): ([SettlementLine], String) = ([], "")
        repeat {
            let page = try await self.settlements.listSettlementLines(
                ListSettlementLinesRequest(
                    settlementID: settlement.settlementID, difference: differences, pageSize: 17, pageToken: token))
            lines += page.lines
            token = page.nextPageToken
        } while !token.isEmpty
        return lines
    }
}

/// A file in two pieces.
struct FilePieces: AsyncSequence {
    typealias Element = [UInt8]
    let bytes: [UInt8]

    func makeAsyncIterator() -> AsyncStream<[UInt8]>.Iterator {
        let (bytes, half) = (self.bytes, self.bytes.count / 2)
        return AsyncStream { continuation in
            continuation.yield(Array(bytes[..<half]))
            continuation.yield(Array(bytes[half...]))
            continuation.finish()
        }.makeAsyncIterator()
    }
}
