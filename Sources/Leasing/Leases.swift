public import Postgres

/// The leases of one service: rows in its database.
public struct Leases: Sendable {
    /// The table, for a service's migrations. Never changed once released.
    public static let schema = """
        create table lease (
            name text primary key,
            holder uuid,
            token bigint not null check (token > 0),
            expires_at timestamptz not null
        );
        """

    private let pool: PostgresPool
    private let holder: PostgresUUID

    /// - Parameter holder: This process: made anew at each start, so that a restarted process does not take its
    ///   predecessor's work for its own.
    public init(_ pool: PostgresPool, holder: PostgresUUID) {
        self.pool = pool
        self.holder = holder
    }

    /// Takes a lease that is free or has expired, by the database's clock.
    ///
    /// - Parameters:
    ///   - name: What is to be held.
    ///   - milliseconds: How long it is held unless renewed.
    /// - Returns: nil while somebody holds it, this process included.
    public func acquire(_ name: String, milliseconds: Int64) async throws(PostgresError) -> Lease? {
        let rows = try await self.pool.query(Self.acquisition, name, self.holder, milliseconds)
        guard let row = rows.first else { return nil }
        return Lease(name: name, token: try row.decode(Int64.self))
    }

    /// Holds a lease for longer.
    ///
    /// - Returns: false if somebody has taken it over. A lease that expired and that nobody took is held on.
    public func renew(_ lease: Lease, milliseconds: Int64) async throws(PostgresError) -> Bool {
        try await self.pool.query(Self.renewal, lease.name, self.holder, lease.token, milliseconds).count == 1
    }

    /// Gives a lease back, so that another process need not wait for its expiry. Does nothing if it is lost.
    public func release(_ lease: Lease) async throws(PostgresError) {
        _ = try await self.pool.query(Self.release, lease.name, self.holder, lease.token)
    }

    private static let acquisition = PostgresStatement(
        """
        insert into lease as l (name, holder, token, expires_at)
        values ($1, $2, 1, now() + $3 * interval '1 millisecond')
        on conflict (name) do update
            set holder = excluded.holder, token = l.token + 1, expires_at = excluded.expires_at
            where l.holder is null or l.expires_at <= now()
        returning token
        """)

    private static let renewal = PostgresStatement(
        """
        update lease set expires_at = now() + $4 * interval '1 millisecond'
        where name = $1 and holder = $2 and token = $3 returning token
        """)

    private static let release = PostgresStatement(
        "update lease set holder = null where name = $1 and holder = $2 and token = $3")
}
