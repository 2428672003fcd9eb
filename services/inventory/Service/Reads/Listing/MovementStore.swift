internal import Buckets
internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// Reads the ledger.
struct MovementStore: Sendable {
    /// Where a page of movements ended: the item's version and the movement's place within its command.
    struct Position: Hashable, Sendable {
        static let newest = Position(version: .max, part: .max)

        var version: Int64
        var part: Int16
    }

    /// Which movements of a SKU.
    struct Selection: Sendable {
        var location: LocationID?
        var since: PostgresTimestamp?
        /// Those before it, not those at it.
        var until: PostgresTimestamp?
        var before = Position.newest
    }

    /// What moved the numbers of levels, by location and state.
    typealias Causes = [LocationID: [InventoryDomain.StockState: [StockExplanation.Cause]]]

    /// A level as one of its movements left it.
    struct Balanced: Sendable {
        var location: LocationID
        var balance: Balance
    }

    let pool: PostgresPool

    /// Movements, the newest first, each with its position.
    func movements(
        of key: StockKey, _ selection: Selection, limit: Int
    ) async throws(PostgresError) -> [(message: InventoryMessages.Movement, position: Position)] {
        try Self.movements(in: try await self.pool.query(Self.selecting(key, selection, limit: limit)), of: key)
    }

    /// The command that finds movements, for transactions that read more.
    static func selecting(_ key: StockKey, _ selection: Selection, limit: Int) -> PostgresCommand {
        PostgresCommand(
            self.page, key.bucket.number, key.brand, key.sku.description, selection.location?.description,
            selection.since, selection.until, selection.before.version, selection.before.part, Int64(limit))
    }

    /// What ``selecting(_:_:limit:)`` has found.
    static func movements(
        in rows: PostgresRows, of key: StockKey
    ) throws(PostgresError) -> [(message: InventoryMessages.Movement, position: Position)] {
        var movements: [(message: InventoryMessages.Movement, position: Position)] = []
        movements.reserveCapacity(rows.count)
        for row in rows { movements.append(try Self.movement(row, of: key)) }
        return movements
    }

    /// The commands that find what the numbers of each location are, and what they consist of, by reason: as the last
    /// movement before a moment left them.
    static func explaining(
        _ key: StockKey, at location: LocationID?, before moment: PostgresTimestamp?
    ) -> [PostgresCommand] {
        [self.balances, self.causes].map {
            PostgresCommand($0, key.bucket.number, key.brand, key.sku.description, location?.description, moment)
        }
    }

    /// The numbers that the first command of ``explaining(_:at:before:)`` has found.
    static func balances(in rows: PostgresRows) throws(PostgresError) -> [Balanced] {
        var balances: [Balanced] = []
        for row in rows {
            let (location, available, reserved, quarantined, inTransit, incoming) = try row.decode(
                String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
            balances.append(
                Balanced(
                    location: try LocationID.read(location),
                    balance: try StockReadStore.balance(
                        available: available, reserved: reserved, quarantined: quarantined, inTransit: inTransit,
                        incoming: incoming)))
        }
        return balances
    }

    /// The causes that the second one has found.
    static func causes(in rows: PostgresRows) throws(PostgresError) -> Causes {
        var causes: Causes = [:]
        for row in rows {
            let (location, number, reason, units, count) = try row.decode(
                String.self, Int16.self, String.self, Int64.self, Int64.self)
            guard let state = InventoryDomain.StockState(rawValue: number) else {
                throw .unexpectedValue(column: "state", reason: "\(number) is none")
            }
            causes[try LocationID.read(location), default: [:]][state, default: []].append(
                StockExplanation.Cause(reason: reason, units: units, count: count))
        }
        return causes
    }

    /// The command that finds the free units of SKUs before a moment, by location.
    static func available(_ keys: [StockKey], before moment: PostgresTimestamp) -> PostgresCommand {
        PostgresCommand(
            Self.availables, keys.map(\.bucket.number), keys.map(\.brand), keys.map(\.sku.description), moment)
    }

    /// What ``available(_:before:)`` has found, in the order of the keys.
    static func available(
        _ keys: [StockKey], in rows: PostgresRows
    ) throws(PostgresError) -> [[LocationID: Int64]] {
        var found = [[LocationID: Int64]](repeating: [:], count: keys.count)
        for row in rows {
            let (ordinal, location, units) = try row.decode(Int64.self, String.self, Int64.self)
            let index = Int(ordinal) - 1
            guard keys.indices.contains(index) else {
                throw .unexpectedValue(column: "ordinal", reason: "\(ordinal) is not among \(keys.count) keys")
            }
            found[index][try LocationID.read(location)] = units
        }
        return found
    }

    private static func movement(
        _ row: PostgresRow, of key: StockKey
    ) throws(PostgresError) -> (message: InventoryMessages.Movement, position: Position) {
        let (
            version, part, occurredAt, location, from, to, quantity, reason, available, reserved, quarantined,
            inTransit, incoming, reservation, command, actor, reference, lot
        ) = try row.decode(
            Int64.self, Int16.self, PostgresTimestamp.self, String.self, Int16.self, Int16.self, Int64.self,
            String.self,
            Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, String?.self, String.self, String.self,
            String.self, String?.self)
        let balance = try StockReadStore.balance(
            available: available, reserved: reserved, quarantined: quarantined, inTransit: inTransit, incoming: incoming
        )
        let movement = InventoryMessages.Movement(
            sku: key.sku.description, locationID: location, from: InventoryMessages.StockState(rawValue: Int32(from)),
            to: InventoryMessages.StockState(rawValue: Int32(to)), quantity: quantity, reason: reason, actor: actor,
            commandID: command,
            reservationID: reservation ?? "", reference: reference, occurredAt: occurredAt.protobuf,
            version: UInt64(clamping: version),
            balance: WarehouseStock(balance, at: try LocationID.read(location)), lotID: lot ?? "")
        return (movement, Position(version: version, part: part))
    }
}

extension MovementStore {
    private static let page = PostgresStatement(
        """
        select version, part, occurred_at, location_id, from_state, to_state, quantity, reason, available, reserved,
            quarantined, in_transit, incoming, reservation_id, command_id, actor, reference, lot_id
        from movement
        where bucket = $1 and brand_id = $2 and sku = $3 and ($4::text is null or location_id = $4)
            and ($5::timestamptz is null or occurred_at >= $5) and ($6::timestamptz is null or occurred_at < $6)
            and (version, part) < ($7, $8)
        order by version desc, part desc limit $9
        """,
        readOnly: true)

    private static let balances = PostgresStatement(
        """
        select distinct on (location_id) location_id, available, reserved, quarantined, in_transit, incoming
        from movement
        where bucket = $1 and brand_id = $2 and sku = $3 and ($4::text is null or location_id = $4)
            and ($5::timestamptz is null or occurred_at < $5)
        order by location_id, version desc, part desc
        """,
        readOnly: true)

    // The states from 1 to 5 are a level's own.
    private static let causes = PostgresStatement(
        """
        select m.location_id, s.state, m.reason, sum(s.units)::bigint, count(*)
        from movement m cross join lateral (values (m.to_state, m.quantity), (m.from_state, -m.quantity))
            as s (state, units)
        where m.bucket = $1 and m.brand_id = $2 and m.sku = $3 and ($4::text is null or m.location_id = $4)
            and ($5::timestamptz is null or m.occurred_at < $5) and s.state between 1 and 5
        group by m.location_id, s.state, m.reason
        """,
        readOnly: true)

    private static let availables = PostgresStatement(
        """
        select k.ordinal, b.location_id, b.available
        from unnest($1::smallint[], $2::uuid[], $3::text[]) with ordinality as k (bucket, brand_id, sku, ordinal)
        cross join lateral (
            select distinct on (m.location_id) m.location_id, m.available from movement m
            where m.bucket = k.bucket and m.brand_id = k.brand_id and m.sku = k.sku and m.occurred_at < $4
            order by m.location_id, m.version desc, m.part desc
        ) b
        """,
        readOnly: true)
}
