internal import Buckets
internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// Reads the writes that lost against a source of higher rank.
struct ConflictStore: Sendable {
    /// Where a page ended.
    struct Position: Hashable, Sendable {
        /// Behind every conflict: the year 9999.
        static let newest = Position(
            occurredAt: PostgresTimestamp(microseconds: 253_402_300_799_000_000), sku: "", command: "", part: 0)

        var occurredAt: PostgresTimestamp
        var sku: String
        var command: String
        var part: Int16
    }

    /// Which conflicts.
    struct Selection: Sendable {
        var key: StockKey?
        var since: PostgresTimestamp?
        /// Those before it, not those at it.
        var until: PostgresTimestamp?
        var behind = Position.newest
    }

    let pool: PostgresPool

    /// Conflicts, the newest first, each with its position.
    func conflicts(
        of brand: PostgresUUID, _ selection: Selection, limit: Int
    ) async throws(PostgresError) -> [(message: Conflict, position: Position)] {
        let behind = selection.behind
        let rows =
            if let key = selection.key {
                try await self.pool.query(
                    Self.pageOfSKU, brand, selection.since, selection.until, behind.occurredAt, behind.sku,
                    behind.command, behind.part, Int64(limit), key.bucket.number, key.sku.description)
            } else {
                try await self.pool.query(
                    Self.page, brand, selection.since, selection.until, behind.occurredAt, behind.sku, behind.command,
                    behind.part, Int64(limit))
            }
        return try rows.map { (row) throws(PostgresError) in try Self.conflict(row) }
    }

    private static func conflict(
        _ row: PostgresRow
    ) throws(PostgresError) -> (message: Conflict, position: Position) {
        let (sku, occurredAt, command, part, location, field, loser, winner, writtenAt, offered, kept) =
            try row.decode(
                String.self, PostgresTimestamp.self, String.self, Int16.self, String?.self, String.self, Int16.self,
                Int16?.self, PostgresTimestamp?.self, Int64?.self, Int64.self)
        let message = Conflict(
            occurredAt: occurredAt.protobuf, sku: sku, locationID: location ?? "", field: field,
            loser: InventoryMessages.Source(rawValue: Int32(loser)),
            winner: InventoryMessages.Source(rawValue: Int32(winner ?? 0)), winnerWrittenAt: writtenAt?.protobuf,
            offered: offered, kept: kept, commandID: command)
        return (message, Position(occurredAt: occurredAt, sku: sku, command: command, part: part))
    }

    private static let page = PostgresStatement(
        """
        select sku, occurred_at, command_id, part, location_id, field, loser, winner, winner_written_at, offered, kept
        from conflict
        where brand_id = $1 and ($2::timestamptz is null or occurred_at >= $2)
            and ($3::timestamptz is null or occurred_at < $3)
            and occurred_at <= $4 and (occurred_at < $4 or (sku, command_id, part) > ($5, $6, $7))
        order by occurred_at desc, sku, command_id, part limit $8
        """,
        readOnly: true)

    private static let pageOfSKU = PostgresStatement(
        """
        select sku, occurred_at, command_id, part, location_id, field, loser, winner, winner_written_at, offered, kept
        from conflict
        where bucket = $9 and brand_id = $1 and sku = $10 and ($2::timestamptz is null or occurred_at >= $2)
            and ($3::timestamptz is null or occurred_at < $3)
            and occurred_at <= $4 and (occurred_at < $4 or (sku, command_id, part) > ($5, $6, $7))
        order by occurred_at desc, sku, command_id, part limit $8
        """,
        readOnly: true)
}

extension ConflictStore.Position {
    /// As page tokens carry it. Neither SKUs nor ids have control characters, so that a zero byte divides them.
    var bytes: [UInt8] {
        withUnsafeBytes(of: self.occurredAt.microseconds.bigEndian) { Array($0) }
            + withUnsafeBytes(of: self.part.bigEndian) { Array($0) }
            + Array("\(self.sku)\0\(self.command)".utf8)
    }

    /// Nil: these are none that were given out.
    init?(bytes: [UInt8]) {
        guard bytes.count > 10, let text = String(validating: bytes[10...], as: UTF8.self) else { return nil }
        let names = text.split(separator: "\0", omittingEmptySubsequences: false)
        guard names.count == 2 else { return nil }
        self.init(
            occurredAt: PostgresTimestamp(microseconds: bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }),
            sku: String(names[0]), command: String(names[1]),
            part: bytes[8..<10].reduce(Int16(0)) { $0 << 8 | Int16($1) })
    }
}
