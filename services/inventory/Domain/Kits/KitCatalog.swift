/// The kits of a brand, each resolved to the SKUs that have stock.
///
/// A kit may hold kits. What it resolves to names each SKU once, with the units that all ways to it add up to.
public struct KitCatalog: Sendable {
    private var resolved: [SKU: [KitComponent]] = [:]
    private var holders: [SKU: [SKU]] = [:]

    /// No kit.
    public init() {}

    /// All kits that a decision may meet, with the kits within them.
    ///
    /// - Throws: ``KitFault`` if one holds itself through others, or is too large or too deep.
    public init(_ kits: [Kit]) throws(KitFault) {
        var bySKU: [SKU: Kit] = [:]
        for kit in kits { bySKU[kit.sku] = kit }
        for kit in bySKU.values.sorted(by: { $0.sku < $1.sku }) {
            let components = try Self.resolve(kit, bySKU)
            self.resolved[kit.sku] = components
            for component in components { self.holders[component.sku, default: []].append(kit.sku) }
        }
    }

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

    private struct Step {
        let kit: Kit
        let units: Int64
        let depth: Int
    }

    private static func resolve(_ root: Kit, _ kits: [SKU: Kit]) throws(KitFault) -> [KitComponent] {
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
                if let inner = kits[component.sku] {
                    entered += 1
                    guard entered <= InventoryLimits.maximumComponents else {
                        throw KitFault(kit: root.sku, code: .tooManyComponents)
                    }
                    steps.append(Step(kit: inner, units: product, depth: step.depth + 1))
                    continue
                }
                if units[component.sku] == nil { order.append(component) }
                units[component.sku, default: 0] += product
            }
        }
        return try self.sum(order, units, of: root)
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
