internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// The commands that write a decided batch: one statement for each table and kind of change, with the rows as arrays.
struct PriceTables {
    private let batch: PriceBatch
    private let brand: PostgresUUID
    private let now: PostgresTimestamp
    /// As they are made: in the order in which rows are locked.
    private let created: [StoredPrice]
    private let changed: [StoredPrice]
    /// What stood in the place of the changed, and what is removed.
    private let replaced: [StoredPrice]
    private let removed: [StoredPrice]
    /// Those that wait from now on.
    let newHolds: [PriceHoldRow]
    /// Those that wait no more.
    let decidedHolds: [PriceHoldRow]

    init(_ batch: PriceBatch) {
        self.batch = batch
        self.brand = batch.origin.brand
        self.now = batch.findings.now
        let brand = self.brand
        let drafts = batch.drafts.filter { !$0.isUnchanged }
        self.created = drafts.filter { $0.previous == nil }.compactMap(\.current).map {
            (bucket: brand.bucket(of: $0.identity.sku.description), $0)
        }.sorted { $0.bucket == $1.bucket ? $0.1.identity.precedes($1.1.identity) : $0.bucket < $1.bucket }.map(\.1)
        self.changed = drafts.filter { $0.previous != nil }.compactMap(\.current)
        self.replaced = drafts.compactMap(\.previous)
        self.removed = drafts.filter { $0.current == nil }.compactMap(\.previous)
        let (origin, now) = (batch.origin, self.now)
        self.newHolds = batch.drafts.compactMap(\.newHold)
        self.decidedHolds = batch.drafts.compactMap(\.pendingHold).map { hold in
            hold.decided(
                origin.approval == nil ? .replaced : .approved, by: origin.principal, at: now,
                note: origin.approval?.note ?? "")
        }
    }

    /// Whether any price will be another one than before.
    var changesPrices: Bool { !self.created.isEmpty || !self.replaced.isEmpty }

    /// The command that makes new prices, and how many; it makes fewer where others have made them meanwhile.
    var insertion: (command: PostgresCommand, count: Int)? {
        guard !self.created.isEmpty else { return nil }
        return (self.command(Self.insertion, self.created), self.created.count)
    }

    /// The command that makes new holds, and how many; it makes fewer where others have made one meanwhile.
    var holdInsertion: (command: PostgresCommand, count: Int)? {
        guard !self.newHolds.isEmpty else { return nil }
        return (PriceHoldRows.insertion(self.newHolds, of: self.brand), self.newHolds.count)
    }

    /// The commands for prices that were there, for the history, and for what becomes due.
    var priceCommands: [PostgresCommand] {
        var commands: [PostgresCommand] = []
        if !self.changed.isEmpty { commands.append(self.command(Self.update, self.changed)) }
        if !self.removed.isEmpty {
            commands.append(
                PostgresCommand(
                    Self.removal, self.buckets(self.removed), self.brand, self.removed.map(\.identity.sku.description),
                    self.batch.list.number, self.removed.map(\.identity.minimumQuantity),
                    self.removed.map { PostgresTimestamp($0.identity.validFrom) }))
        }
        if !self.replaced.isEmpty {
            commands.append(
                PostgresCommand(
                    Self.recording, self.buckets(self.replaced), self.brand,
                    self.replaced.map(\.identity.sku.description), self.batch.list.number,
                    self.replaced.map(\.identity.minimumQuantity),
                    self.replaced.map { PostgresTimestamp($0.identity.validFrom) },
                    self.replaced.map { PostgresTimestamp($0.validTo) }, self.replaced.map(\.amount.micros),
                    self.replaced.map(\.recordedAt), self.replaced.map(\.changeID), self.now, self.batch.changeID))
        }
        if self.changesPrices { commands.append(self.change) }
        return commands
    }

    /// The command that notes the holds that wait no more.
    var holdDecision: PostgresCommand? {
        self.decidedHolds.isEmpty ? nil : PriceHoldRows.decision(self.decidedHolds, of: self.brand)
    }

    /// The command that notes when the new prices begin and end to count.
    var due: PostgresCommand? {
        var due: Set<PriceDue> = []
        for price in self.created + self.changed {
            let sku = price.identity.sku.description
            for moment in [PostgresTimestamp(price.identity.validFrom), PostgresTimestamp(price.validTo)]
            where moment > self.now && moment != .infinity {
                due.insert(
                    PriceDue(
                        at: moment, bucket: self.brand.bucket(of: sku), kind: .prices, subject: sku,
                        listNumber: self.batch.list.number))
            }
        }
        return due.isEmpty ? nil : PriceDueRows.adding(due, of: self.brand)
    }

    private var change: PostgresCommand {
        let origin = self.batch.origin
        return PriceChangeRows.insertion(
            self.batch.changeID, of: self.brand, at: self.now, by: origin.principal, reason: origin.reason,
            importID: origin.importID)
    }

    private func buckets(_ prices: [StoredPrice]) -> [Int16] {
        prices.map { self.brand.bucket(of: $0.identity.sku.description) }
    }

    private func command(_ statement: PostgresStatement, _ prices: [StoredPrice]) -> PostgresCommand {
        PostgresCommand(
            statement, self.buckets(prices), self.brand, prices.map(\.identity.sku.description),
            self.batch.list.number, prices.map(\.identity.minimumQuantity),
            prices.map { PostgresTimestamp($0.identity.validFrom) }, prices.map { PostgresTimestamp($0.validTo) },
            prices.map(\.amount.micros), self.now, self.batch.changeID)
    }
}

extension PriceTables {
    private static let insertion = PostgresStatement(
        """
        insert into price (bucket, brand_id, sku, list_number, minimum_quantity, valid_from, valid_to, amount, recorded_at,
            change_id)
        select r.bucket, $2, r.sku, $4::integer, r.minimum_quantity, r.valid_from, r.valid_to, r.amount,
            $9::timestamptz, $10::uuid
        from unnest($1::smallint[], $3::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::bigint[])
            as r (bucket, sku, minimum_quantity, valid_from, valid_to, amount)
        on conflict (bucket, brand_id, sku, list_number, minimum_quantity, valid_from) do nothing
        """)

    private static let update = PostgresStatement(
        """
        update price p set valid_to = r.valid_to, amount = r.amount, recorded_at = $9::timestamptz, change_id = $10::uuid
        from unnest($1::smallint[], $3::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::bigint[])
            as r (bucket, sku, minimum_quantity, valid_from, valid_to, amount)
        where p.bucket = r.bucket and p.brand_id = $2 and p.sku = r.sku and p.list_number = $4
            and p.minimum_quantity = r.minimum_quantity and p.valid_from = r.valid_from
        """)

    private static let removal = PostgresStatement(
        """
        delete from price p
        using unnest($1::smallint[], $3::text[], $5::bigint[], $6::timestamptz[])
            as r (bucket, sku, minimum_quantity, valid_from)
        where p.bucket = r.bucket and p.brand_id = $2 and p.sku = r.sku and p.list_number = $4
            and p.minimum_quantity = r.minimum_quantity and p.valid_from = r.valid_from
        """)

    private static let recording = PostgresStatement(
        """
        insert into price_history (bucket, brand_id, sku, list_number, minimum_quantity, valid_from, valid_to, amount,
            recorded_at, change_id, replaced_at, replaced_by)
        select r.bucket, $2, r.sku, $4, r.minimum_quantity, r.valid_from, r.valid_to, r.amount, r.recorded_at, r.change_id,
            $11, $12
        from unnest($1::smallint[], $3::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::bigint[],
                $9::timestamptz[], $10::uuid[])
            as r (bucket, sku, minimum_quantity, valid_from, valid_to, amount, recorded_at, change_id)
        """)
}

/// Who changed prices, when and why.
enum PriceChangeRows {
    /// The command that notes a change.
    static func insertion(
        _ id: PostgresUUID, of brand: PostgresUUID, at now: PostgresTimestamp, by principal: String, reason: String,
        importID: PostgresUUID?
    ) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, brand.bucket(of: id.description), brand, id, now, principal, reason, importID)
    }

    /// The command that reads changes.
    static func all(_ ids: some Collection<PostgresUUID>, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, ids.map { brand.bucket(of: $0.description) }, Array(ids), brand)
    }

    private static let insertion = PostgresStatement(
        """
        insert into price_change (bucket, brand_id, change_id, recorded_at, recorded_by, reason, import_id)
        values ($1, $2, $3, $4, $5, $6, $7)
        """)

    private static let selection = PostgresStatement(
        """
        select c.change_id, c.recorded_by, c.reason, c.import_id
        from unnest($1::smallint[], $2::uuid[]) as k (bucket, change_id)
        join price_change c on c.bucket = k.bucket and c.brand_id = $3 and c.change_id = k.change_id
        """,
        readOnly: true)
}
