public import Logging
public import Postgres

/// Carries out the commands that change stock.
public final class StockEngine: Sendable {
    let setups: BrandSetups

    /// An engine on a database.
    public init(_ pool: PostgresPool, logger: Logger) { self.setups = BrandSetups(pool) }
}
