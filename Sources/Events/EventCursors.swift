public import Buckets
public import Postgres

/// The cursors of a service's consumers, kept in the same transaction as what the events cause.
public enum EventCursors {
    /// The cursor of a consumer; before the first event if it never moved.
    public static func read(consumer: String, from pool: PostgresPool) async throws(PostgresError) -> EventCursor {
        var cursor = EventCursor()
        for row in try await pool.query(Self.selection, consumer) {
            let (number, sequence) = try row.decode(Int16.self, Int64.self)
            if let bucket = Bucket(number: number) { cursor[bucket] = sequence }
        }
        return cursor
    }

    /// Moves a consumer's cursor in one bucket, within the transaction of the effect.
    ///
    /// - Returns: Whether the cursor stood at `from`. False means that another copy of the consumer has dealt with
    ///   these events: the transaction must be rolled back.
    public static func move(
        consumer: String, bucket: Bucket, from: Int64, to: Int64, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        let statement = from == 0 ? Self.insertion : Self.update
        let rows =
            from == 0
            ? try await transaction.query(statement, consumer, bucket.number, to)
            : try await transaction.query(statement, consumer, bucket.number, to, from)
        return rows.count == 1
    }

    private static let selection = PostgresStatement(
        "select bucket, sequence from event_cursor where consumer = $1", readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into event_cursor (consumer, bucket, sequence) values ($1, $2, $3)
        on conflict (bucket, consumer) do nothing returning bucket
        """)

    private static let update = PostgresStatement(
        """
        update event_cursor set sequence = $3 where consumer = $1 and bucket = $2 and sequence = $4 returning bucket
        """)
}
