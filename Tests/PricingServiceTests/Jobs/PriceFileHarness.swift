import DrivelineTesting
import Foundation
import Jobs
import Postgres
import PricingAPI
import PricingMessages
import ProtobufC
import ServedJobs
import WellKnownMessages

@testable import PricingService

/// Price lists, and imports and exports of their prices, on one database of the test's own.
struct PriceFileHarness {
    let pricing: PricingHarness
    let jobs: PriceJobs

    static func with(_ body: (PriceFileHarness) async throws -> Void) async throws {
        try await PricingHarness.with(
            sessionSettings: PriceJobs.sessionSettings,
            { pool, news in
                let jobs = PriceJobs(pool, writes: PriceWrites(), news: news, logger: PricingHarness.logger)
                return [
                    PriceLists(pool, writes: PriceWrites(), news: news, logger: PricingHarness.logger), jobs,
                    jobs.servedJobs,
                ]
            },
            { pricing in
                let jobs = PriceJobs(
                    pricing.pool, writes: PriceWrites(), news: pricing.news, logger: PricingHarness.logger,
                    recordsPerStep: 10)
                try await body(PriceFileHarness(pricing: pricing, jobs: jobs))
            })
    }

    var files: PriceFileServiceClient { PriceFileServiceClient(self.pricing.rpc) }

    /// Begins an import of a file.
    func begin(
        _ file: String, _ options: PriceImportOptions = PriceImportOptions(format: .csv)
    ) async throws -> Job {
        let parameters = try PriceImport(options: options, createdBy: "tester").encodedBytes()
        let job = try await self.jobs.jobs.create(
            JobRequest(
                brand: self.pricing.brand, kind: PriceJobs.importKind, parameters: parameters, hasInput: true))
        return try await self.jobs.jobs.upload(FilePieces(bytes: Array(file.utf8)), to: job)
    }

    /// Works until a job has ended.
    func finish(_ job: Job) async throws -> Job {
        let runner = Task { await self.jobs.run(as: Self.anyRunner, configuration: Self.configuration) }
        defer { runner.cancel() }
        var found = job
        try await until {
            found = try await self.found(job)
            return found.state.isFinal
        }
        runner.cancel()
        await runner.value
        return found
    }

    func found(_ job: Job) async throws -> Job { try await self.jobs.jobs.find(job.id, brand: job.brand) ?? job }

    /// Imports a file to its end.
    func imported(
        _ file: String, _ options: PriceImportOptions = PriceImportOptions(format: .csv)
    ) async throws -> PriceImport {
        try PriceImport(try await self.finish(try await self.begin(file, options)))
    }

    /// Undoes an import to its end; what was refused.
    func undo(_ found: PriceImport) async throws -> (refused: [String], job: Job) {
        let parameters = try PriceImport(importID: found.importID, createdBy: "tester").encodedBytes()
        let job = try await self.finish(
            try await self.jobs.jobs.create(
                JobRequest(brand: self.pricing.brand, kind: PriceJobs.undoKind, parameters: parameters)))
        return (try await self.lines(.failedRecords, of: job), job)
    }

    /// What an export writes.
    func exported(
        _ options: PriceExportOptions, kind: String = PriceJobs.exportKind
    ) async throws -> (text: String, found: PriceExport, job: Job) {
        let parameters = try PriceExport(options: options, createdBy: "tester").encodedBytes()
        let job = try await self.finish(
            try await self.jobs.jobs.create(
                JobRequest(brand: self.pricing.brand, kind: kind, parameters: parameters)))
        var bytes: [UInt8] = []
        for try await chunk in self.jobs.jobs.result(of: job) {
            bytes += ImportResultFile.prices.bytes(of: chunk) ?? []
        }
        return (String(decoding: bytes, as: UTF8.self), try PriceExport(job), job)
    }

    /// The lines of a file that a job has left.
    func lines(_ file: ImportResultFile, of job: Job) async throws -> [String] {
        var bytes: [UInt8] = []
        for try await chunk in self.jobs.jobs.result(of: job) { bytes += file.bytes(of: chunk) ?? [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func lines(_ file: ImportResultFile, of found: PriceImport) async throws -> [String] {
        guard let id = JobID(found.importID), let job = try await self.jobs.jobs.find(id, brand: self.pricing.brand)
        else { return [] }
        return try await self.lines(file, of: job)
    }

    /// Every price: list, SKU, quantity, period, amount.
    func prices() async throws -> [String] { try await self.texts(Self.priceTexts) }

    /// Every price that was replaced or removed.
    func history() async throws -> [String] { try await self.texts(Self.historyTexts) }

    private func texts(_ statement: PostgresStatement) async throws -> [String] {
        try await self.pricing.pool.query(statement, self.pricing.brand).map { row in try row.decode(String.self) }
    }

    /// How many rows are kept apart.
    func staged() async throws -> Int64 { try await self.pricing.number("select count(*) from import_price") }

    private static let priceTexts = PostgresStatement(
        """
        select concat_ws(' ', l.list_id, p.sku, p.minimum_quantity, p.valid_from, p.valid_to, p.amount) from price p
        join price_list l on l.brand_id = p.brand_id and l.number = p.list_number where p.brand_id = $1 order by 1
        """)

    private static let historyTexts = PostgresStatement(
        """
        select concat_ws(' ', l.list_id, p.sku, p.minimum_quantity, p.valid_from, p.valid_to, p.amount)
        from price_history p
        join price_list l on l.brand_id = p.brand_id and l.number = p.list_number where p.brand_id = $1 order by 1
        """)

    static var anyRunner: PostgresUUID { PostgresUUID(high: .random(in: .min ... .max), low: 1) }

    static var configuration: JobRunner.Configuration {
        var configuration = PriceJobs.configuration
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        return configuration
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
