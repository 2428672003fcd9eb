/// Why something cannot be done with a job.
public struct JobError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of refusal it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For people.
        public let description: String

        /// The brand has no such job.
        public static let notFound = Self(description: "not found")
        /// The job has come to its end.
        public static let ended = Self(description: "ended")
        /// The brand has as many open jobs as it may have.
        public static let tooManyOpen = Self(description: "too many open")
        /// A value is larger than it may be.
        public static let tooLarge = Self(description: "too large")
        /// The job takes no input, or no more.
        public static let inputClosed = Self(description: "input closed")
        /// A chunk is not the next one.
        public static let outOfOrder = Self(description: "out of order")
        /// The input is not what its sender says it is.
        public static let checksumMismatch = Self(description: "checksum mismatch")
        /// A value is not one that may be.
        public static let invalid = Self(description: "invalid")
        /// Another runner has the job now.
        public static let leaseLost = Self(description: "lease lost")
    }

    /// What kind of refusal it is.
    public var code: Code
    /// What is wrong and what would be right.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// For people.
    public var description: String { "\(self.code): \(self.message)" }
}

extension JobError {
    static func notFound(_ id: JobID) -> Self { Self(.notFound, "there is no job \(id)") }

    static func ended(_ job: Job) -> Self { Self(.ended, "the job \(job.id) has \(job.state.rawValue) already") }

    static func tooLarge(_ what: String, bytes: Int64, limit: Int64) -> Self {
        Self(.tooLarge, "\(what) of \(bytes) bytes; at most \(limit) may be")
    }
}
