internal import InventoryAPI
internal import InventoryMessages
internal import Postgres
internal import RPC
internal import WellKnownMessages

/// What inventory says of a SKU when it is asked.
struct StockFact: Hashable, Sendable {
    /// Of inventory; nil: of a kit, whose numbers have none.
    var version: Int64?
    /// By location.
    var available: [String: Int64]
    /// Units over all locations that no channel is told of.
    var safetyBuffer: Int64 = 0
    /// Units that single channels are not told of.
    var channelBuffers: [String: Int64] = [:]
}

/// Where the copy of stock is filled from, beside events.
protocol StockSource: Sendable {
    /// What there is of SKUs: those that are known.
    ///
    /// - Parameter skus: At most ``StockCopyFill/portion``.
    func stock(of skus: [String], brand: PostgresUUID) async throws -> [String: StockFact]

    /// What the brand has set up.
    func brand(_ brand: PostgresUUID) async throws -> BrandFact
}

/// Who calls other services for a brand, and how long that may take.
enum ChannelCaller {
    /// As whom the service acts.
    static let principal = "service:channel"
    /// How long one call may take.
    static let timeout = Duration.seconds(5)

    /// The options of a call.
    static func options(for brand: PostgresUUID, scopes: Set<String>) -> CallOptions {
        CallOptions(
            timeout: Self.timeout,
            caller: CallerIdentity(brand: brand.description, principal: Self.principal, scopes: scopes))
    }
}

/// Asks the inventory service.
struct InventoryStock: StockSource {
    private static let scopes: Set<String> = ["inventory:read"]
    private let inventory: InventoryServiceClient

    /// - Parameter client: Of the inventory service; may act for others.
    init(_ client: RPCClient) { self.inventory = InventoryServiceClient(client) }

    func stock(of skus: [String], brand: PostgresUUID) async throws -> [String: StockFact] {
        let options = ChannelCaller.options(for: brand, scopes: Self.scopes)
        let answer = try await self.inventory.lookUpStock(LookUpStockRequest(skus: skus), options: options)
        var facts: [String: StockFact] = [:]
        for item in answer.items { facts[item.sku] = StockFact(item) }
        guard !answer.unknownSkus.isEmpty else { return facts }
        // Kits have no stock of their own; how many there are is asked for in another way.
        let kits = try await self.inventory.getAvailability(
            GetAvailabilityRequest(skus: answer.unknownSkus), options: options)
        for kit in kits.items {
            facts[kit.sku] = StockFact(version: nil, available: [StockChange.kitLocation: kit.sellable])
        }
        return facts
    }

    func brand(_ brand: PostgresUUID) async throws -> BrandFact {
        let options = ChannelCaller.options(for: brand, scopes: Self.scopes)
        let locations = try await self.inventory.listLocations(ListLocationsRequest(), options: options).locations
        let rules = try await self.inventory.getRules(GetRulesRequest(), options: options)
        return BrandFact(
            locations: locations.map { location in
                LocationFact(
                    id: location.locationID,
                    isSold: location.active && location.kind != .marketplace && !location.isHidden,
                    safetyBuffer: location.safetyBuffer)
            },
            channelBuffers: Dictionary(rules.channelBuffers.map { ($0.channel, $0.quantity) }) { $1 })
    }
}

extension StockFact {
    fileprivate init(_ item: StockItem) {
        self.init(version: item.version.map { Int64(clamping: $0) } ?? 0, available: [:])
        for place in item.warehouses { self.available[place.locationID] = place.stockAvailable ?? 0 }
        self.safetyBuffer = item.safetyBuffer ?? 0
        for buffer in item.channelBuffers { self.channelBuffers[buffer.channel] = buffer.quantity }
    }
}

extension Location {
    /// Whether its figures are too old to be told, and the brand does not want them told then.
    fileprivate var isHidden: Bool { self.staleRule == .hide && self.stale }
}
