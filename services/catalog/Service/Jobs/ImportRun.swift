internal import CatalogDomain
internal import CatalogFiles
internal import CatalogMessages
internal import Jobs
internal import Postgres
internal import ProtobufC

/// Works on one import from where it stands.
///
/// A file is read whole and its records are kept apart, before the first of them is done: a file that is cut off or does
/// not add up changes nothing. Then the catalog is changed part by part, each in a transaction with the job's progress, so
/// that whoever takes the import up after a kill goes on behind the last part.
struct ImportRun {
    let imports: CatalogJobs
    let context: JobContext
    let options: CatalogImportOptions
    var progress: ImportProgress

    /// An import as its job stands.
    init(_ context: JobContext, of imports: CatalogJobs) throws {
        self.imports = imports
        self.context = context
        self.options = try CatalogImport(decoding: context.job.parameters).options ?? CatalogImportOptions()
        self.progress =
            try context.job.cursor.map { bytes throws(PostgresError) in try ImportProgress(bytes) } ?? ImportProgress()
    }

    var brand: PostgresUUID { self.context.job.brand }
    var jobID: PostgresUUID { self.context.job.id.uuid }

    /// Until the end.
    ///
    /// - Throws: `JobFailure` where the file cannot be taken.
    mutating func run() async throws {
        do {
            try await self.runPhases()
        } catch let failure as JobFailure {
            // Nobody comes back for what was kept apart.
            for statement in [Self.fitmentsClearing, Self.productsClearing] {
                _ = try await self.imports.pool.query(statement, self.jobID)
            }
            throw failure
        }
    }

    private mutating func runPhases() async throws {
        while true {
            switch self.progress.phase {
            case .reading: try await self.read()
            case .checking: try await self.check()
            case .applying: try await self.apply()
            case .clearing: return try await self.clear()
            }
        }
    }

    /// Takes a step.
    mutating func step(
        _ progress: ImportProgress, results: [[UInt8]] = [], commands: [PostgresCommand] = [],
        _ effect: (PostgresTransaction) async throws -> Void = { _ in }
    ) async throws {
        let cursor = try progress.encoded()
        try await self.context.checkpoint { transaction in
            try await effect(transaction)
            return JobStep(
                cursor: cursor, progress: progress.jobProgress, results: results, commands: commands)
        }
        self.progress = progress
    }

    private mutating func check() async throws {
        var next = self.progress
        if self.options.format.isOfFitments {
            guard let row = try await self.imports.pool.query(Self.conflicts, self.jobID).first else { return }
            (next.duplicates, next.overlaps, next.commentNoComments) = try row.decode(
                Int64.self, Int64.self, Int64.self)
        }
        next.phase = .applying
        try await self.step(next)
    }

    private mutating func apply() async throws {
        var isDone = false
        while !isDone {
            isDone = try await self.options.format.isOfFitments ? self.applyFitments() : self.applyProducts()
        }
        var next = self.progress
        next.phase = .clearing
        try await self.step(next)
    }

    private mutating func clear() async throws {
        let commands = [Self.fitmentsClearing, Self.productsClearing].map { PostgresCommand($0, self.jobID) }
        try await self.step(self.progress, commands: commands)
    }

    static let fitmentsClearing = PostgresStatement("delete from import_fitment where job_id = $1")
    static let productsClearing = PostgresStatement("delete from import_product where job_id = $1")

    /// Duplicates, overlaps, and groups of fitments with and without conditions: all within the file, in one pass. Ranges
    /// of years are compared as a whole; the report on fitments compares them year by year.
    private static let conflicts = PostgresStatement(
        """
        with record as (
            select vehicle_key, review_key, year_from, year_to, conditions, asset_name, sku, count(*) as count
            from import_fitment where job_id = $1 and not is_deletion
            group by vehicle_key, review_key, year_from, year_to, conditions, asset_name, sku
        ), conditioned as (
            select vehicle_key, review_key, year_from, year_to, conditions, asset_name, sum(count - 1) as duplicates,
                count(*) > 1 as is_overlap
            from record group by vehicle_key, review_key, year_from, year_to, conditions, asset_name
        ), vehicle as (
            select sum(duplicates) as duplicates, count(*) filter (where is_overlap) as overlap_count,
                bool_or(conditions is null) and bool_or(conditions is not null) as mixed
            from conditioned group by vehicle_key, review_key, year_from, year_to
        )
        select coalesce(sum(duplicates), 0)::bigint, coalesce(sum(overlap_count), 0)::bigint,
            count(*) filter (where mixed)
        from vehicle
        """,
        readOnly: true)
}

extension CatalogFormat {
    /// Whether files of the format have fitments, and not products.
    var isOfFitments: Bool {
        switch self {
        case .aces, .fitmentCsv, .fitmentJSON: true
        default: false
        }
    }
}
