/// Which rules' selections have a SKU, found by the SKU.
///
/// A selector is a rule's products, or what a buy-and-get reduces: those of the rules come first, in their order.
struct SelectorIndex: Sendable {
    /// Of each rule, the selector of what it reduces beside its products; below zero: there is none.
    let rewards: [Int32]
    /// How many selectors there are.
    let count: Int
    /// Those that have all SKUs but their exceptions.
    let forAll: [Int32]

    private var named: [SKU: [Int32]] = [:]
    private var excepted: [SKU: [Int32]] = [:]
    private var beginnings: [SKU: [Int32]] = [:]
    /// The lengths of the beginnings in bytes, ascending.
    private var lengths: [Int] = []

    init(_ rules: [BookRule]) {
        var selections = rules.map(\.products)
        var rewards: [Int32] = []
        for rule in rules {
            if case .buyAndGet(let terms) = rule.effect, let products = terms.products {
                rewards.append(Int32(selections.count))
                selections.append(products)
            } else {
                rewards.append(-1)
            }
        }
        self.rewards = rewards
        self.count = selections.count
        self.forAll = selections.indices.filter { selections[$0].isForAll }.map { Int32($0) }
        for (index, selection) in selections.enumerated() {
            for sku in selection.skus { self.named[sku, default: []].append(Int32(index)) }
            for sku in selection.exceptions { self.excepted[sku, default: []].append(Int32(index)) }
            for prefix in selection.prefixes {
                self.beginnings[SKU(unchecked: prefix), default: []].append(Int32(index))
            }
        }
        self.lengths = Set(self.beginnings.keys.map(\.description.utf8.count)).sorted()
    }

    /// Calls with each selector that names a SKU or a beginning of it, perhaps twice; not with those for all SKUs.
    func forEachNaming(_ sku: SKU, _ body: (Int32) -> Void) {
        if !self.named.isEmpty { for selector in self.named[sku] ?? [] { body(selector) } }
        for length in self.lengths {
            guard let beginning = sku.beginning(bytes: length) else { continue }
            for selector in self.beginnings[beginning] ?? [] { body(selector) }
        }
    }

    /// Calls with each selector that excepts a SKU.
    func forEachExcepting(_ sku: SKU, _ body: (Int32) -> Void) {
        if !self.excepted.isEmpty { for selector in self.excepted[sku] ?? [] { body(selector) } }
    }
}

extension SKU {
    /// The SKU's first bytes; nil: it has fewer, or a character lies across.
    fileprivate func beginning(bytes: Int) -> SKU? {
        let utf8 = self.description.utf8
        guard utf8.count >= bytes else { return nil }
        return String(validating: utf8.prefix(bytes), as: UTF8.self).map(SKU.init(unchecked:))
    }
}
