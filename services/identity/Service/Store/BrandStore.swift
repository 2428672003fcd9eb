internal import Events
internal import IdentityDomain
internal import IdentityMessages
internal import Postgres

/// The brands in the database.
struct BrandStore: Sendable {
    let pool: PostgresPool

    /// Adds a brand with the event that says so.
    ///
    /// - Returns: False where the slug is taken; nothing was changed then.
    func insert(_ brand: Brand, id: PostgresUUID, at now: PostgresTimestamp, events: [Event]) async throws -> Bool {
        let events = try EventLog.append(events)
        return try await self.pool.withTransaction { transaction in
            let rows = try await transaction.query(Self.insertion, id, brand.slug, brand.name, now)
            guard rows.count == 1 else { return false }
            _ = try await transaction.commit(with: events)
            return true
        }
    }

    /// The brand with an id or a slug.
    func brand(_ reference: BrandReference) async throws(PostgresError) -> Brand? {
        let rows =
            switch reference {
            case .id(let id): try await self.pool.query(Self.selectionByID, id)
            case .slug(let slug): try await self.pool.query(Self.selectionBySlug, slug)
            }
        return try rows.first.map { (row) throws(PostgresError) in try Self.brand(row) }
    }

    /// The brands that were created before one, the newest first.
    func brands(before last: PostgresUUID?, limit: Int) async throws(PostgresError) -> [Brand] {
        let rows = try await self.pool.query(Self.page, last ?? .greatest, Int64(limit))
        var brands: [Brand] = []
        for row in rows { brands.append(try Self.brand(row)) }
        return brands
    }

    /// Changes a brand's status.
    ///
    /// - Parameter events: Made of the changed brand.
    /// - Returns: The changed brand; `nil` where no brand with this id has another status.
    func setStatus(
        _ status: BrandStatus, of id: PostgresUUID, events: @Sendable (Brand) throws -> [Event]
    ) async throws -> Brand? {
        try await self.pool.withTransaction { transaction in
            let rows = try await transaction.query(Self.statusUpdate, id, Int16(clamping: status.rawValue))
            guard let row = rows.first else { return nil }
            let brand = try Self.brand(row)
            _ = try await transaction.commit(with: try EventLog.append(try events(brand)))
            return brand
        }
    }

    private static func brand(_ row: PostgresRow) throws(PostgresError) -> Brand {
        let (id, slug, name, status, createdAt) = try row.decode(
            PostgresUUID.self, String.self, String.self, Int16.self, PostgresTimestamp.self)
        return Brand(
            id: id.description, slug: slug, name: name, status: BrandStatus(rawValue: Int32(status)),
            createdAt: createdAt.protobuf)
    }

    private static let insertion = PostgresStatement(
        """
        insert into brand (id, slug, name, status, created_at) values ($1, $2, $3, 1, $4)
        on conflict (slug) do nothing returning id
        """)

    private static let selectionByID = PostgresStatement(
        "select id, slug, name, status, created_at from brand where id = $1", readOnly: true)

    private static let selectionBySlug = PostgresStatement(
        "select id, slug, name, status, created_at from brand where slug = $1", readOnly: true)

    private static let page = PostgresStatement(
        "select id, slug, name, status, created_at from brand where id < $1 order by id desc limit $2", readOnly: true)

    private static let statusUpdate = PostgresStatement(
        """
        update brand set status = $2 where id = $1 and status <> $2
        returning id, slug, name, status, created_at
        """)
}

/// How a brand is asked for.
enum BrandReference: Hashable, Sendable {
    case id(PostgresUUID)
    case slug(String)

    /// What looks like an id is one; no slug does.
    init(_ text: String) { self = PostgresUUID(text).map { .id($0) } ?? .slug(text) }
}
