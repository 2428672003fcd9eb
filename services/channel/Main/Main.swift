import AmazonAdapter
import Authentication
import ChannelAdapter
import ChannelService
import EbayAdapter
import FeedAdapter
import IdentityAPI
import ServiceKit
import ShopifyAdapter

/// The channel service's process.
@main struct Main {
    private static let feedFolder = Setting.optionalText(
        "feed-folder",
        "The folder of the drop folders of connections to partners that take files, as BRAND_ID/FOLDER below it; without it "
            + "there are none.")

    static func main() async {
        let database = ServiceDatabase(migrations: ChannelSchema.migrations)
        await DrivelineService.run(
            name: "channel", settings: Channelling.settings + [Self.feedFolder],
            clients: ["identity"] + Channelling.clients, databases: [database]
        ) { context in
            let verifier = KeyVerifier(IdentityServiceClient(try context.client(for: "identity")))
            context.authenticate { KeyAuthenticator(verifier, otherwise: $0) }
            let adapters: [any ChannelAdapter] = [
                AmazonAdapter(), EbayAdapter(), ShopifyAdapter(),
                FeedAdapter(root: context.configuration[Self.feedFolder]),
            ]
            try await Channelling.compose(in: context, on: database, adapters: adapters)
        }
    }
}
