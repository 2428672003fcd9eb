public import Postgres

/// Work that outlives a call, as its owning service keeps it.
public struct Job: Hashable, Sendable {
    /// What names it.
    public var id: JobID
    /// Whose it is.
    public var brand: PostgresUUID
    /// What is to be done, such as `import-stock`: the name of a handler.
    public var kind: String
    /// Where it stands.
    public var state: JobState
    /// How it is to be done: an encoded message.
    public var parameters: [UInt8]
    /// How far it has come, in its handler's own words; nil before the first checkpoint.
    public var cursor: [UInt8]?
    /// How far it has come, for people.
    public var progress: JobProgress
    /// What it works on.
    public var input: JobContent
    /// Whether chunks of input may still come; until then it does not run.
    public var isInputOpen: Bool
    /// What it has given so far.
    public var result: JobContent
    /// Why it failed.
    public var failure: JobFailure?
    /// How often it was begun since it last came further.
    public var attempts: Int32
    /// By the database's clock.
    public var createdAt: PostgresTimestamp
    /// When a runner first took it.
    public var startedAt: PostgresTimestamp?
    /// When it came to its final state.
    public var endedAt: PostgresTimestamp?
    /// Not before then does it run (again).
    var notBefore: PostgresTimestamp
    /// Raised with each runner that takes it.
    var token: Int64
    /// Who has it.
    var runner: PostgresUUID?
    /// Until when, unless renewed.
    var leaseExpiresAt: PostgresTimestamp?
}

/// How far a job has come.
public struct JobProgress: Hashable, Sendable {
    /// The longest message, in characters; the rest is cut off.
    public static let maximumMessageLength = 1_000

    /// Rows dealt with, those that failed included.
    public var done: Int64
    /// Rows in all; nil while it is not known.
    public var total: Int64?
    /// Rows that were refused.
    public var failedRows: Int64
    /// What it does now, for people.
    public var message: String

    /// Progress, by default none.
    public init(done: Int64 = 0, total: Int64? = nil, failedRows: Int64 = 0, message: String = "") {
        self.done = done
        self.total = total
        self.failedRows = failedRows
        self.message = message
    }
}

/// What a job is given or gives: bytes in numbered chunks.
public struct JobContent: Hashable, Sendable {
    /// How many chunks there are; they are numbered from 0 on.
    public var chunks: Int32 = 0
    /// How many bytes they have together.
    public var bytes: Int64 = 0
    /// The CRC-32 of all bytes, as gzip computes it.
    public var checksum: UInt32 = 0

    mutating func append(_ chunk: [UInt8]) {
        self.chunks += 1
        self.bytes += Int64(chunk.count)
        self.checksum = CRC32.checksum(of: chunk, after: self.checksum)
    }
}

/// Why a job failed for good. A handler throws it where no further try can help.
public struct JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The longest message, in characters; the rest is cut off.
    public static let maximumMessageLength = 2_000
    /// All tries ended with an error that is none of the job's own; the log has it.
    public static let internalError = "internal"
    /// It had not come to its end within ``JobLimits/lifetimeDays``.
    public static let expired = "expired"

    /// For programs, such as `unreadable-file`.
    public var code: String
    /// For people: what is wrong, and what would be right. Never what only the service's makers understand.
    public var message: String

    /// A failure that is the job's own.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// For people.
    public var description: String { "\(self.code): \(self.message)" }
}

/// The bounds of jobs.
public enum JobLimits {
    /// The most bytes of parameters: 64 KiB.
    public static let parameterBytes = 1 << 16
    /// The most bytes of a cursor: 64 KiB.
    public static let cursorBytes = 1 << 16
    /// The most bytes of a chunk: 256 KiB.
    public static let chunkBytes = 1 << 18
    /// The most bytes of an input: 512 MiB.
    public static let inputBytes: Int64 = 1 << 29
    /// The most bytes of a result: 512 MiB.
    public static let resultBytes: Int64 = 1 << 29
    /// The most chunks of one checkpoint.
    public static let chunksPerCheckpoint = 16
    /// The most jobs of a brand that have not ended. Two that are created at once may both pass.
    public static let openPerBrand: Int64 = 1_000
    /// After how many days a job that has not ended fails: less than its partition is kept.
    public static let lifetimeDays: Int64 = 14
    /// The most jobs of one list.
    public static let listed = 200
    /// The longest kind, in characters.
    public static let kindLength = 64
}
