internal import PricingMessages

/// What a quote goes by, as far as the book decides it: known before any price is read, so that one query can read all.
public struct QuotePlan: Sendable {
    /// The most lines of a quote.
    public static let maximumLines = 500
    /// The most units of a line: sums over all lines of a quote stay far within 128 bits, whatever rules say.
    public static let maximumQuantity: Int64 = 1_000_000_000

    /// A rule whose uses have to be known.
    public struct LimitedRule: Hashable, Sendable {
        /// Its id.
        public var id: String
        /// The uses of the customer have to be known, too.
        public var isLimitedPerCustomer: Bool
    }

    /// A list that counts for the quote.
    struct PlannedList: Sendable {
        /// What stands for it in prices.
        var number: Int32
        /// Its place in the book.
        var place: Int32
        /// What its prices are.
        var type: PriceType
        /// Of the lists of its type, the how manieth is asked.
        var rank: Int32
        /// How its prices become the quote's currency.
        var conversion: ListConversion
    }

    /// How a list's prices become the quote's currency.
    enum ListConversion: Sendable {
        /// They are in it.
        case own
        /// By a rate.
        case by(RateTable.Conversion)
        /// They cannot: there is no rate.
        case missing
    }

    /// A kit among the SKUs.
    struct PlannedKit: Sendable {
        /// Its parts, by their places among the SKUs.
        var parts: [(sku: Int32, quantity: Int64)]
        /// What is taken off their sum.
        var reduction: Share?
    }

    /// For whom and when.
    public let context: QuoteContext
    /// The SKUs whose prices have to be known, each once: those of the lines, then parts of kits.
    public let skus: [SKU]
    /// Of each SKU that was asked for, in their order, its place among ``skus``.
    public let askedSKUs: [Int32]
    /// The numbers of the lists whose prices have to be known, ascending.
    public let listNumbers: [Int32]
    /// The time zones of which the local time has to be known.
    public let timeZones: [String]
    /// The rules whose uses have to be known.
    public let limitedRules: [LimitedRule]

    /// By number.
    let lists: [PlannedList]
    /// The places in the book of the rules that count for the context, in their order.
    let rules: [Int32]
    /// Of each SKU, its kit among ``kits``; below zero: it is none.
    let kitPlaces: [Int32]
    let kits: [PlannedKit]
    /// When the book's part is known to change next.
    let nextChange: Instant?

    /// Finds what a quote goes by.
    ///
    /// - Parameters:
    ///   - skus: Those of the lines, in their order; the same may be there several times.
    public init(_ context: QuoteContext, skus: [SKU], in book: PriceBook) {
        self.context = context
        var next = NextChange(after: context.at)
        (self.skus, self.askedSKUs, self.kitPlaces, self.kits) = Self.expand(skus, by: book.kits)
        self.lists = Self.lists(for: context, in: book, &next)
        self.listNumbers = self.lists.map(\.number)
        self.rules = Self.rules(for: context, in: book, &next)
        self.nextChange = next.instant
        var zones: Set<String> = []
        var limited: [LimitedRule] = []
        for place in self.rules {
            let rule = book.rules[Int(place)]
            if let zone = rule.timeZone { zones.insert(zone) }
            guard let limits = rule.limits else { continue }
            limited.append(LimitedRule(id: rule.id, isLimitedPerCustomer: limits.usesPerCustomer != nil))
        }
        self.timeZones = zones.sorted()
        self.limitedRules = limited
    }

    /// Each SKU once, with all parts of kits. Kits are nested no deeper than the book allows, so it ends.
    private static func expand(
        _ asked: [SKU], by graph: KitGraph
    ) -> (skus: [SKU], asked: [Int32], kitPlaces: [Int32], kits: [PlannedKit]) {
        var places = [SKU: Int32](minimumCapacity: asked.count)
        var skus: [SKU] = []
        skus.reserveCapacity(asked.count)
        func place(of sku: SKU) -> Int32 {
            if let known = places[sku] { return known }
            let place = Int32(skus.count)
            places[sku] = place
            skus.append(sku)
            return place
        }
        let askedPlaces = asked.map { place(of: $0) }
        guard graph.count > 0 else {
            return (skus, askedPlaces, [Int32](repeating: -1, count: skus.count), [])
        }
        var kitPlaces: [Int32] = []
        var kits: [PlannedKit] = []
        while kitPlaces.count < skus.count {
            guard let kit = graph[skus[kitPlaces.count]] else {
                kitPlaces.append(-1)
                continue
            }
            kitPlaces.append(Int32(kits.count))
            kits.append(
                PlannedKit(
                    parts: kit.parts.map { (place(of: $0.sku), $0.quantity) }, reduction: kit.reduction))
        }
        return (skus, askedPlaces, kitPlaces, kits)
    }

    private static func lists(
        for context: QuoteContext, in book: PriceBook, _ next: inout NextChange
    ) -> [PlannedList] {
        var places: [Int] = []
        for (place, list) in book.lists.enumerated() {
            guard !list.isSuspended, list.currency == context.currency || list.servesOtherCurrencies,
                context.isIn(list.scope)
            else { continue }
            next.note(list.period)
            guard list.period.contains(context.at) else { continue }
            places.append(place)
        }
        places.sort { BookList.isAsked(book.lists[$0], before: book.lists[$1], in: context.currency) }
        var planned: [PlannedList] = []
        for (rank, place) in places.enumerated() {
            let list = book.lists[place]
            var conversion = ListConversion.own
            if list.currency != context.currency {
                let rate = book.rates.conversion(from: list.currency, to: context.currency, at: context.at)
                conversion = rate.map { .by($0) } ?? .missing
                next.note(book.rates.nextChange(from: list.currency, to: context.currency, after: context.at))
            }
            planned.append(
                PlannedList(
                    number: list.number, place: Int32(place), type: list.type, rank: Int32(rank),
                    conversion: conversion))
        }
        return planned.sorted { $0.number < $1.number }
    }

    /// Where the list of a number is among ``lists``; nil: it does not count.
    func place(ofList number: Int32) -> Int? {
        var (low, high) = (0, self.listNumbers.count)
        while low < high {
            let middle = (low + high) / 2
            if self.listNumbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < self.listNumbers.count && self.listNumbers[low] == number ? low : nil
    }

    private static func rules(for context: QuoteContext, in book: PriceBook, _ next: inout NextChange) -> [Int32] {
        var places: [Int32] = []
        for (place, rule) in book.rules.enumerated() {
            guard !rule.isSuspended, rule.scopes.contains(where: { context.isIn($0) }) else { continue }
            next.note(rule.period)
            if rule.period.contains(context.at) { places.append(Int32(place)) }
        }
        return places
    }
}

extension QuoteContext {
    /// Whether something of a scope counts for it.
    func isIn(_ scope: Scope) -> Bool {
        scope.contains(channel: self.channel, region: self.region, customerGroup: self.customerGroup)
    }
}

/// The first instant behind another of all that are noted.
struct NextChange: Sendable {
    /// Behind which.
    let after: Instant
    /// The first; nil: none was noted.
    private(set) var instant: Instant?

    init(after: Instant) { self.after = after }

    /// Notes an instant, if it lies behind.
    mutating func note(_ instant: Instant?) {
        guard let instant, instant > self.after, instant < (self.instant ?? .distantFuture) else { return }
        self.instant = instant
    }

    /// Notes the next end of a period.
    mutating func note(_ period: Period) { self.note(period.nextEnd(after: self.after)) }
}
