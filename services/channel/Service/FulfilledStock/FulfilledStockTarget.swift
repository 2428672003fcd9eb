internal import InventoryAPI
internal import InventoryMessages
internal import Postgres
internal import RPC

/// How many units of a SKU are at a location, and the id that says so once.
struct FulfilledLevel: Hashable, Sendable {
    var commandID: String
    var sku: String
    var location: String
    var quantity: Int64
}

/// Where stock that platforms hold is written to.
protocol FulfilledStockTarget: Sendable {
    /// Whether a location is there, and of the kind that no channel is told of.
    func isMarketplaces(_ location: String, of brand: PostgresUUID) async throws -> Bool

    /// Sets free units, whatever there was before; one that was set under the same id is left alone.
    ///
    /// - Parameter levels: At most `FulfilledStockLimits.rowsPerCall`.
    /// - Returns: What each came to, in their order: why it is refused; nil: it is set.
    /// - Throws: Where that is not known; each may have been set.
    func set(_ levels: [FulfilledLevel], of brand: PostgresUUID) async throws -> [String?]
}

/// Writes to the inventory service.
struct InventoryFulfilledStock: FulfilledStockTarget {
    /// The answer does not speak of each command.
    struct Incomplete: Error {}

    private let inventory: InventoryServiceClient

    /// - Parameter client: Of the inventory service; may act for others.
    init(_ client: RPCClient) { self.inventory = InventoryServiceClient(client) }

    func isMarketplaces(_ location: String, of brand: PostgresUUID) async throws -> Bool {
        let answer = try await self.inventory.listLocations(
            ListLocationsRequest(), options: ChannelCaller.options(for: brand, scopes: ["inventory:read"]))
        return answer.locations.contains { $0.locationID == location && $0.kind == .marketplace }
    }

    func set(_ levels: [FulfilledLevel], of brand: PostgresUUID) async throws -> [String?] {
        let commands = levels.map { level in
            StockCommand(
                command: .setStock(
                    SetStockRequest(
                        commandID: level.commandID, context: CommandContext(source: .channel), sku: level.sku,
                        locationID: level.location, amount: .stockAvailable(level.quantity),
                        versionExpectation: .anyVersion(true))))
        }
        let answer = try await self.inventory.changeStock(
            ChangeStockRequest(commandID: levels.first?.commandID ?? "", commands: commands),
            options: ChannelCaller.options(for: brand, scopes: ["inventory:write"]))
        guard answer.outcomes.count == levels.count else { throw Incomplete() }
        return try answer.outcomes.map { outcome in
            switch outcome.outcome {
            case .response?: nil
            case .refusal(let refusal)?: "\(refusal.type): \(refusal.message)"
            case nil: throw Incomplete()
            }
        }
    }
}
