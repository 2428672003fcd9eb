internal import Postgres
internal import PricingMessages

/// Moves the prices of lists that are no more to the history, a bounded number at a time.
///
/// Nothing meets them any more: a number stands for no other list, and calls and quotes find prices by the lists that there
/// are. In the history they were removed when the list was, by whoever removed it, whenever they are moved.
enum RemovedPrices {
    /// What the history says of why.
    static let reason = "the list was removed"

    /// Moves prices of a list.
    ///
    /// - Returns: Whether none is left.
    static func clear(
        list number: Int32, of brand: PostgresUUID, limit: Int, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        guard let removal = try await transaction.query(Self.removal, brand, number).first else { return true }
        let (recordedAt, principal) = try removal.decode(PostgresTimestamp.self, String.self)
        let change = PostgresUUID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
        let moved = try await transaction.query(Self.move, brand, number, recordedAt, change, Int64(limit)).affected
        if moved > 0 {
            _ = try await transaction.execute([
                PriceChangeRows.insertion(
                    change, of: brand, at: recordedAt, by: principal, reason: Self.reason, importID: nil)
            ])
        }
        return moved < limit
    }

    private static let removal = PostgresStatement(
        """
        select recorded_at, recorded_by from price_book_history
        where brand_id = $1 and kind = 1 and list_number = $2 and is_removed order by revision desc limit 1
        """)

    private static let move = PostgresStatement(
        """
        with gone as (
            delete from price p
            using (select bucket, brand_id, sku, list_number, minimum_quantity, valid_from from price
                   where brand_id = $1 and list_number = $2 order by sku limit $5) k
            where p.bucket = k.bucket and p.brand_id = k.brand_id and p.sku = k.sku and p.list_number = k.list_number
                and p.minimum_quantity = k.minimum_quantity and p.valid_from = k.valid_from
            returning p.*)
        insert into price_history (bucket, brand_id, sku, list_number, minimum_quantity, valid_from, valid_to, amount,
            recorded_at, change_id, replaced_at, replaced_by)
        select bucket, brand_id, sku, list_number, minimum_quantity, valid_from, valid_to, amount, recorded_at, change_id,
            $3, $4
        from gone
        """)
}
