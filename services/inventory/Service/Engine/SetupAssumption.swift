internal import InventoryDomain
internal import Postgres

/// The versions of the setups that a decision went by without having asked for them.
struct SetupAssumption {
    private let brands: [PostgresUUID]
    private let versions: [Int64]
    private let asked = ContinuousClock.now

    /// - Parameter shares: What the decision is on.
    init(_ shares: [BatchShare]) {
        self.brands = shares.map(\.brand)
        self.versions = shares.map(\.setup.version)
    }

    /// The command that fails the transaction, with ``SQLState/divisionByZero``, unless the setups are of these versions and
    /// the transaction has its id (``TransactionIdentity``). It is answered with the database's clock.
    var command: PostgresCommand { PostgresCommand(Self.expectation, self.brands, self.versions) }

    /// Takes the answer to ``command`` in.
    func read(_ rows: PostgresRows, _ clock: DatabaseClock) throws(PostgresError) {
        for row in rows {
            let (now, _) = try row.decode(PostgresTimestamp.self, Int32.self)
            clock.read(Timestamp(now), asked: self.asked)
        }
    }

    private static let expectation = PostgresStatement(
        """
        select clock_timestamp(),
            1 / (count(*) = cardinality($1::uuid[]) and pg_current_xact_id_if_assigned() is not null)::integer
        from (select unnest($1::uuid[]) as brand_id, unnest($2::bigint[]) as version) k
        left join setup s on s.brand_id = k.brand_id where coalesce(s.version, 0) = k.version
        """,
        readOnly: true)
}
