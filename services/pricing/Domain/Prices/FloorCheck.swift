public import Money
public import PricingMessages

/// Whether a price that is put into a selling list lies under a floor at some instant from now on.
///
/// Floors are minimum advertised prices of lists whose scope meets that of the selling list, and rules that guard the margin
/// on cost or the distance to the list price. Of several lists only those count that give a price for some quote that the
/// selling list is for: one that a list of greater priority hides from all of these does not. Prices of kits are compared
/// with floors of the kit's own SKU. Rules with hours count as if they were always in their hours.
public struct FloorCheck: Sendable {
    /// What a price is lower than.
    public struct Breach: Hashable, Sendable {
        /// What says so.
        public var source: Source
        /// The least that may be asked for a unit, in the currency of the price.
        public var floor: Amount
        /// The first instant at which it is so.
        public var at: Instant

        /// A breach with all that it consists of.
        public init(source: Source, floor: Amount, at: Instant) {
            self.source = source
            self.floor = floor
            self.at = at
        }

        /// What becomes of the price, by a brand's settings: refused, unless they say that it is held.
        public func policy(by settings: PricingSettings) -> FloorPolicy {
            let policy =
                switch self.source {
                case .minimumAdvertised: settings.minimumAdvertisedPolicy
                case .marginGuard, .minimumOfListPrice: settings.marginPolicy
                }
            return policy == .hold ? .hold : .refuse
        }
    }

    /// What says how low a price may be.
    public enum Source: Hashable, Sendable {
        /// A list of minimum advertised prices, by its id.
        case minimumAdvertised(listID: String)
        /// A rule that guards the margin, by its id.
        case marginGuard(ruleID: String)
        /// A rule with a minimum of the list price, by its id.
        case minimumOfListPrice(ruleID: String)
    }

    /// The numbers of the lists whose prices of the SKU have to be known, ascending; none: there are no floors.
    public let listNumbers: [Int32]

    private let list: BookList
    private let lists: [BookList]
    private let rules: [(rule: BookRule, place: Int32)]
    private let book: PriceBook

    /// What limits the prices of a list; of another list than a selling one nothing does.
    public init(for list: BookList, in book: PriceBook) {
        self.list = list
        self.book = book
        guard list.type == .selling else {
            (self.lists, self.rules, self.listNumbers) = ([], [], [])
            return
        }
        let rules = book.rules.enumerated().filter { _, rule in
            rule.isFloor && !rule.isSuspended && rule.scopes.contains { $0.intersects(list.scope) }
        }.map { (rule: $1, place: Int32($0)) }
        var types: Set<PriceType> = [.minimumAdvertised]
        for (rule, _) in rules { types.insert(rule.floorBasis) }
        self.rules = rules
        self.lists = book.lists.filter {
            types.contains($0.type) && !$0.isSuspended && $0.scope.intersects(list.scope)
                && ($0.currency == list.currency || $0.servesOtherCurrencies) && $0.period.overlaps(list.period)
        }.sorted { BookList.isAsked($0, before: $1, in: list.currency) }
        self.listNumbers = self.lists.map(\.number).sorted()
    }

    /// What a price lies under, of each kind of floor the first; none: it may stand.
    ///
    /// - Parameters:
    ///   - price: The price that is put, of the check's list; its `sku` is not looked at.
    ///   - rows: The SKU's prices in the lists of ``listNumbers``, in any order.
    ///   - now: What lies before is not looked at.
    public func breaches(of price: PriceRow, sku: SKU, among rows: [PriceRow], now: Instant) -> [Breach] {
        let from = max(price.validFrom, self.list.period.from, now)
        let to = min(price.validTo, self.list.period.to)
        guard !rows.isEmpty, from < to else { return [] }
        let timelines = Dictionary(grouping: rows, by: \.list).mapValues { PriceTimeline($0) }
        let selected = self.rules.filter { self.book.selectors.has(sku, selector: $0.place) }.map(\.rule)
        // Nothing changes between ends of periods, nor between quantities from which on prices count.
        var instants: Set<Instant> = [from]
        for row in rows { instants.formUnion([row.validFrom, row.validTo]) }
        for period in self.lists.map(\.period) + selected.map(\.period) {
            instants.formUnion([period.from, period.to])
        }
        let quantities = Set(
            rows.map(\.minimumQuantity).filter { $0 > price.minimumQuantity } + [price.minimumQuantity])
        var found: [Breach] = []
        for instant in instants.sorted() where instant >= from && instant < to {
            for quantity in quantities.sorted() {
                let floors = self.floors(of: quantity, at: instant, by: selected, timelines)
                for (source, floor) in floors where price.amount < floor {
                    guard !found.contains(where: { $0.source.isOfKind(of: source) }) else { continue }
                    found.append(Breach(source: source, floor: floor, at: instant))
                }
            }
        }
        return found
    }

    private func floors(
        of quantity: Int64, at instant: Instant, by rules: [BookRule], _ timelines: [Int32: PriceTimeline]
    ) -> [(source: Source, floor: Amount)] {
        func prices(_ type: PriceType, for scope: Scope) -> [(list: BookList, amount: Amount)] {
            self.prices(type, for: scope, of: quantity, at: instant, timelines)
        }
        var floors: [(Source, Amount)] = prices(.minimumAdvertised, for: self.list.scope).map {
            (.minimumAdvertised(listID: $0.list.id), $0.amount)
        }
        for rule in rules where rule.period.contains(instant) {
            for scope in rule.scopes.compactMap({ $0.intersection(self.list.scope) }) {
                for (_, amount) in prices(rule.floorBasis, for: scope) {
                    guard let floor = rule.floor(over: amount), let source = rule.floorSource else { continue }
                    floors.append((source, floor))
                }
            }
        }
        // Of one kind the highest is told.
        return floors.sorted { $0.1 > $1.1 }
    }

    /// The prices that lists of a type give for some quote within a scope, in the currency of the list.
    private func prices(
        _ type: PriceType, for scope: Scope, of quantity: Int64, at instant: Instant,
        _ timelines: [Int32: PriceTimeline]
    ) -> [(list: BookList, amount: Amount)] {
        var prices: [(list: BookList, amount: Amount)] = []
        var scopes: [Scope] = []
        for list in self.lists where list.type == type && list.period.contains(instant) {
            guard let shared = list.scope.intersection(scope), !scopes.contains(where: { $0.contains(shared) }),
                let row = timelines[list.number]?.price(at: instant, quantity: quantity),
                let amount = self.converted(row.amount, of: list, at: instant)
            else { continue }
            prices.append((list, amount))
            scopes.append(list.scope)
        }
        return prices
    }

    private func converted(_ amount: Amount, of list: BookList, at instant: Instant) -> Amount? {
        guard list.currency != self.list.currency else { return amount }
        return self.book.rates.conversion(from: list.currency, to: self.list.currency, at: instant)?.converted(amount)
    }
}

extension FloorCheck.Source {
    fileprivate func isOfKind(of other: Self) -> Bool {
        switch (self, other) {
        case (.minimumAdvertised, .minimumAdvertised), (.marginGuard, .marginGuard),
            (.minimumOfListPrice, .minimumOfListPrice):
            true
        default: false
        }
    }
}

extension BookRule {
    /// The type of the prices that a floor is told by.
    var floorBasis: PriceType {
        switch self.effect {
        case .marginGuard: .cost
        case .minimumOfListPrice: .list
        default: .unspecified
        }
    }

    /// The least price that it allows over a cost or list price, rounded up to a millionth, or the greatest amount where that
    /// is less; nil: it is no floor.
    func floor(over basis: Amount) -> Amount? {
        switch self.effect {
        case .marginGuard(let share):
            let left = Int128(Share.whole.millionths - share.millionths)
            let floor = (Int128(basis.micros) * 1_000_000 + left - 1) / left
            return Amount(micros: Int64(clamping: floor))
        case .minimumOfListPrice(let share):
            let floor = (Int128(basis.micros) * Int128(share.millionths) + 999_999) / 1_000_000
            return Amount(micros: Int64(clamping: floor))
        default: return nil
        }
    }

    fileprivate var floorSource: FloorCheck.Source? {
        switch self.effect {
        case .marginGuard: .marginGuard(ruleID: self.id)
        case .minimumOfListPrice: .minimumOfListPrice(ruleID: self.id)
        default: nil
        }
    }
}

extension SelectorIndex {
    /// Whether a selector has a SKU.
    func has(_ sku: SKU, selector: Int32) -> Bool {
        var isNamed = self.forAll.contains(selector)
        self.forEachNaming(sku) { if $0 == selector { isNamed = true } }
        self.forEachExcepting(sku) { if $0 == selector { isNamed = false } }
        return isNamed
    }
}
