import Authentication
import IdentityAPI
import InventoryService
import ServiceKit

/// The inventory service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: InventorySchema.migrations)
        await DrivelineService.run(
            name: "inventory", settings: Inventory.settings, clients: ["identity"] + Inventory.clients,
            databases: [database],
            usesRedis: true
        ) { context in
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            let inventory = try await Inventory.composed(in: context, on: database)
            context.register(inventory)
            context.register(inventory.servedJobs)
        }
    }
}
