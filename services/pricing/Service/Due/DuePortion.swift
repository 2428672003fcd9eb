internal import Buckets
internal import Events
internal import Postgres
internal import PricingDomain
internal import PricingMessages
internal import ProtobufC

/// An instant that has come, of a brand.
struct BrandDue: Hashable, Sendable {
    let brand: PostgresUUID
    let due: PriceDue

    /// What a row of brand, instant, bucket, kind, subject and list says.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (brand, at, bucket, kind, subject, number) = try row.decode(
            PostgresUUID.self, PostgresTimestamp.self, Int16.self, Int16.self, String.self, Int32.self)
        guard let kind = PriceDueKind(rawValue: kind) else {
            throw .unexpectedValue(column: "kind", reason: "\(kind) is none")
        }
        self.brand = brand
        self.due = PriceDue(at: at, bucket: bucket, kind: kind, subject: subject, listNumber: number)
    }
}

/// What is due in one transaction of the scheduler, with what it is about as it stands now.
struct DuePortion {
    private struct ListKey: Hashable {
        let brand: PostgresUUID
        let number: Int32
    }

    private struct RuleKey: Hashable {
        let brand: PostgresUUID
        let id: String
    }

    private let due: [BrandDue]
    private var lists: [ListKey: StoredPriceList] = [:]
    private var rules: [RuleKey: PriceRule] = [:]
    /// What of prices still holds: a price of the SKU begins or ends then.
    private var holding: Set<BrandDue> = []
    /// What stays due, as there is more to clear away.
    private var unfinished: Set<BrandDue> = []

    /// Reads what it is about. One round trip.
    init(_ due: [BrandDue], in transaction: PostgresTransaction) async throws(PostgresError) {
        self.due = due
        let (prices, rules) = (due.filter { $0.due.kind == .prices }, due.filter { $0.due.kind == .rule })
        let lists = due.filter { $0.due.kind != .rule }
        let answers = try await transaction.execute([
            PostgresCommand(Self.lists, lists.map(\.brand), lists.map(\.due.listNumber)),
            PostgresCommand(Self.rules, rules.map(\.brand), rules.map(\.due.subject)),
            PostgresCommand(
                Self.prices, prices.map(\.brand), prices.map(\.due.bucket), prices.map(\.due.subject),
                prices.map(\.due.listNumber), prices.map(\.due.at)),
        ])
        let memory = ArenaMemory()
        for (row, list) in zip(answers[0], try PriceListRows.read(answers[0])) {
            let brand = try row.decode(PostgresUUID.self, column: "brand_id")
            self.lists[ListKey(brand: brand, number: list.number)] = list
        }
        for row in answers[1] {
            let (brand, version, createdAt, changedAt, document) = try row.decode(
                PostgresUUID.self, Int64.self, PostgresTimestamp.self, PostgresTimestamp.self, [UInt8].self)
            memory.arena.reset()
            let rule = try PriceRule(stored: document, column: "document", in: memory.arena)
                .answer(version: version, createdAt, changedAt)
            self.rules[RuleKey(brand: brand, id: rule.ruleID)] = rule
        }
        for row in answers[2] {
            let position = Int(try row.decode(Int64.self)) - 1
            guard prices.indices.contains(position) else {
                throw .unexpectedValue(column: "position", reason: "\(position) was not asked for")
            }
            self.holding.insert(prices[position])
        }
    }

    /// Clears away prices of the first list that is no more. What of it stays for the next time stays due.
    ///
    /// - Parameter limit: The most prices.
    mutating func clear(limit: Int, in transaction: PostgresTransaction) async throws {
        let gone = self.due.filter { $0.due.kind == .list && self.list(of: $0) == nil }
        guard let first = gone.first else { return }
        let isCleared = try await RemovedPrices.clear(
            list: first.due.listNumber, of: first.brand, limit: limit, in: transaction)
        self.unfinished = Set(isCleared ? gone.dropFirst() : gone[...])
    }

    /// What is due no more once the events are told.
    var done: [BrandDue] { self.due.filter { !self.unfinished.contains($0) } }

    /// What is told: of a list or rule that begins or ends then, as it stands; of prices, where they and their list still do.
    func events(at now: PostgresTimestamp) throws(EncodingError) -> [Event] {
        let byBrand = Dictionary(grouping: self.done, by: \.brand)
        var events: [Event] = []
        for (brand, due) in byBrand.sorted(by: { $0.key < $1.key }) {
            events += try self.events(of: due).recorded(of: brand, at: now, traceParent: nil)
        }
        return events
    }

    private func events(of due: [BrandDue]) -> [PricingEvent] {
        var events: [PricingEvent] = []
        for entry in due {
            let moment = entry.due.at.protobuf
            switch entry.due.kind {
            case .prices: continue
            case .list:
                guard let list = self.list(of: entry), [list.list.validFrom, list.list.validTo].contains(moment)
                else { continue }
                events.append(.listChanged(PriceListChanged(priceList: list.answer)))
            case .rule:
                guard let rule = self.rules[RuleKey(brand: entry.brand, id: entry.due.subject)],
                    [rule.validFrom, rule.validTo].contains(moment)
                else { continue }
                events.append(.ruleChanged(PriceRuleChanged(rule: rule)))
            }
        }
        return events + self.effectivePrices(of: due)
    }

    /// Prices of one list and bucket that began or ended to count, in one event.
    private func effectivePrices(of due: [BrandDue]) -> [PricingEvent] {
        struct Group: Hashable, Comparable {
            let number: Int32
            let bucket: Int16

            static func < (left: Self, right: Self) -> Bool {
                (left.number, left.bucket) < (right.number, right.bucket)
            }
        }
        let counting = due.filter { entry in
            guard entry.due.kind == .prices, self.holding.contains(entry), let list = self.list(of: entry) else {
                return false
            }
            return list.list.counts(at: entry.due.at)
        }
        let groups = Dictionary(grouping: counting) { Group(number: $0.due.listNumber, bucket: $0.due.bucket) }
        var events: [PricingEvent] = []
        for (_, entries) in groups.sorted(by: { $0.key < $1.key }) {
            guard let list = entries.first.flatMap({ self.list(of: $0) })?.list else { continue }
            let skus = Set(entries.map { SKU(unchecked: $0.due.subject) }).sorted().map(\.description)
            for part in skus.parts(of: PriceScheduler.maximumSKUsPerEvent) {
                events.append(
                    .pricesEffective(
                        PricesEffective(
                            listID: list.listID, type: list.type, currency: list.currency, scope: list.scope,
                            skus: Array(part))))
            }
        }
        return events
    }

    private func list(of entry: BrandDue) -> StoredPriceList? {
        self.lists[ListKey(brand: entry.brand, number: entry.due.listNumber)]
    }

    private static let lists = PostgresStatement(
        """
        select l.number, l.version, l.created_at, l.changed_at, l.document, l.brand_id
        from (select distinct * from unnest($1::uuid[], $2::integer[])) as k (brand_id, number)
        join price_list l on l.brand_id = k.brand_id and l.number = k.number
        """)

    private static let rules = PostgresStatement(
        """
        select r.brand_id, r.version, r.created_at, r.changed_at, r.document
        from (select distinct * from unnest($1::uuid[], $2::text[])) as k (brand_id, rule_id)
        join price_rule r on r.brand_id = k.brand_id and r.rule_id = k.rule_id
        """)

    private static let prices = PostgresStatement(
        """
        select k.position
        from unnest($1::uuid[], $2::smallint[], $3::text[], $4::integer[], $5::timestamptz[]) with ordinality
            as k (brand_id, bucket, sku, list_number, due_at, position)
        where exists (
            select from price p
            where p.bucket = k.bucket and p.brand_id = k.brand_id and p.sku = k.sku and p.list_number = k.list_number
                and (p.valid_from = k.due_at or p.valid_to = k.due_at))
        """)
}

extension PriceList {
    /// Whether prices of the list count at an instant.
    fileprivate func counts(at instant: PostgresTimestamp) -> Bool {
        let from = self.validFrom.flatMap { PostgresTimestamp($0) } ?? .negativeInfinity
        let to = self.validTo.flatMap { PostgresTimestamp($0) } ?? .infinity
        return !self.suspended && from <= instant && instant < to
    }
}
