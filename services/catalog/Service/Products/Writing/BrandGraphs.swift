internal import Postgres

/// The lock under which a brand's graphs, kits and supersessions, change.
enum BrandGraphs {
    /// The command that takes it, to the end of the transaction.
    static func lock(_ brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.advance, brand) }

    private static let advance = PostgresStatement(
        """
        insert into brand_catalog (brand_id, version) values ($1, 1)
        on conflict (brand_id) do update set version = brand_catalog.version + 1
        """)
}
