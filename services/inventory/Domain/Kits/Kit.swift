/// One part of a kit.
public struct KitComponent: Hashable, Sendable {
    /// What.
    public let sku: SKU
    /// Units in one kit.
    public let quantity: Quantity
    /// Where on the vehicle it goes; empty: not said.
    public let position: String

    /// A part of a kit.
    public init(sku: SKU, quantity: Quantity, position: String = "") {
        self.sku = sku
        self.quantity = quantity
        self.position = position
    }
}

/// A SKU that is sold as one and shipped as several. It has no stock of its own.
public struct Kit: Hashable, Sendable {
    /// What is sold.
    public let sku: SKU
    /// What it consists of.
    public let components: [KitComponent]

    /// A kit.
    ///
    /// A SKU may stand at several positions.
    ///
    /// - Throws: ``KitFault`` if there is no component or too many, one stands twice at a position, one is the kit itself,
    ///   or its quantity is above ``InventoryLimits/maximumUnitsOfComponent``.
    public init(sku: SKU, components: [KitComponent]) throws(KitFault) {
        guard !components.isEmpty else { throw KitFault(kit: sku, code: .empty) }
        guard components.count <= InventoryLimits.maximumComponents else {
            throw KitFault(kit: sku, code: .tooManyComponents)
        }
        var seen: Set<Place> = []
        for component in components {
            guard component.sku != sku else { throw KitFault(kit: sku, code: .holdsItself, component: component.sku) }
            guard seen.insert(Place(sku: component.sku, position: component.position)).inserted else {
                throw KitFault(kit: sku, code: .duplicateComponent, component: component.sku)
            }
            guard component.quantity.units <= InventoryLimits.maximumUnitsOfComponent else {
                throw KitFault(kit: sku, code: .tooManyUnits, component: component.sku)
            }
        }
        self.sku = sku
        self.components = components
    }

    /// Whether a SKU stands at several positions.
    var repeatsComponents: Bool { Set(self.components.lazy.map(\.sku)).count < self.components.count }

    private struct Place: Hashable {
        let sku: SKU
        let position: String
    }
}

/// Why a kit cannot be.
public struct KitFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault.
    public struct Code: Hashable, Sendable {
        private enum Kind: Hashable, Sendable {
            case empty
            case holdsItself
            case duplicateComponent
            case tooManyComponents
            case tooManyUnits
            case tooDeep
        }

        private let kind: Kind

        /// No component.
        public static let empty = Code(kind: .empty)
        /// The kit is a component of itself, perhaps through others.
        public static let holdsItself = Code(kind: .holdsItself)
        /// A component stands twice at a position.
        public static let duplicateComponent = Code(kind: .duplicateComponent)
        /// More than ``InventoryLimits/maximumComponents``, those of kits within it counted.
        public static let tooManyComponents = Code(kind: .tooManyComponents)
        /// More than ``InventoryLimits/maximumUnitsOfComponent`` of one component, also through others.
        public static let tooManyUnits = Code(kind: .tooManyUnits)
        /// Kits within kits beyond ``InventoryLimits/maximumKitDepth``.
        public static let tooDeep = Code(kind: .tooDeep)
    }

    /// The kit.
    public let kit: SKU
    /// What is wrong with it.
    public let code: Code
    /// The component at fault.
    public let component: SKU?

    init(kit: SKU, code: Code, component: SKU? = nil) {
        self.kit = kit
        self.code = code
        self.component = component
    }

    /// In one sentence.
    public var description: String {
        let name = self.component.map { "\($0)" } ?? "a component"
        return switch self.code {
        case .empty: "kit \(self.kit) has no component; expected 1 to \(InventoryLimits.maximumComponents)"
        case .holdsItself: "kit \(self.kit) holds itself through \(name); a kit holds other SKUs only"
        case .duplicateComponent:
            "kit \(self.kit) names \(name) twice at one position; give it once there, with the sum of its units"
        case .tooManyComponents: "kit \(self.kit) has more than \(InventoryLimits.maximumComponents) components"
        case .tooManyUnits:
            "kit \(self.kit) has more than \(InventoryLimits.maximumUnitsOfComponent) units of \(name)"
        default: "kit \(self.kit) holds kits more than \(InventoryLimits.maximumKitDepth) deep"
        }
    }
}
