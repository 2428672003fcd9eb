/// The server's five characters for what went wrong. Source: PostgreSQL documentation, appendix A.
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    /// For people.
    public let description: String

    /// A state by its five characters.
    public init(_ code: String) { self.description = code }

    /// Unique violation.
    public static let uniqueViolation = Self("23505")
    /// A division by zero: how a statement that guards a transaction lets it fail.
    public static let divisionByZero = Self("22012")
    /// Foreign key violation.
    public static let foreignKeyViolation = Self("23503")
    /// Check violation.
    public static let checkViolation = Self("23514")
    /// Not null violation.
    public static let notNullViolation = Self("23502")
    /// Serialization failure.
    public static let serializationFailure = Self("40001")
    /// Deadlock detected.
    public static let deadlockDetected = Self("40P01")
    /// Lock not available.
    public static let lockNotAvailable = Self("55P03")
    /// Query canceled.
    public static let queryCanceled = Self("57014")
    /// Too many connections.
    public static let tooManyConnections = Self("53300")
    /// Disk full.
    public static let diskFull = Self("53100")
    /// Undefined statement.
    public static let undefinedStatement = Self("26000")
    /// Failed transaction.
    public static let failedTransaction = Self("25P02")

    /// The first two characters: the class.
    public var classCode: Substring { self.description.prefix(2) }

    /// What a transaction that failed with it may do: classes in which the server undid everything because of others or
    /// of its own state, so that the same may succeed.
    var retry: PostgresError.Retry {
        if self == .lockNotAvailable { return .safe }
        switch self.classCode {
        // Transaction rollback, insufficient resources, operator intervention, system error.
        case "40", "53", "57", "58": return .safe
        default: return .never
        }
    }
}
