public import Postgres

/// The right of one process to do what must run once, for a while, with a token that fences off those before it.
public struct Lease: Hashable, Sendable {
    /// What is held, such as `sweeper`.
    public let name: String
    /// Raised each time that the lease changes hands.
    public let token: Int64

    /// Locks the lease in the transaction of an effect, so that nobody can take it over before that commits.
    ///
    /// - Throws: ``LeaseError/lost(name:)`` if somebody has taken it over: the transaction must be rolled back.
    public func check(in transaction: PostgresTransaction) async throws {
        let rows = try await transaction.query(Self.fence, self.name, self.token)
        guard rows.count == 1 else { throw LeaseError.lost(name: self.name) }
    }

    private static let fence = PostgresStatement(
        "select token from lease where name = $1 and token = $2 and holder is not null for share")
}

/// Why a lease's work cannot go on.
public enum LeaseError: Error, Hashable, Sendable {
    /// Somebody else has it now.
    case lost(name: String)
}
