import Authentication
import IdentityAPI
import PricingService
import ServiceKit

/// The pricing service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: PricingSchema.migrations)
        await DrivelineService.run(name: "pricing", clients: ["identity"], databases: [database]) { context in
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            try await Pricing.compose(in: context, on: database)
        }
    }
}
