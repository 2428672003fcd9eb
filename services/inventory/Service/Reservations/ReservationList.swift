internal import InventoryDomain
internal import Postgres

/// The reservations in the database, to be shown.
struct ReservationList: Sendable {
    /// What a list is narrowed to; nil: all.
    struct Filter: Sendable {
        var state: Int16?
        var sku: String?
        var reference: String?
    }

    /// Where a page begins: behind this reservation.
    struct Position: Sendable {
        var createdAt: PostgresTimestamp
        var id: String
    }

    let pool: PostgresPool

    /// A brand's reservation.
    func reservation(_ id: ReservationID, of brand: PostgresUUID) async throws -> Reservation? {
        try await self.reservations([id], of: brand).first
    }

    /// A brand's reservations, the newest first.
    ///
    /// - Returns: At most `limit`, and where the next page begins; nil: this is the last one.
    func reservations(
        of brand: PostgresUUID, _ filter: Filter, after position: Position?, limit: Int
    ) async throws -> (reservations: [Reservation], next: Position?) {
        let start = position ?? Position(createdAt: Self.endOfTime, id: "")
        let count = Int64(limit) + 1
        let rows =
            switch (filter.sku, filter.reference) {
            case (nil, nil):
                try await self.pool.query(Self.page, brand, filter.state, start.createdAt, start.id, count)
            case (nil, let reference?):
                try await self.pool.query(
                    Self.pageByReference, brand, filter.state, start.createdAt, start.id, count, reference)
            case (let sku?, let reference):
                try await self.pool.query(
                    Self.pageBySKU, brand, filter.state, start.createdAt, start.id, count, sku, reference)
            }
        var ids: [ReservationID] = []
        var last: Position?
        for row in rows.prefix(limit) {
            let (createdAt, id) = try row.decode(PostgresTimestamp.self, String.self)
            ids.append(try ReservationID.read(id))
            last = Position(createdAt: createdAt, id: id)
        }
        return (try await self.reservations(ids, of: brand), rows.count > limit ? last : nil)
    }

    /// Reservations in the order of their ids' places; those that are not there are left out.
    private func reservations(_ ids: [ReservationID], of brand: PostgresUUID) async throws -> [Reservation] {
        guard !ids.isEmpty else { return [] }
        let keys = ids.map { Keyed($0, of: brand, share: 0) }
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        let answers = try await self.pool.withTransaction(options) { transaction in
            try await transaction.commit(with: ReservationRows.reading(keys))
        }
        return try ReservationRows.read(answers[...], keys).compactMap(\.self)
    }

    /// Later than any row: the year 9999.
    private static let endOfTime = PostgresTimestamp(microseconds: 253_402_300_799_000_000)

    private static let page = PostgresStatement(
        """
        select created_at, reservation_id from reservation
        where bucket >= 0 and brand_id = $1 and ($2::smallint is null or state = $2)
            and (created_at < $3 or created_at = $3 and reservation_id > $4)
        order by created_at desc, reservation_id limit $5
        """,
        readOnly: true)

    private static let pageByReference = PostgresStatement(
        """
        select created_at, reservation_id from reservation
        where brand_id = $1 and ($2::smallint is null or state = $2) and reference = $6 and reference <> ''
            and (created_at < $3 or created_at = $3 and reservation_id > $4)
        order by created_at desc, reservation_id limit $5
        """,
        readOnly: true)

    private static let pageBySKU = PostgresStatement(
        """
        select r.created_at, r.reservation_id
        from (select distinct bucket, reservation_id from allocation
            where bucket >= 0 and brand_id = $1 and sku = $6) a
        join reservation r on r.bucket = a.bucket and r.brand_id = $1 and r.reservation_id = a.reservation_id
        where ($2::smallint is null or r.state = $2) and ($7::text is null or r.reference = $7)
            and (r.created_at < $3 or r.created_at = $3 and r.reservation_id > $4)
        order by r.created_at desc, r.reservation_id limit $5
        """,
        readOnly: true)
}
