internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// A price that was put under a floor, as its row has it.
struct PriceHoldRow: Hashable, Sendable {
    let id: PostgresUUID
    var state: HoldState
    /// The number of the list.
    let listNumber: Int32
    let identity: PriceIdentity
    let validTo: Instant
    let amount: Amount
    /// Why the price was put.
    let reason: String
    /// What it is lower than.
    let floor: Amount
    /// The list of minimum advertised prices that says so; empty: a rule does.
    let floorListID: String
    let floorRuleID: String
    let heldBy: String
    let heldAt: PostgresTimestamp
    var decidedBy: String
    /// nil: it waits.
    var decidedAt: PostgresTimestamp?
    var note: String

    /// A price that is held from now on.
    init(holding price: StoredPrice, under breach: FloorCheck.Breach, in list: BookList, by origin: PriceWriteOrigin) {
        var generator = SystemRandomNumberGenerator()
        self.id = PostgresUUID(milliseconds: price.recordedAt.microseconds / 1_000, using: &generator)
        self.state = .pending
        self.listNumber = list.number
        self.identity = price.identity
        self.validTo = price.validTo
        self.amount = price.amount
        self.reason = origin.reason
        self.floor = breach.floor
        switch breach.source {
        case .minimumAdvertised(let listID): (self.floorListID, self.floorRuleID) = (listID, "")
        case .marginGuard(let ruleID), .minimumOfListPrice(let ruleID):
            (self.floorListID, self.floorRuleID) = ("", ruleID)
        }
        self.heldBy = origin.principal
        self.heldAt = price.recordedAt
        self.decidedBy = ""
        self.decidedAt = nil
        self.note = ""
    }

    /// A hold of a row of all columns.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (id, state, number, sku, quantity, from, to, amount) = try row.decode(
            PostgresUUID.self, Int16.self, Int32.self, String.self, Int64.self, PostgresTimestamp.self,
            PostgresTimestamp.self, Int64.self)
        self.id = id
        self.state = HoldState(rawValue: Int32(state))
        self.listNumber = number
        self.identity = PriceIdentity(
            sku: SKU(unchecked: sku), minimumQuantity: quantity, validFrom: Instant(from))
        self.validTo = Instant(to)
        self.amount = Amount(micros: amount)
        self.reason = try row.decode(column: "reason")
        self.floor = Amount(micros: try row.decode(column: "floor"))
        self.floorListID = try row.decode(column: "floor_list_id")
        self.floorRuleID = try row.decode(column: "floor_rule_id")
        self.heldBy = try row.decode(column: "held_by")
        self.heldAt = try row.decode(column: "held_at")
        self.decidedBy = try row.decode(column: "decided_by")
        self.decidedAt = try row.decode(column: "decided_at")
        self.note = try row.decode(column: "note")
    }

    /// The hold once it is decided.
    func decided(
        _ state: HoldState, by principal: String, at now: PostgresTimestamp, note: String
    ) -> PriceHoldRow {
        var hold = self
        (hold.state, hold.decidedBy, hold.decidedAt, hold.note) = (state, principal, now, note)
        return hold
    }

    /// The hold as it is answered.
    ///
    /// - Parameters:
    ///   - currency: Of the list.
    ///   - showsFloor: Whether what it is lower than is told, of a rule: it tells what a unit costs.
    func message(listID: String, currency: Currency, showsFloor: Bool) -> PriceHold {
        let price = Price(
            sku: self.identity.sku.description, minimumQuantity: self.identity.minimumQuantity,
            amount: self.amount.text(in: currency), validFrom: self.identity.validFrom.timestamp,
            validTo: self.validTo.timestamp, listID: listID, reason: self.reason)
        return PriceHold(
            holdID: self.id.description, listID: listID, price: price, state: self.state,
            floor: self.floorRuleID.isEmpty || showsFloor ? self.floor.text(in: currency) : "",
            floorListID: self.floorListID, floorRuleID: self.floorRuleID, heldBy: self.heldBy,
            heldAt: self.heldAt.protobuf, decidedBy: self.decidedBy, decidedAt: self.decidedAt?.protobuf,
            note: self.note)
    }
}

/// Reads and writes held prices.
enum PriceHoldRows {
    /// The command that reads the prices that wait for approval of some keys of a list, and locks their rows, ascending by
    /// id.
    static func locking(
        _ identities: [PriceIdentity], inList number: Int32, of brand: PostgresUUID
    ) -> PostgresCommand {
        PostgresCommand(
            Self.lockingPending, identities.map(\.sku.description), identities.map(\.minimumQuantity),
            identities.map { PostgresTimestamp($0.validFrom) }, brand, number)
    }

    /// The holds of the rows of ``locking(_:inList:of:)``.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [PriceIdentity: PriceHoldRow] {
        var holds: [PriceIdentity: PriceHoldRow] = [:]
        for row in rows {
            let hold = try PriceHoldRow(row)
            holds[hold.identity] = hold
        }
        return holds
    }

    /// The command that reads a hold.
    static func one(_ id: PostgresUUID, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, id)
    }

    /// The command that reads a hold and locks its row.
    static func locking(_ id: PostgresUUID, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.locking, brand, id)
    }

    /// The command that reads holds in a state, the last held first.
    ///
    /// - Parameter last: Where the page before ended; nil: the first page.
    static func page(
        _ state: HoldState, of brand: PostgresUUID, after last: (heldAt: PostgresTimestamp, id: PostgresUUID)?,
        limit: Int
    ) -> PostgresCommand {
        PostgresCommand(
            Self.page, brand, Int16(clamping: state.rawValue), last?.heldAt ?? .infinity,
            last?.id ?? PostgresUUID(high: .max, low: .max), Int64(limit))
    }

    /// The command that makes holds; it makes fewer where others have made one for the same price meanwhile.
    static func insertion(_ holds: [PriceHoldRow], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, brand, holds.map(\.id), holds.map(\.listNumber),
            holds.map { brand.bucket(of: $0.identity.sku.description) }, holds.map(\.identity.sku.description),
            holds.map(\.identity.minimumQuantity), holds.map { PostgresTimestamp($0.identity.validFrom) },
            holds.map { PostgresTimestamp($0.validTo) }, holds.map(\.amount.micros), holds.map(\.reason),
            holds.map(\.floor.micros), holds.map(\.floorListID), holds.map(\.floorRuleID), holds.map(\.heldBy),
            holds.map(\.heldAt))
    }

    /// The command that notes what was decided of holds, whose rows are locked.
    static func decision(_ holds: [PriceHoldRow], of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(
            Self.decision, brand, holds.map(\.id), holds.map { Int16(clamping: $0.state.rawValue) },
            holds.map(\.decidedBy), holds.map(\.decidedAt), holds.map(\.note))
    }

    private static let columns: StaticString =
        """
        h.hold_id, h.state, h.list_number, h.sku, h.minimum_quantity, h.valid_from, h.valid_to, h.amount, h.reason, h.floor,
            h.floor_list_id, h.floor_rule_id, h.held_by, h.held_at, h.decided_by, h.decided_at, h.note
        """

    private static let lockingPending = PostgresStatement(
        joining: [
            "select ", Self.columns,
            """
             from unnest($1::text[], $2::bigint[], $3::timestamptz[]) as k (sku, minimum_quantity, valid_from)
            join price_hold h on h.brand_id = $4 and h.list_number = $5 and h.sku = k.sku
                and h.minimum_quantity = k.minimum_quantity and h.valid_from = k.valid_from and h.state = 1
            order by h.hold_id for update of h
            """,
        ])

    private static let selection = PostgresStatement(
        joining: ["select ", Self.columns, " from price_hold h where h.brand_id = $1 and h.hold_id = $2"],
        readOnly: true)

    private static let locking = PostgresStatement(
        joining: ["select ", Self.columns, " from price_hold h where h.brand_id = $1 and h.hold_id = $2 for update"])

    private static let page = PostgresStatement(
        joining: [
            "select ", Self.columns,
            """
             from price_hold h
            where h.brand_id = $1 and h.state = $2 and (h.held_at, h.hold_id) < ($3, $4)
            order by h.held_at desc, h.hold_id desc limit $5
            """,
        ], readOnly: true)

    private static let insertion = PostgresStatement(
        """
        insert into price_hold (brand_id, hold_id, state, list_number, bucket, sku, minimum_quantity, valid_from, valid_to,
            amount, reason, floor, floor_list_id, floor_rule_id, held_by, held_at, decided_by, decided_at, note)
        select $1, r.hold_id, 1, r.list_number, r.bucket, r.sku, r.minimum_quantity, r.valid_from, r.valid_to, r.amount,
            r.reason, r.floor, r.floor_list_id, r.floor_rule_id, r.held_by, r.held_at, '', null, ''
        from unnest($2::uuid[], $3::integer[], $4::smallint[], $5::text[], $6::bigint[], $7::timestamptz[],
                $8::timestamptz[], $9::bigint[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::text[],
                $15::timestamptz[])
            as r (hold_id, list_number, bucket, sku, minimum_quantity, valid_from, valid_to, amount, reason, floor,
                floor_list_id, floor_rule_id, held_by, held_at)
        on conflict (brand_id, list_number, sku, minimum_quantity, valid_from) where state = 1 do nothing
        """)

    private static let decision = PostgresStatement(
        """
        update price_hold h set state = r.state, decided_by = r.decided_by, decided_at = r.decided_at, note = r.note
        from unnest($2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[], $6::text[])
            as r (hold_id, state, decided_by, decided_at, note)
        where h.brand_id = $1 and h.hold_id = r.hold_id
        """)
}
