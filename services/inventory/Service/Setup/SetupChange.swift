internal import Events
internal import Postgres
internal import RPC

/// A change of what a brand has set up. Changes of one brand come one after the other.
struct SetupChange: Sendable {
    /// The transaction, which has locked the brand's row of `setup` and raised its version.
    let transaction: PostgresTransaction
    /// Whose setup changes.
    let brand: PostgresUUID
    /// The version of the setup when the transaction has committed.
    let version: Int64
    /// The database's clock when the transaction began.
    let now: PostgresTimestamp

    /// Runs a change; what the body throws undoes it.
    static func run<Value: Sendable>(
        of brand: PostgresUUID, in pool: PostgresPool, _ body: (SetupChange) async throws -> Value
    ) async throws -> Value {
        try await pool.withTransaction { transaction in
            try await body(try await SetupChange.begin(of: brand, in: transaction))
        }
    }

    /// Begins a change in a transaction that has others, too. Of several brands, in their order.
    static func begin(
        of brand: PostgresUUID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> SetupChange {
        guard let row = try await transaction.query(Self.advance, brand).first else {
            throw PostgresError(.server, "a setup without a row")
        }
        let (version, now) = try row.decode(Int64.self, PostgresTimestamp.self)
        return SetupChange(transaction: transaction, brand: brand, version: version, now: now)
    }

    /// An event that tells of it, for the end of the transaction.
    ///
    /// - Parameter payload: The encoded message of the type.
    func event(_ type: String, of subject: String, _ payload: [UInt8], trace: TraceContext?) -> Event {
        var generator = SystemRandomNumberGenerator()
        return Event(
            id: PostgresUUID(milliseconds: self.now.microseconds / 1_000, using: &generator), brand: self.brand,
            bucket: self.brand.bucket(of: subject), type: type, subject: subject, occurredAt: self.now,
            traceParent: trace?.traceparent, payload: payload)
    }

    private static let advance = PostgresStatement(
        """
        insert into setup (brand_id, version) values ($1, 1)
        on conflict (brand_id) do update set version = setup.version + 1 returning version, now()
        """)
}
