import ChannelAdapter
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite("What is sold in the stand-in of eBay while a listing is changed stays sold", .timeLimit(.minutes(2)))
struct SandboxSaleTests {
    /// Sells a unit each time that an offer was read, before who read it goes on.
    private struct SellingTransport: PlatformTransport {
        let shop: SandboxShop

        func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
            let response = try await self.shop.transport.send(request)
            guard request.method == "GET", request.url.contains("/offer?") else { return response }
            do {
                guard try await self.shop.sandbox.placeOrder(SandboxShop.name, ["PAD/0": 1]) != nil else {
                    throw SandboxFault(text: "nothing was sold")
                }
            } catch {
                throw PlatformFault(.refused, code: "not-sold", "\(error)")
            }
            return response
        }
    }

    @Test("a unit that is sold between the read of an offer and its put does not come back")
    func sale() async throws {
        try await SandboxShop.with(Array(SandboxShopTests.products.prefix(1))) { shop in
            let session = shop.adapter.session(shop.account, transport: SellingTransport(shop: shop))
            let listing = try #require(try await shop.listings()["PAD/0"])
            let values = [("title", "Pads"), ("categoryId", "33564")].map {
                ContentRow.Value(target: $0.0, value: $0.1)
            }
            let outcome = await session.pushContent([ContentRow(listing: listing, values: values)], key: "c").outcomes[
                0]
            #expect(outcome.fault == nil)
            #expect(try await shop.shelf()["PAD/0"]?.available == 9)
        }
    }
}
