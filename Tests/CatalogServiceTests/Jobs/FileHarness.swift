import CatalogDomain
import CatalogMessages
import DrivelineTesting
import Events
import Foundation
import Jobs
import LocalServers
import Logging
import Postgres
import ProtobufC
import ServedJobs
import Vehicles

@testable import CatalogService

/// A catalog and its imports and exports, on one database of the test's own.
struct FileHarness {
    let catalog: CatalogHarness
    let jobs: CatalogJobs

    /// - Parameters:
    ///   - postgres: The server of its database; nil for the one that tests share.
    ///   - limits: Small ones, so that short files are many steps and pieces.
    static func with(
        on postgres: LocalPostgres? = nil,
        limits: ImportLimits = ImportLimits(recordsPerStep: 400, piece: FitmentPiece.Limits(parts: 3, records: 40)),
        _ body: (FileHarness) async throws -> Void
    ) async throws {
        let known = KnownVehicles(try VehicleTables.embedded.catalog)
        let followers: [any ProductFollower] = [CompatibilityFitments(known), SearchRows()]
        try await CatalogHarness.with(followers: followers, on: postgres) { catalog in
            try await body(Self(catalog, known, limits))
        }
    }

    /// A database that a service has made, and works on by itself.
    static func with(database: String, _ body: (FileHarness) async throws -> Void) async throws {
        let known = KnownVehicles(try VehicleTables.embedded.catalog)
        try await CatalogHarness.with(followers: [], database: database) { catalog in
            try await body(Self(catalog, known, ImportLimits()))
        }
    }

    private init(_ catalog: CatalogHarness, _ known: KnownVehicles, _ limits: ImportLimits) {
        self.catalog = catalog
        self.jobs = CatalogJobs(
            catalog.pool, products: catalog.products.writes, known: known, news: catalog.news,
            logger: Logger(label: "files") { _ in SwiftLogNoOpLogHandler() }, limits: limits)
    }

    /// Begins an import of a file.
    ///
    /// - Parameter brand: Another one than the harness'.
    func begin(_ file: String, _ options: CatalogImportOptions, of brand: PostgresUUID? = nil) async throws -> Job {
        let parameters = try CatalogImport(options: options, createdBy: "tester").encodedBytes()
        let job = try await self.jobs.jobs.create(
            JobRequest(
                brand: brand ?? self.catalog.brand, kind: CatalogJobs.importKind, parameters: parameters,
                hasInput: true))
        return try await self.jobs.jobs.upload(Pieces(bytes: Array(file.utf8)), to: job)
    }

    /// Works until a job has ended.
    func finish(_ job: Job) async throws -> Job {
        let runner = Task { await self.jobs.run(as: Self.anyRunner, configuration: Self.configuration) }
        defer { runner.cancel() }
        var found = job
        try await until {
            found = try await self.jobs.jobs.find(job.id, brand: job.brand) ?? found
            return found.state.isFinal
        }
        runner.cancel()
        await runner.value
        return found
    }

    /// Works until something is so, or the job has ended; then the work is broken off.
    func work(on job: Job, until isSo: () async throws -> Bool) async throws -> Job {
        let runner = Task { await self.jobs.run(as: Self.anyRunner, configuration: Self.configuration) }
        defer { runner.cancel() }
        var found = job
        try await until {
            found = try await self.jobs.jobs.find(job.id, brand: job.brand) ?? found
            if found.state.isFinal { return true }
            return try await isSo()
        }
        runner.cancel()
        await runner.value
        return try await self.jobs.jobs.find(job.id, brand: job.brand) ?? found
    }

    /// Forgets what imports keep apart, as the server does when it crashes.
    func loseStaged() async throws {
        try await self.catalog.pool.runScript("truncate import_staging, import_fitment, import_product")
    }

    /// Imports a file to its end.
    func imported(_ file: String, _ options: CatalogImportOptions) async throws -> CatalogImport {
        try CatalogImport(try await self.finish(try await self.begin(file, options)))
    }

    /// Undoes an import to its end; what was refused.
    func undo(_ found: CatalogImport) async throws -> [String] {
        let parameters = try CatalogImport(importID: found.importID, createdBy: "tester").encodedBytes()
        let job = try await self.finish(
            try await self.jobs.jobs.create(
                JobRequest(brand: self.catalog.brand, kind: CatalogJobs.undoKind, parameters: parameters)))
        return try await self.lines(.failedRecords, of: job)
    }

    /// What an export writes.
    func exported(_ options: CatalogExportOptions) async throws -> (text: String, found: CatalogExport) {
        let parameters = try CatalogExport(options: options, createdBy: "tester").encodedBytes()
        let job = try await self.finish(
            try await self.jobs.jobs.create(
                JobRequest(brand: self.catalog.brand, kind: CatalogJobs.exportKind, parameters: parameters)))
        var bytes: [UInt8] = []
        for try await chunk in self.jobs.jobs.result(of: job) { bytes += chunk }
        return (String(decoding: bytes, as: UTF8.self), try CatalogExport(job))
    }

    /// The lines of a file that an import has left.
    func lines(_ file: ImportResultFile, of job: Job) async throws -> [String] {
        var bytes: [UInt8] = []
        for try await chunk in self.jobs.jobs.result(of: job) { bytes += file.bytes(of: chunk) ?? [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func lines(_ file: ImportResultFile, of found: CatalogImport) async throws -> [String] {
        guard let id = JobID(found.importID), let job = try await self.jobs.jobs.find(id, brand: self.catalog.brand)
        else { return [] }
        return try await self.lines(file, of: job)
    }

    /// Every fitment: SKU, id, quantity.
    func fitments() async throws -> [String] {
        let rows = try await self.catalog.pool.query(
            PostgresStatement("select sku, fitment_id, document from fitment where brand_id = $1 order by 1, 2"),
            self.catalog.brand)
        return try rows.map { row in
            let (sku, id, document) = try row.decode(String.self, PostgresUUID.self, [UInt8].self)
            return "\(sku) \(id) \(try Fitment(decoding: document).quantity)"
        }
    }

    /// Every product's SKU and name.
    func names() async throws -> [String] {
        let rows = try await self.catalog.pool.query(
            PostgresStatement("select sku, name from product where brand_id = $1 order by 1"), self.catalog.brand)
        return try rows.map { row in
            let (sku, name) = try row.decode(String.self, String.self)
            return "\(sku) \(name)"
        }
    }

    /// How many rows are kept apart.
    func staged() async throws -> Int64 {
        let rows = try await self.catalog.pool.query(
            PostgresStatement(
                """
                select (select count(*) from import_fitment) + (select count(*) from import_product)
                    + (select count(*) from import_staging)
                """))
        return try rows.first?.decode(Int64.self) ?? -1
    }

    static var anyRunner: PostgresUUID { PostgresUUID(high: .random(in: .min ... .max), low: 1) }

    static var configuration: JobRunner.Configuration {
        var configuration = CatalogJobs.configuration
        configuration.leaseMilliseconds = 10_000
        configuration.pollMilliseconds = 20
        configuration.firstWaitMilliseconds = 1
        return configuration
    }
}

/// A file in two pieces.
struct Pieces: AsyncSequence {
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

/// ACES files of the tests' own making.
enum SampleACES {
    static func file(
        _ applications: [String], mode: String = "FULL", title: String = "Pads", count: Int? = nil
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <ACES version="4.2">
        <Header><Company>Stopwell</Company><SenderName>Desk</SenderName><SenderPhone>1</SenderPhone>\
        <TransferDate>2026-01-01</TransferDate><DocumentTitle>\(title)</DocumentTitle>\
        <EffectiveDate>2026-01-01</EffectiveDate><SubmissionType>\(mode)</SubmissionType>\
        <VcdbVersionDate>2026-01-01</VcdbVersionDate><QdbVersionDate>2026-01-01</QdbVersionDate>\
        <PcdbVersionDate>2026-01-01</PcdbVersionDate></Header>
        \(applications.joined(separator: "\n"))
        <Footer><RecordCount>\(count ?? applications.count)</RecordCount></Footer>
        </ACES>

        """
    }

    static func application(
        _ id: Int, _ part: String, vehicle: Int, note: String? = nil, quantity: Int = 1, action: String = "A"
    ) -> String {
        let note = note.map { "<Note>\($0)</Note>" } ?? ""
        return "<App action=\"\(action)\" id=\"\(id)\"><BaseVehicle id=\"\(vehicle)\"/>\(note)<Qty>\(quantity)</Qty>"
            + "<PartType id=\"1684\"/><Position id=\"22\"/><Part>\(part)</Part></App>"
    }
}
