import Authentication
import IdentityAPI
import OrderService
import ServiceKit

/// The order service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: OrderSchema.migrations)
        await DrivelineService.run(
            name: "order", clients: ["identity"] + Ordering.clients, databases: [database]
        ) { context in
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            try await Ordering.compose(in: context, on: database)
        }
    }
}
