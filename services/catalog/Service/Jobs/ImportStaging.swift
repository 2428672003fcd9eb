internal import Jobs
internal import Postgres

/// The records of files that imports keep apart, in tables that are not logged.
///
/// A crash of the server empties these tables. Each import has a row beside its records, which is gone then, too: whoever
/// finds the row in a transaction has all records for the length of it, as no transaction outlasts a crash.
struct ImportStaging: Sendable {
    /// The server has lost what was kept apart: the file has to be read again.
    struct Lost: Error, CustomStringConvertible {
        let description = "the database has lost what an import kept apart, as in a crash; its file is read again"
    }

    let job: Job

    private var id: PostgresUUID { self.job.id.uuid }

    /// Begins to keep records apart.
    func begin(in transaction: PostgresTransaction) async throws(PostgresError) {
        _ = try await transaction.query(Self.beginning, self.id, self.job.brand)
    }

    /// - Throws: ``Lost`` where the records are not all there.
    func check(in transaction: PostgresTransaction) async throws {
        guard try await !transaction.query(Self.presence, self.id).isEmpty else { throw Lost() }
    }

    /// Whether the records are there.
    func isKept(in pool: PostgresPool) async throws(PostgresError) -> Bool {
        try await !pool.query(Self.presence, self.id).isEmpty
    }

    /// The commands that remove the records.
    var clearing: [PostgresCommand] { Self.clearing(self.id) }

    /// Removes the records of imports that have ended or are forgotten.
    ///
    /// - Returns: How many imports had left some.
    static func sweep(_ pool: PostgresPool) async throws -> Int {
        let rows = try await pool.query(Self.leftovers)
        for row in rows {
            let id = try row.decode(PostgresUUID.self)
            try await pool.withTransaction { transaction in
                _ = try await transaction.commit(with: Self.clearing(id))
            }
        }
        return rows.count
    }

    private static func clearing(_ id: PostgresUUID) -> [PostgresCommand] {
        [Self.fitmentsClearing, Self.productsClearing, Self.end].map { PostgresCommand($0, id) }
    }

    private static let beginning = PostgresStatement(
        "insert into import_staging (job_id, brand_id) values ($1, $2) on conflict do nothing")

    private static let presence = PostgresStatement(
        "select from import_staging where job_id = $1", readOnly: true)

    private static let fitmentsClearing = PostgresStatement("delete from import_fitment where job_id = $1")
    private static let productsClearing = PostgresStatement("delete from import_product where job_id = $1")
    private static let end = PostgresStatement("delete from import_staging where job_id = $1")

    private static let leftovers = PostgresStatement(
        """
        select s.job_id from import_staging s
        left join job j on j.brand_id = s.brand_id and j.id = s.job_id
        where j.id is null or j.state in ('succeeded', 'failed', 'cancelled')
        """,
        readOnly: true)
}
