public import Money
public import PricingMessages

/// Everything of a brand that decides how prices come about, but for the prices: lists, rules, kits, settings and rates.
///
/// It is made once for each revision of the brand's book, and read by all quotes. It takes memory in proportion to the
/// documents.
public struct PriceBook: Sendable {
    /// The revision that it is of.
    public let revision: Int64
    /// The lists, by number.
    public let lists: [BookList]
    /// The rules, in the order in which they go: by priority, the greater first, then by id.
    public let rules: [BookRule]
    /// The kits.
    public let kits: KitGraph
    /// The settings' document.
    public let settings: PricingSettings

    let rates: RateTable
    let selectors: SelectorIndex
    /// Of each rule, the number of its stacking group; below zero: it is in none.
    let groups: [Int32]
    private let roundings: [Currency: Rounding]
    private let listPlaces: [String: Int]
    private let rulePlaces: [String: Int]

    /// The book of a brand.
    ///
    /// - Parameters:
    ///   - lists: In any order.
    ///   - rates: Of several of one pair and instant the last one counts.
    /// - Throws: ``PricingRefusal``, where a document is not what it must be, or kits cannot be together. What was put by
    ///   the services is.
    public init(
        revision: Int64, lists: [BookList], rules: [PriceRule], kits: [PriceKit], settings: PricingSettings,
        rates: [CurrencyRate]
    ) throws(PricingRefusal) {
        self.revision = revision
        self.lists = lists.sorted { $0.number < $1.number }
        var read: [BookRule] = []
        read.reserveCapacity(rules.count)
        for rule in rules { read.append(try BookRule(rule)) }
        read.sort(by: BookRule.goes)
        self.rules = read
        var readKits: [BookKit] = []
        readKits.reserveCapacity(kits.count)
        for kit in kits { readKits.append(try BookKit(kit)) }
        self.kits = try KitGraph(readKits)
        self.settings = settings
        self.rates = RateTable(rates)
        self.roundings = try PricingSettingsRules.roundings(settings)
        self.selectors = SelectorIndex(read)
        self.listPlaces = Dictionary(self.lists.enumerated().map { ($1.id, $0) }) { _, last in last }
        self.rulePlaces = Dictionary(read.enumerated().map { ($1.id, $0) }) { _, last in last }
        var numbers: [String: Int32] = [:]
        self.groups = read.map { rule in
            guard !rule.stackingGroup.isEmpty else { return -1 }
            let number = numbers[rule.stackingGroup] ?? Int32(numbers.count)
            numbers[rule.stackingGroup] = number
            return number
        }
    }

    /// The list of an id; nil: there is none.
    public func list(id: String) -> BookList? { self.listPlaces[id].map { self.lists[$0] } }

    /// The list of a number; nil: there is none.
    public func list(number: Int32) -> BookList? { self.place(ofList: number).map { self.lists[$0] } }

    /// The rule of an id; nil: there is none.
    public func rule(id: String) -> BookRule? { self.rulePlaces[id].map { self.rules[$0] } }

    /// Where the rule of an id is among ``rules``; nil: there is none.
    func place(ofRule id: String) -> Int? { self.rulePlaces[id] }

    /// Where the list of a number is among ``lists``; nil: there is none.
    func place(ofList number: Int32) -> Int? {
        var (low, high) = (0, self.lists.count)
        while low < high {
            let middle = (low + high) / 2
            if self.lists[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < self.lists.count && self.lists[low].number == number ? low : nil
    }

    /// How amounts of a currency are rounded.
    public func rounding(of currency: Currency) -> Rounding { self.roundings[currency] ?? Rounding(of: currency) }

    /// The rate by which one gets from a currency to another at an instant; nil: there is none.
    public func rate(from: Currency, to: Currency, at instant: Instant) -> CurrencyRate? {
        self.rates.conversion(from: from, to: to, at: instant)?.rate
    }
}
