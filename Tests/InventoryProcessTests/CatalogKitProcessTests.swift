import CatalogAPI
import CatalogMessages
import DrivelineTesting
import InventoryAPI
import InventoryMessages
import LocalServers
import ProcessTestSupport
import RPC
import Testing
import Wire

@Suite("Kits of catalog's, by both services as processes", .timeLimit(.minutes(5)))
struct CatalogKitProcessTests {
    private static let brand = "0198c0de-0000-7000-8000-000000000001"

    @Test("a product that is saved with components can be reserved as a kit; inventory may be away meanwhile")
    func saved() async throws {
        try await withDatabase { catalogDatabase in
            try await withDatabase { inventoryDatabase in
                let catalog = ServiceProcess("catalog", databaseURL: catalogDatabase.url)
                try await catalog.start()
                do {
                    let inventory = ServiceProcess(
                        "inventory", databaseURL: inventoryDatabase.url,
                        settings: ["DRIVELINE_CATALOG_ADDRESS": "127.0.0.1:\(try #require(catalog.port))"])
                    try await inventory.start()
                    do { try await Self.check(catalog, inventory) } catch { Issue.record("\(error) \(inventory.log)") }
                    await inventory.kill()
                    await catalog.kill()
                } catch {
                    await catalog.kill()
                    throw error
                }
            }
        }
    }

    private static func check(_ catalog: ServiceProcess, _ inventory: ServiceProcess) async throws {
        try await Self.save(["PAD": 2], catalog)
        try await Self.untilKit(["PAD": 2], inventory)
        await inventory.kill()
        try await Self.save(["PAD": 2, "DISC": 1], catalog)
        try await inventory.start()
        try await Self.untilKit(["PAD": 2, "DISC": 1], inventory)
        try await Self.save([:], catalog)
        try await Self.untilKit([:], inventory)
    }

    private static func save(_ parts: [String: UInt32], _ catalog: ServiceProcess) async throws {
        let client = ProductServiceClient(try #require(catalog.client))
        let components = parts.sorted { $0.key < $1.key }.map {
            CatalogMessages.KitComponent(partNumber: $0.key, quantity: $0.value)
        }
        let product = Product(sku: "SET", name: "Brake set", status: .available, kitComponents: components)
        _ = try await client.saveProduct(SaveProductRequest(product: product), options: Self.options("catalog:write"))
    }

    private static func untilKit(_ parts: [String: Int64], _ inventory: ServiceProcess) async throws {
        let client = InventoryServiceClient(try #require(inventory.client))
        try await until { try await Self.parts(client) == parts }
    }

    private static func parts(_ client: InventoryServiceClient) async throws -> [String: Int64] {
        let kits = try await client.listKits(ListKitsRequest(), options: Self.options("inventory:read")).kits
        return Dictionary(kits.compactMap(\.kit).flatMap(\.components).map { ($0.sku, $0.quantity) }) { $1 }
    }

    private static func options(_ scope: String) -> CallOptions {
        CallOptions(caller: CallerIdentity(brand: Self.brand, principal: "tester", scopes: [scope]))
    }
}
