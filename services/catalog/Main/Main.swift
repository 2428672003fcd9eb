import Authentication
import CatalogService
import IdentityAPI
import ServiceKit

/// The catalog service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: CatalogSchema.migrations)
        await DrivelineService.run(name: "catalog", clients: ["identity"], databases: [database]) { context in
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            try await Catalog.compose(in: context, on: database)
        }
    }
}
