/// The server's five characters for what went wrong. Source: PostgreSQL documentation, appendix A.
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ code: String) { self.description = code }

    public static let uniqueViolation = Self("23505")
    public static let foreignKeyViolation = Self("23503")
    public static let checkViolation = Self("23514")
    public static let notNullViolation = Self("23502")
    public static let serializationFailure = Self("40001")
    public static let deadlockDetected = Self("40P01")
    public static let lockNotAvailable = Self("55P03")
    public static let queryCanceled = Self("57014")
    public static let tooManyConnections = Self("53300")
    public static let diskFull = Self("53100")
    public static let undefinedStatement = Self("26000")
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
