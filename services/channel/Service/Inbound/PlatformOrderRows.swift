internal import ChannelDomain
internal import Postgres

/// Reads and writes what is known of platforms' orders.
enum PlatformOrderRows {
    /// What is known of an order now.
    static func read(
        _ orderID: String, on key: ConnectionKey, from pool: PostgresPool
    ) async throws(PostgresError) -> PlatformOrderRecord {
        try Self.record(try await pool.query(Self.selection, key.brand, key.id, orderID))
    }

    /// Notes a finding. Who works on the same order waits until the transaction ends.
    static func note(
        _ finding: PlatformOrderRecord.Finding, _ orderID: String, on key: ConnectionKey,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> PlatformOrderRecord.Conclusion {
        _ = try await transaction.query(Self.insertion, key.brand, key.id, orderID)
        var record = try Self.record(try await transaction.query(Self.lock, key.brand, key.id, orderID))
        let conclusion = record.note(finding)
        _ = try await transaction.query(
            Self.update, key.brand, key.id, orderID, record.orderKey, record.isCancelled)
        return conclusion
    }

    private static func record(_ rows: PostgresRows) throws(PostgresError) -> PlatformOrderRecord {
        guard let row = rows.first else { return PlatformOrderRecord() }
        let (orderKey, isCancelled) = try row.decode(String?.self, Bool.self)
        return PlatformOrderRecord(orderKey: orderKey, isCancelled: isCancelled)
    }

    private static let selection = PostgresStatement(
        """
        select order_key, is_cancelled from platform_order
        where brand_id = $1 and connection_id = $2 and order_id = $3
        """,
        readOnly: true)

    private static let lock = PostgresStatement(
        """
        select order_key, is_cancelled from platform_order
        where brand_id = $1 and connection_id = $2 and order_id = $3 for update
        """)

    private static let insertion = PostgresStatement(
        """
        insert into platform_order (brand_id, connection_id, order_id) values ($1, $2, $3)
        on conflict (brand_id, connection_id, order_id) do nothing
        """)

    private static let update = PostgresStatement(
        """
        update platform_order set order_key = $4, is_cancelled = $5,
            taken_at = case when $4 is not null then coalesce(taken_at, now()) end, seen_at = now()
        where brand_id = $1 and connection_id = $2 and order_id = $3
        """)
}
