internal import CatalogFiles
internal import Postgres

/// The steps by which an import reads its file: while one is written, the next one is checked and encoded, and the one
/// behind it is read from the file.
///
/// Steps are written in the order of the file, each with how far the import has come by it.
struct ImportReading {
    /// After how many bytes of the file a step takes no more pieces of it.
    static let bytesPerStep: Int64 = 4 << 20

    /// Records of a step, as they were read.
    struct Batch: Sendable {
        var records: [CatalogRecord] = []
        /// Bytes of the file that were read by the end of the step before, and by now.
        let begin: Int64
        var end: Int64

        /// - Parameter begin: How many bytes of the file were read before.
        init(after begin: Int64) { (self.begin, self.end) = (begin, begin) }

        func isFull(_ limits: ImportLimits) -> Bool {
            self.records.count >= limits.recordsPerStep || self.end - self.begin >= ImportReading.bytesPerStep
        }
    }

    private let run: ImportRun
    private var last: Task<ImportProgress, any Error>?
    private var beforeLast: Task<ImportProgress, any Error>?
    /// The number of the next record.
    private var number: Int64

    init(of run: ImportRun) {
        self.run = run
        self.number = run.progress.kept + 1
    }

    /// Takes over what was read; two steps are under way at the most.
    ///
    /// - Parameter conclude: Changes how far the import has come with the step.
    mutating func begin(
        _ batch: Batch, _ conclude: @escaping @Sendable (inout ImportProgress) throws -> Void = { _ in }
    ) async throws {
        try Task.checkCancellation()
        _ = try await self.beforeLast?.value
        let (run, previous, number) = (self.run, self.last, self.number)
        let isFirst = number == 1
        let step = Task {
            var parts: [StagedRecords] = []
            var rest = batch.records[...]
            repeat {
                let taken = batch.records.count - rest.count
                let part = try await StagedRecords(firstOf: rest, from: number + Int64(taken), of: run)
                rest = rest.dropFirst(part.count)
                parts.append(part)
            } while !rest.isEmpty
            var progress = try await previous?.value ?? run.progress
            for (place, part) in parts.enumerated() {
                progress.kept += Int64(part.count)
                progress.records = max(progress.records, progress.kept)
                if place == parts.count - 1 {
                    progress.bytes = batch.end
                    try conclude(&progress)
                }
                progress = try await run.keep(part, progress, isFirst: isFirst && place == 0)
            }
            return progress
        }
        self.number += Int64(batch.records.count)
        (self.beforeLast, self.last) = (self.last, step)
    }

    /// How far the import has come when all is written.
    func finish() async throws -> ImportProgress { try await self.last?.value ?? self.run.progress }

    /// Waits until nothing is under way any more, whatever became of it.
    func settle() async {
        _ = await self.beforeLast?.result
        _ = await self.last?.result
    }
}
