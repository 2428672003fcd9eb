import Authentication
import GatewayService
import IdentityAPI
import IdentityMessages
import InventoryAPI
import InventoryMessages
import JobsAPI
import JobsMessages
import ServiceKit

/// The gateway's process.
@main struct Main {
    static func main() async {
        await DrivelineService.run(
            name: "gateway", settings: GatewaySettings.all, clients: ["identity", "inventory"], usesRedis: true
        ) { context in
            let (identity, inventory) = (try context.client(for: "identity"), try context.client(for: "inventory"))
            let services = [
                PublicService(IdentityServiceMethods.all, IdentityDescriptors.fileDescriptorSet, at: identity),
                PublicService(InventoryServiceMethods.all, InventoryDescriptors.fileDescriptorSet, at: inventory),
                // Every service with jobs offers these, each for its own.
                PublicService(
                    JobServiceMethods.all, JobsDescriptors.fileDescriptorSet, at: inventory, name: "inventory"),
            ]
            let verifier = KeyVerifier(IdentityServiceClient(identity))
            context.run(try await GatewayServer(in: context, offering: services, verifier: verifier))
        }
    }
}
