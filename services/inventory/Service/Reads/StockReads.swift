public import Postgres

/// Answers what is asked of stock.
public struct StockReads: Sendable {
    let pool: PostgresPool

    /// Reads of a database.
    public init(_ pool: PostgresPool) { self.pool = pool }
}
