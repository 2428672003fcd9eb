internal import Buckets
internal import Jobs
internal import OrderMessages
internal import Postgres

/// The orders of files that imports keep apart, in tables that are not logged.
///
/// A crash of the server empties these tables. Each import has a row beside its orders, which is gone then, too:
/// whoever finds the row in a transaction has all orders for the length of it, as no transaction outlasts a crash.
struct ImportStaging: Sendable {
    /// The server has lost what was kept apart: the file has to be read again.
    struct Lost: Error, CustomStringConvertible {
        let description = "the database has lost what an import kept apart, as in a crash; its file is read again"
    }

    let job: Job

    private var id: PostgresUUID { self.job.id.uuid }

    /// Begins to keep orders apart.
    func begin(in transaction: PostgresTransaction) async throws(PostgresError) {
        _ = try await transaction.query(Self.beginning, self.id, self.job.brand)
    }

    /// - Throws: ``Lost`` where the orders are not all there.
    func check(in transaction: PostgresTransaction) async throws {
        guard try await !transaction.query(Self.presence, self.id).isEmpty else { throw Lost() }
    }

    /// Whether the orders are there.
    func isKept(in pool: PostgresPool) async throws(PostgresError) -> Bool {
        try await !pool.query(Self.presence, self.id).isEmpty
    }

    /// Removes the orders: bucket by bucket, as all at once may take longer than a statement may.
    func clear(in pool: PostgresPool) async throws { try await Self.clear(self.id, in: pool) }

    /// Removes what imports have left that ended, or are forgotten.
    static func sweep(_ pool: PostgresPool) async throws {
        for row in try await pool.query(Self.leftovers) {
            try await Self.clear(row.decode(PostgresUUID.self), in: pool)
        }
    }

    private static func clear(_ job: PostgresUUID, in pool: PostgresPool) async throws {
        for bucket in Bucket.all { _ = try await pool.query(Self.clearing, job, bucket.number) }
        _ = try await pool.query(Self.end, job)
    }

    private static let beginning = PostgresStatement(
        "insert into import_order_job (job_id, brand_id) values ($1, $2) on conflict do nothing")

    private static let presence = PostgresStatement(
        "select from import_order_job where job_id = $1", readOnly: true)

    private static let clearing = PostgresStatement("delete from import_order where job_id = $1 and bucket = $2")
    private static let end = PostgresStatement("delete from import_order_job where job_id = $1")

    private static let leftovers = PostgresStatement(
        """
        select s.job_id from import_order_job s
        left join job j on j.brand_id = s.brand_id and j.id = s.job_id
        where j.id is null or j.state in ('succeeded', 'failed', 'cancelled')
        """,
        readOnly: true)
}

/// Orders of one step of an import, encoded for the table in which they are kept apart.
struct StagedOrders: Sendable {
    private(set) var rows = PostgresBinaryCopy(Self.copying, columns: 27)

    /// Adds an order.
    ///
    /// - Parameters:
    ///   - number: The record's place in its file.
    mutating func append(_ order: ImportedOrder, number: Int64, line: Int64, job: PostgresUUID) {
        let (row, stored) = (order.row, order.row.order)
        self.rows.beginRow()
        self.rows.append(job)
        self.rows.append(order.bucket.number)
        self.rows.append(order.naturalKey)
        self.rows.append(number)
        self.rows.append(line)
        self.rows.append(PostgresUUID(row.key.id))
        self.rows.append(order.fingerprint)
        self.rows.append(stored.connection)
        self.rows.append(stored.orderID)
        self.rows.append(stored.platform)
        self.rows.append(row.status)
        self.rows.append(stored.paymentStatus.column)
        self.rows.append(stored.customerID)
        self.rows.append(stored.buyer?.email ?? "")
        self.rows.append(row.orderedAt)
        if let shippedAt = row.shippedAt { self.rows.append(shippedAt) } else { self.rows.appendNull() }
        self.rows.append(stored.currency)
        self.rows.append(stored.totals?.total?.micros ?? 0)
        self.rows.append(stored.totals?.paid?.micros ?? 0)
        self.rows.append(stored.totals?.refunded?.micros ?? 0)
        self.rows.append(row.document)
        self.rows.append(order.entry)
        self.rows.append(stored.items.map(\.sku))
        self.rows.append(stored.items.map(\.quantity))
        self.rows.append(stored.items.map(\.cancelled))
        self.rows.append(stored.items.map(\.shipped))
        self.rows.append(Set(stored.tags.map { ExactText($0) }).map(\.text))
    }

    private static let copying = PostgresStatement(
        """
        copy import_order (job_id, bucket, key, number, line, order_id, fingerprint, connection, channel_order_id,
            platform, status, payment_status, customer_id, email, ordered_at, shipped_at, currency, total, paid,
            refunded, document, entry, skus, ordered, cancelled, shipped, tags)
        from stdin (format binary)
        """)
}
