internal import PricingMessages

/// What kits there are, and whether another one may be among them.
public struct KitGraph: Sendable {
    /// How deep kits may be nested: a kit of plain parts is one level.
    public static let maximumDepth = 5
    /// The most kits of a brand.
    public static let maximumKits = 10_000
    /// The most parts, and parts of parts, of one kit, each counted as often as it is met.
    public static let maximumExpandedParts = 1_000

    private var kits: [SKU: BookKit] = [:]
    /// The kits that hold a SKU.
    private var holders: [SKU: Set<SKU>] = [:]

    /// Those kits.
    ///
    /// - Throws: ``PricingRefusal`` with `kitInvalid`, where they cannot be together.
    public init(_ kits: some Sequence<BookKit>) throws(PricingRefusal) {
        for kit in kits { self.put(kit) }
        for sku in self.kits.keys.sorted() { try self.checkBelow(sku) }
    }

    /// The kit of a SKU; nil: it is none.
    public subscript(_ sku: SKU) -> BookKit? { self.kits[sku] }

    /// How many there are.
    public var count: Int { self.kits.count }

    /// Which SKUs are kits, in no order.
    public var skus: some Sequence<SKU> { self.kits.keys }

    /// Puts a kit, or another state of it.
    ///
    /// - Throws: ``PricingRefusal`` with `kitInvalid`, where the kit would hold itself, kits would be nested too deep, or a
    ///   kit would have too many parts; it names the path. The graph is as before then.
    public mutating func replace(_ kit: BookKit) throws(PricingRefusal) {
        let before = self.kits[kit.sku]
        self.put(kit)
        do throws(PricingRefusal) {
            try self.check(kit.sku)
        } catch {
            self.remove(kit.sku)
            if let before { self.put(before) }
            throw error
        }
    }

    /// Removes a kit, if it is there: its SKU is a plain one then.
    public mutating func remove(_ sku: SKU) {
        for part in self.kits.removeValue(forKey: sku)?.parts ?? [] { self.holders[part.sku]?.remove(sku) }
    }

    private mutating func put(_ kit: BookKit) {
        self.remove(kit.sku)
        self.kits[kit.sku] = kit
        for part in kit.parts { self.holders[part.sku, default: []].insert(kit.sku) }
    }

    private func check(_ sku: SKU) throws(PricingRefusal) {
        for top in self.outermost(from: sku) { try self.checkBelow(top) }
        try self.checkBelow(sku)
    }

    /// The kits that no kit holds, of those that hold a SKU however deep. Each is looked at once.
    private func outermost(from sku: SKU) -> [SKU] {
        var known: Set<SKU> = [sku]
        var waiting = [sku]
        var found: Set<SKU> = []
        while let current = waiting.popLast() {
            let holders = self.holders[current] ?? []
            if holders.isEmpty { found.insert(current) }
            for holder in holders where known.insert(holder).inserted { waiting.append(holder) }
        }
        return found.sorted()
    }

    private func checkBelow(_ sku: SKU) throws(PricingRefusal) {
        var path = [sku]
        var count = 0
        try self.descend(&path, &count)
    }

    /// Goes down from the end of a path. It ends since no path is longer than kits may be deep.
    private func descend(_ path: inout [SKU], _ count: inout Int) throws(PricingRefusal) {
        guard let last = path.last, let kit = self.kits[last] else { return }
        guard path.count <= Self.maximumDepth else {
            throw Self.refusal("would make kits \(path.count) levels deep: \(Self.text(path))")
        }
        for part in kit.parts {
            guard !path.contains(part.sku) else {
                let cycle = path.drop { $0 != part.sku } + [part.sku]
                throw Self.refusal("would hold itself: \(Self.text(Array(cycle)))")
            }
            count += 1
            guard count <= Self.maximumExpandedParts else {
                throw Self.refusal(
                    "would give the kit \(path[0]) more than \(Self.maximumExpandedParts) parts, and parts of parts")
            }
            path.append(part.sku)
            try self.descend(&path, &count)
            path.removeLast()
        }
    }

    private static func refusal(_ problem: String) -> PricingRefusal {
        PricingRefusal(
            .kitInvalid, field: "components", problem,
            expected: "a kit that does not hold itself, of at most \(Self.maximumDepth) levels and"
                + " \(Self.maximumExpandedParts) parts")
    }

    private static func text(_ path: [SKU]) -> String { path.map(\.description).joined(separator: " → ") }
}
