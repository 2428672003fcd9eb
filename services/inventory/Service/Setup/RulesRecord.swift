internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import WellKnownMessages

/// Reads and writes a brand's rules.
enum RulesRecord {
    /// One rule that is not the default.
    struct Conflict: Sendable {
        let field: Int16
        let policy: Int16
        let ranking: [Int16]
        let countsForSeconds: Int64?
    }

    /// The commands that replace a brand's rules.
    static func put(
        _ rules: InventoryRules, _ conflicts: [Conflict], of brand: PostgresUUID
    ) -> [PostgresCommand] {
        [
            PostgresCommand(
                Self.update, brand, rules.acceptsUnknownSkus, rules.backorderCap,
                rules.channelBuffers.map(\.channel), rules.channelBuffers.map(\.quantity), rules.heldReservationsCap,
                rules.heldUnitsCap),
            PostgresCommand(Self.clearing, brand),
        ]
            + conflicts.map {
                PostgresCommand(Self.insertion, brand, $0.field, $0.policy, $0.ranking, $0.countsForSeconds)
            }
    }

    /// The commands that read a brand's rules.
    static func one(of brand: PostgresUUID) -> [PostgresCommand] {
        [PostgresCommand(Self.selection, brand), PostgresCommand(Self.conflicts, brand)]
    }

    /// The rules of the answers of ``one(of:)``; the defaults where the brand never gave any.
    static func read(_ answers: [PostgresRows]) throws(PostgresError) -> InventoryRules {
        guard answers.count == 2, let row = answers[0].first else { return InventoryRules(acceptsUnknownSkus: true) }
        let (version, acceptsUnknown, cap, channels, buffers, heldReservations, heldUnits) = try row.decode(
            Int64.self, Bool.self, Int64.self, [String].self, [Int64].self, Int64.self, Int64.self)
        return InventoryRules(
            conflicts: try answers[1].map(Self.conflict), acceptsUnknownSkus: acceptsUnknown, backorderCap: cap,
            channelBuffers: zip(channels, buffers).map {
                InventoryMessages.ChannelBuffer(channel: $0, quantity: $1)
            },
            version: UInt64(clamping: version), heldReservationsCap: heldReservations, heldUnitsCap: heldUnits)
    }

    private static func conflict(_ row: PostgresRow) throws(PostgresError) -> InventoryMessages.ConflictRule {
        let (field, policy, ranking, seconds) = try row.decode(Int16.self, Int16.self, [Int16].self, Int64?.self)
        return InventoryMessages.ConflictRule(
            field: InventoryMessages.ContestedField(rawValue: Int32(field)),
            policy: ConflictPolicy(rawValue: Int32(policy)),
            ranking: ranking.map { InventoryMessages.Source(rawValue: Int32($0)) },
            countsFor: seconds.map { ProtoDuration(seconds: $0, nanos: 0) })
    }

    // The row is there, and its version raised.
    private static let update = PostgresStatement(
        """
        update setup set rules_version = rules_version + 1, accepts_unknown_skus = $2, backorder_cap = $3,
            channels = $4, channel_buffers = $5, held_reservations_cap = $6, held_units_cap = $7
        where brand_id = $1
        """)

    private static let clearing = PostgresStatement("delete from conflict_rule where brand_id = $1")

    private static let insertion = PostgresStatement(
        """
        insert into conflict_rule (brand_id, field, policy, ranking, counts_for_seconds) values ($1, $2, $3, $4, $5)
        """)

    private static let selection = PostgresStatement(
        """
        select rules_version, accepts_unknown_skus, backorder_cap, channels, channel_buffers, held_reservations_cap,
            held_units_cap
        from setup where brand_id = $1
        """,
        readOnly: true)

    private static let conflicts = PostgresStatement(
        "select field, policy, ranking, counts_for_seconds from conflict_rule where brand_id = $1 order by field",
        readOnly: true)
}
