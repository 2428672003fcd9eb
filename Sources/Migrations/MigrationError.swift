public import Postgres

/// Why migrations cannot be used or applied.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable {
        private let name: String

        /// The migrations of the executable contradict each other.
        public static let invalidSet = Self(name: "invalid set")
        /// A migration was changed, or slipped in, after it or a later one had been applied.
        public static let changed = Self(name: "changed")
        /// The database has migrations that the executable does not know.
        public static let newerDatabase = Self(name: "newer database")
        /// A statement of a migration failed.
        public static let failed = Self(name: "failed")
        /// Locks could not be had in time.
        public static let busy = Self(name: "busy")
        /// The database did not do what it was asked apart from the migrations themselves.
        public static let database = Self(name: "database")
        /// The caller's task was cancelled.
        public static let cancelled = Self(name: "cancelled")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One line: what is wrong, and what to do where that is not plain.
    public let description: String
    /// What the database said.
    public let cause: PostgresError?

    init(_ code: Code, _ description: String, cause: PostgresError? = nil) {
        self.code = code
        self.description = description
        self.cause = cause
    }
}

extension MigrationError {
    /// Whatever ended the work with the database.
    init(_ error: any Error) {
        switch error {
        case let error as MigrationError: self = error
        case let error as PostgresError: self.init(.database, error.description, cause: error)
        default: self.init(.cancelled, "the migrations were interrupted")
        }
    }

    /// A statement that failed.
    init(_ migration: Migration, line: Int, _ cause: PostgresError) {
        let kept =
            migration.isTransactional ? "nothing of it was applied" : "what stands before that line was applied"
        self.init(
            .failed,
            "the migration \(migration.number) (\(migration.name)) failed in line \(line): \(cause.message)"
                + (cause.sqlState.map { " (SQLSTATE \($0))" } ?? "") + "; \(kept)",
            cause: cause)
    }
}
