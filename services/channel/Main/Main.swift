import Authentication
import ChannelService
import FeedAdapter
import IdentityAPI
import ServiceKit
import ShopifyAdapter

/// The channel service's process.
@main struct Main {
    static func main() async {
        let database = ServiceDatabase(migrations: ChannelSchema.migrations)
        await DrivelineService.run(
            name: "channel", settings: Channelling.settings, clients: ["identity"] + Channelling.clients, databases: [database]
        ) { context in
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            try await Channelling.compose(in: context, on: database, adapters: [ShopifyAdapter()])
        }
    }
}
