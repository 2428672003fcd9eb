internal import Postgres

/// How far an import has come: what its job keeps with each step.
struct ImportCursor: Hashable, Sendable {
    /// What became of the rows.
    struct Counts: Hashable, Sendable {
        var applied: Int64 = 0
        var unchanged: Int64 = 0
        var superseded: Int64 = 0
        var failed: Int64 = 0
        /// Levels whose stock changed, or would.
        var levels: Int64 = 0

        /// All rows dealt with.
        var rows: Int64 { self.applied + self.unchanged + self.superseded + self.failed }
    }

    /// How much of a result was written.
    struct Written: Hashable, Sendable {
        var bytes: Int64 = 0
        /// Whether there was more than is kept.
        var isCut = false
    }

    /// The bytes of the file that are dealt with, and the lines: where the next row begins.
    var offset: Int64 = 0
    var line: Int64 = 0
    var counts = Counts()
    var failedRows = Written()
    var differences = Written()

    /// Where a file begins.
    init() {}

    /// The number of this form; others would be refused.
    private static let form: Int64 = 1

    /// What the job keeps: numbers of eight bytes, the highest first.
    var bytes: [UInt8] {
        let numbers: [Int64] = [
            Self.form, self.offset, self.line, self.counts.applied, self.counts.unchanged, self.counts.superseded,
            self.counts.failed, self.counts.levels, self.failedRows.bytes, self.failedRows.isCut ? 1 : 0,
            self.differences.bytes, self.differences.isCut ? 1 : 0,
        ]
        return numbers.flatMap { number in
            stride(from: Int64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
        }
    }

    /// What ``bytes`` has given.
    init(_ bytes: [UInt8]) throws(PostgresError) {
        let numbers = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<min(start + 8, bytes.count)].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
        guard bytes.count == 96, numbers.first == Self.form else {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an import")
        }
        self.offset = numbers[1]
        self.line = numbers[2]
        self.counts = Counts(
            applied: numbers[3], unchanged: numbers[4], superseded: numbers[5], failed: numbers[6], levels: numbers[7])
        self.failedRows = Written(bytes: numbers[8], isCut: numbers[9] != 0)
        self.differences = Written(bytes: numbers[10], isCut: numbers[11] != 0)
    }
}
