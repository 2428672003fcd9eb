internal import Money
internal import Postgres
internal import PricingDomain
internal import PricingMessages

/// A price that stands, or stood, with when it was replaced.
struct RecordedPrice: Sendable {
    /// Where it is in the history of a SKU.
    struct Position: Equatable, Sendable {
        let recordedAt: PostgresTimestamp
        let listNumber: Int32
        let minimumQuantity: Int64
        let validFrom: PostgresTimestamp
    }

    let price: StoredPrice
    let listNumber: Int32
    /// nil: it stands.
    let replacedAt: PostgresTimestamp?

    var position: Position {
        Position(
            recordedAt: self.price.recordedAt, listNumber: self.listNumber,
            minimumQuantity: self.price.identity.minimumQuantity,
            validFrom: PostgresTimestamp(self.price.identity.validFrom))
    }

    /// A price of a row of list, the columns of a price, and when it was replaced.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (sku, quantity, from, to, amount, recordedAt, change, number, replacedAt) = try row.decode(
            String.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, Int64.self,
            PostgresTimestamp.self, PostgresUUID.self, Int32.self, PostgresTimestamp.self)
        self.price = StoredPrice(
            identity: PriceIdentity(
                sku: SKU(unchecked: sku), minimumQuantity: quantity, validFrom: Instant(from)),
            validTo: Instant(to), amount: Amount(micros: amount), recordedAt: recordedAt, changeID: change)
        self.listNumber = number
        self.replacedAt = replacedAt == .infinity ? nil : replacedAt
    }
}

/// Reads what a SKU ever cost.
enum PriceHistoryRows {
    /// The command that reads prices of a SKU, the last recorded first.
    ///
    /// Of a list that is no more, prices that were not moved to the history yet were removed with the list.
    ///
    /// - Parameters:
    ///   - numbers: The lists that are looked at.
    ///   - instant: Only those that counted at this instant, as was known then; nil: all.
    ///   - last: Where the page before ended; nil: the first page.
    static func page(
        of sku: String, inLists numbers: [Int32], removed: [(number: Int32, at: PostgresTimestamp)],
        at instant: PostgresTimestamp?, of brand: PostgresUUID, after last: RecordedPrice.Position?, limit: Int
    ) -> PostgresCommand {
        PostgresCommand(
            Self.selection, brand.bucket(of: sku), brand, sku, numbers, removed.map(\.number), removed.map(\.at),
            instant, last?.recordedAt ?? .infinity, last?.listNumber ?? .max, last?.minimumQuantity ?? .max,
            last?.validFrom ?? .infinity, Int64(limit))
    }

    private static let selection = PostgresStatement(
        """
        select r.sku, r.minimum_quantity, r.valid_from, r.valid_to, r.amount, r.recorded_at, r.change_id, r.list_number,
            r.replaced_at
        from (
            select p.sku, p.minimum_quantity, p.valid_from, p.valid_to, p.amount, p.recorded_at, p.change_id,
                p.list_number, coalesce(g.removed_at, 'infinity') as replaced_at
            from price p
            left join unnest($5::integer[], $6::timestamptz[]) as g (number, removed_at) on g.number = p.list_number
            where p.bucket = $1 and p.brand_id = $2 and p.sku = $3 and p.list_number = any($4)
            union all
            select h.sku, h.minimum_quantity, h.valid_from, h.valid_to, h.amount, h.recorded_at, h.change_id,
                h.list_number, h.replaced_at
            from price_history h
            where h.bucket = $1 and h.brand_id = $2 and h.sku = $3 and h.list_number = any($4)) r
        where ($7::timestamptz is null
                or r.recorded_at <= $7 and $7 < r.replaced_at and r.valid_from <= $7 and $7 < r.valid_to)
            and (r.recorded_at, r.list_number, r.minimum_quantity, r.valid_from) < ($8, $9, $10, $11)
        order by r.recorded_at desc, r.list_number desc, r.minimum_quantity desc, r.valid_from desc limit $12
        """,
        readOnly: true)
}

extension RecordedPrice.Position {
    /// As a token carries it.
    var token: [UInt8] {
        Array(
            int64s: [
                self.recordedAt.microseconds, Int64(self.listNumber), self.minimumQuantity, self.validFrom.microseconds,
            ])
    }

    /// The position of a token; nil: there is none.
    init?(token: [UInt8]) {
        let values = token.int64s
        guard values.count == 4, let number = Int32(exactly: values[1]) else { return nil }
        self.init(
            recordedAt: PostgresTimestamp(microseconds: values[0]), listNumber: number, minimumQuantity: values[2],
            validFrom: PostgresTimestamp(microseconds: values[3]))
    }
}

extension Array where Element == UInt8 {
    /// The numbers of eight bytes each, the highest byte first; none, where some bytes are left over.
    var int64s: [Int64] {
        guard self.count.isMultiple(of: 8) else { return [] }
        return stride(from: 0, to: self.count, by: 8).map { start in
            self[start..<start + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
    }

    /// The bytes of numbers, the highest first.
    init(int64s values: [Int64]) {
        self = values.flatMap { value in Swift.withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    }
}
