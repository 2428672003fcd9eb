import Authentication
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelMessages
import GatewayService
import IdentityAPI
import IdentityMessages
import InventoryAPI
import InventoryMessages
import JobsAPI
import JobsMessages
import OrderAPI
import OrderMessages
import PricingAPI
import PricingMessages
import ServiceKit

/// The gateway's process.
@main struct Main {
    static func main() async {
        await DrivelineService.run(
            name: "gateway", settings: GatewaySettings.all,
            clients: ["identity", "inventory", "catalog", "pricing", "order", "channel"],
            usesRedis: true
        ) { context in
            let (identity, inventory) = (try context.client(for: "identity"), try context.client(for: "inventory"))
            let (catalog, pricing) = (try context.client(for: "catalog"), try context.client(for: "pricing"))
            let (order, channel) = (try context.client(for: "order"), try context.client(for: "channel"))
            let catalogMethods =
                ProductServiceMethods.all + ProductSearchServiceMethods.all + FitmentServiceMethods.all
                + CatalogFileServiceMethods.all
            let pricingMethods =
                PriceListServiceMethods.all + PriceRuleServiceMethods.all + QuoteServiceMethods.all
                + RedemptionServiceMethods.all + PriceFileServiceMethods.all
            let orderMethods =
                OrderServiceMethods.all + FulfilmentServiceMethods.all + ReturnServiceMethods.all
                + SettlementServiceMethods.all + OrderFileServiceMethods.all
            let channelMethods =
                ConnectionServiceMethods.all + ListingServiceMethods.all + MappingServiceMethods.all
                + InboundServiceMethods.all
            let (jobMethods, jobFiles) = (JobServiceMethods.all, JobsDescriptors.fileDescriptorSet)
            let services = [
                PublicService(IdentityServiceMethods.all, IdentityDescriptors.fileDescriptorSet, at: identity),
                PublicService(InventoryServiceMethods.all, InventoryDescriptors.fileDescriptorSet, at: inventory),
                PublicService(catalogMethods, CatalogDescriptors.fileDescriptorSet, at: catalog),
                PublicService(pricingMethods, PricingDescriptors.fileDescriptorSet, at: pricing),
                PublicService(orderMethods, OrderDescriptors.fileDescriptorSet, at: order),
                PublicService(channelMethods, ChannelDescriptors.fileDescriptorSet, at: channel),
                // Every service with jobs offers these, each for its own.
                PublicService(jobMethods, jobFiles, at: inventory, name: "inventory"),
                PublicService(jobMethods, jobFiles, at: catalog, name: "catalog"),
                PublicService(jobMethods, jobFiles, at: pricing, name: "pricing"),
                PublicService(jobMethods, jobFiles, at: order, name: "order"),
            ]
            let verifier = KeyVerifier(IdentityServiceClient(identity))
            context.run(try await GatewayServer(in: context, offering: services, verifier: verifier))
        }
    }
}
