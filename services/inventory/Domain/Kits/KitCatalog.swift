/// The kits of a brand, each resolved to the SKUs that have stock.
///
/// A kit may hold kits. What it resolves to names each SKU once, with the units that all ways to it add up to.
public struct KitCatalog: Sendable {
    private var composed: [SKU: Kit] = [:]
    private var resolved: [SKU: [KitComponent]] = [:]
    /// The kits that a SKU with stock is part of, ascending.
    private var holders: [SKU: [SKU]] = [:]
    /// The kits that a kit is part of, however deep, ascending; and the other way round. Few have any.
    private var enclosing: [SKU: [SKU]] = [:]
    private var inner: [SKU: [SKU]] = [:]

    /// No kit.
    public init() {}

    /// All kits that a decision may meet, with the kits within them.
    ///
    /// - Throws: ``KitFault`` if one holds itself through others, or is too large or too deep.
    public init(_ kits: [Kit]) throws(KitFault) { try self.apply(changed: kits, removed: []) }

    /// Takes over changes: only what they reach is resolved anew.
    ///
    /// - Throws: ``KitFault`` as ``init(_:)`` does; then the catalog is of no use any more.
    public mutating func apply(changed: [Kit], removed: [SKU]) throws(KitFault) {
        let names = changed.map(\.sku) + removed
        var affected = Set(names)
        for name in names {
            affected.formUnion(self.enclosing[name] ?? [])
            affected.formUnion(self.holders[name] ?? [])
        }
        for sku in affected { self.forget(sku) }
        for sku in removed { self.composed[sku] = nil }
        for kit in changed { self.composed[kit.sku] = kit }
        for sku in affected.sorted() {
            guard let kit = self.composed[sku] else { continue }
            let (components, inner) = try Self.resolve(kit, self.composed)
            self.resolved[sku] = components
            for component in components { Self.insert(sku, into: &self.holders[component.sku, default: []]) }
            guard !inner.isEmpty else { continue }
            self.inner[sku] = inner
            for kit in inner { Self.insert(sku, into: &self.enclosing[kit, default: []]) }
        }
    }

    private mutating func forget(_ sku: SKU) {
        for component in self.resolved.removeValue(forKey: sku) ?? [] {
            Self.remove(sku, from: &self.holders[component.sku])
        }
        for kit in self.inner.removeValue(forKey: sku) ?? [] { Self.remove(sku, from: &self.enclosing[kit]) }
    }

    /// How many kits there are.
    public var count: Int { self.composed.count }

    /// All kits, ascending.
    public var kits: [SKU] { self.resolved.keys.sorted() }

    /// Whether there is no kit.
    public var isEmpty: Bool { self.resolved.isEmpty }

    /// What a kit resolves to; nil: the SKU is no kit.
    public func components(of sku: SKU) -> [KitComponent]? {
        self.resolved.isEmpty ? nil : self.resolved[sku]
    }

    /// The kits that a SKU is part of, ascending.
    public func kits(holding sku: SKU) -> [SKU] {
        self.holders.isEmpty ? [] : self.holders[sku] ?? []
    }

    /// The kits whose availability a change of a SKU, or of what it consists of, may change: itself and those that hold it.
    /// Ascending.
    public func kits(around sku: SKU) -> [SKU] {
        guard self.resolved[sku] != nil else { return self.kits(holding: sku) }
        return Set([sku] + (self.enclosing[sku] ?? [])).sorted()
    }

    /// By halving; what comes in ascending order is appended.
    private static func place(of sku: SKU, in skus: [SKU]) -> Int {
        if let last = skus.last, last < sku { return skus.count }
        var (low, high) = (0, skus.count)
        while low < high {
            let middle = (low + high) / 2
            if skus[middle] < sku { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func insert(_ sku: SKU, into skus: inout [SKU]) {
        let place = Self.place(of: sku, in: skus)
        if place < skus.count, skus[place] == sku { return }
        skus.insert(sku, at: place)
    }

    private static func remove(_ sku: SKU, from skus: inout [SKU]?) {
        guard let place = skus.map({ Self.place(of: sku, in: $0) }), let count = skus?.count, place < count,
            skus?[place] == sku
        else { return }
        if count == 1 { skus = nil } else { skus?.remove(at: place) }
    }

    private struct Step {
        let kit: Kit
        let units: Int64
        let depth: Int
    }

    /// What a kit consists of, and the kits within it.
    private static func resolve(
        _ root: Kit, _ kits: [SKU: Kit]
    ) throws(KitFault) -> (components: [KitComponent], inner: [SKU]) {
        // As nearly all are: the kit's own rules are those of what it resolves to.
        if !root.repeatsComponents, !root.components.contains(where: { kits[$0.sku] != nil }) {
            return (root.components, [])
        }
        var inner: Set<SKU> = []
        var order: [KitComponent] = []
        var units: [SKU: Int64] = [:]
        var steps = [Step(kit: root, units: 1, depth: 1)]
        // At most as many steps as components are allowed: each kit that is entered is one of them.
        var entered = 0
        while let step = steps.popLast() {
            guard step.depth <= InventoryLimits.maximumKitDepth else { throw KitFault(kit: root.sku, code: .tooDeep) }
            for component in step.kit.components {
                guard component.sku != root.sku else {
                    throw KitFault(kit: root.sku, code: .holdsItself, component: step.kit.sku)
                }
                // Both factors are at most 10,000.
                let product = component.quantity.units * step.units
                guard product <= InventoryLimits.maximumUnitsOfComponent else {
                    throw KitFault(kit: root.sku, code: .tooManyUnits, component: component.sku)
                }
                if let kit = kits[component.sku] {
                    inner.insert(kit.sku)
                    entered += 1
                    guard entered <= InventoryLimits.maximumComponents else {
                        throw KitFault(kit: root.sku, code: .tooManyComponents)
                    }
                    steps.append(Step(kit: kit, units: product, depth: step.depth + 1))
                    continue
                }
                if units[component.sku] == nil { order.append(component) }
                units[component.sku, default: 0] += product
            }
        }
        return (try self.sum(order, units, of: root), inner.sorted())
    }

    private static func sum(
        _ order: [KitComponent], _ units: [SKU: Int64], of root: Kit
    ) throws(KitFault) -> [KitComponent] {
        guard order.count <= InventoryLimits.maximumComponents else {
            throw KitFault(kit: root.sku, code: .tooManyComponents)
        }
        var components: [KitComponent] = []
        for component in order {
            let total = units[component.sku] ?? 0
            guard total <= InventoryLimits.maximumUnitsOfComponent, let quantity = try? Quantity(total) else {
                throw KitFault(kit: root.sku, code: .tooManyUnits, component: component.sku)
            }
            components.append(KitComponent(sku: component.sku, quantity: quantity, position: component.position))
        }
        return components
    }
}
