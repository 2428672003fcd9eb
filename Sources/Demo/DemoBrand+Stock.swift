internal import InventoryAPI
internal import InventoryMessages
internal import RPC

extension DemoBrand {
    static func setUpStock(_ client: RPCClient) async throws {
        let inventory = InventoryServiceClient(client)
        for (place, location) in DemoLocation.all.enumerated() {
            _ = try await inventory.putLocation(
                PutLocationRequest(locationID: location.id, location: location.message(priority: Int32(place + 1))))
        }
        _ = try await inventory.putRules(
            PutRulesRequest(rules: InventoryRules(acceptsUnknownSkus: true, backorderCap: 100)))
        // The command has one effect for ever, so that a second setup leaves what was sold since as it is.
        let documents = DemoPart.all.map { part in
            StockDocument(
                commandID: "demo-setup-\(part.sku)", sku: part.sku,
                warehouses: DemoLocation.all.filter {
                    $0.id != DemoLocation.fulfilment.id || !DemoLocation.isFulfilled(part)
                }.map { WarehouseStock(locationID: $0.id, stockAvailable: $0.stock(of: part)) },
                reorderThreshold: Int64(part.demand))
        }
        let answer = try await inventory.updateStock(
            UpdateStockRequest(commandID: "demo-setup", documents: documents))
        for outcome in answer.outcomes {
            guard case .refusal(let refusal) = outcome.outcome else { continue }
            throw DemoError("the stock of \(DemoPart.all[Int(outcome.row)].sku) was refused: \(refusal)")
        }
    }
}

/// Why the demo could not do what it does.
public struct DemoError: Error, CustomStringConvertible {
    /// What went wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension DemoLocation {
    fileprivate func message(priority: Int32) -> Location {
        let kind: LocationKind =
            switch self.kind {
            case .warehouse: .warehouse
            case .logistics: .thirdParty
            case .marketplace: .marketplace
            }
        return Location(
            name: self.name, kind: kind, region: self.region, country: "US", priority: priority, active: true)
    }
}
