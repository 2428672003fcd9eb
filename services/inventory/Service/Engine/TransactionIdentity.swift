internal import Postgres

/// When a transaction is given its id.
///
/// Kits that are told of because the setup changed are told of behind all transactions that may have decided by the setup
/// before (`KitAnnouncements`). PostgreSQL shows those that run only where they have an id, which it gives to them with the
/// first row that they write or lock.
enum TransactionIdentity {
    /// The command that gives the transaction its id; to be sent before the setup's version is read. Costs no write.
    static let assigning = PostgresCommand(
        PostgresStatement("select pg_current_xact_id()::text"))
}
