internal import OrderedCollections
public import SandboxJSON
public import SandboxShop

/// What lies in the platform's own warehouses of one SKU, which the platform counts itself.
public struct WarehouseStock: Sendable, Hashable {
    /// The numbers of units by which it is told, in their order.
    public static let names = [
        "fulfillable", "reserved", "inboundWorking", "inboundShipped", "inboundReceiving", "unfulfillable",
    ]
    static let kind = "warehouse"

    /// Units by their names; what is not there is none.
    public var units: [String: Int]

    /// Units of one SKU.
    public init(units: [String: Int] = [:]) { self.units = units }

    private init(_ json: JSONValue) {
        self.init()
        for name in Self.names { self.units[name] = json[name]?.integer.flatMap { Int(exactly: $0) } ?? 0 }
    }

    /// All of a shop, by SKU, in the order in which they came to it.
    public static func all(_ state: ShopState) -> [(sku: String, stock: WarehouseStock)] {
        state.records(of: self.kind).map { ($0.key.name, WarehouseStock($0.value)) }
    }

    /// That of a SKU; `nil`: nothing was ever there.
    public static func of(_ sku: String, _ state: ShopState) -> WarehouseStock? {
        state.value(self.kind, sku).map { WarehouseStock($0) }
    }

    /// Keeps it as that of a SKU.
    public func keep(as sku: String, _ state: ShopState) { state.keep(self.json, Self.kind, sku) }

    /// Units by their names.
    public var json: JSONValue {
        var members: JSONValue.JSONObject = [:]
        for name in Self.names { members[name] = .number(self[name]) }
        return .object(members)
    }

    /// Units of a name.
    public subscript(_ name: String) -> Int { self.units[name] ?? 0 }

    /// All units, on their way or there.
    var total: Int { Self.names.reduce(0) { $0 + self[$1] } }
}
