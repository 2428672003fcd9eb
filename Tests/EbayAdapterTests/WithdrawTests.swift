import ChannelAdapter
import FileFormats
import SandboxTestSupport
import Testing

@testable import EbayAdapter

@Suite("A listing that the brand takes off the shelf is withdrawn, once", .timeLimit(.minutes(5)))
struct WithdrawTests {
    private static let path = "POST /sell/inventory/v1/offer/9001/withdraw"
    private static let ids = ["offerId": "9001", "listingId": "", "madeOfferId": "9001"]
    private static let none = ["offerId": "", "listingId": "", "madeOfferId": ""]

    private static func offers(_ id: String, _ status: String) -> PlatformResponse {
        .json(
            #"{"offers":[{"offerId":"\#(id)","sku":"EB-1","marketplaceId":"EBAY_MOTORS_US","status":"\#(status)"}]}"#)
    }

    private static func withdraw(
        _ platform: ScriptedPlatform, _ listing: ListingReference = .example(1)
    ) async -> RowOutcome {
        await platform.session().withdraw(listing)
    }

    @Test("the offer stays, and counts as made here, so that units publish it again")
    func withdrawing() async {
        let platform = ScriptedPlatform([.json(#"{"listingId":"1001"}"#)])
        #expect(await Self.withdraw(platform) == RowOutcome(sku: "SKU-1", ids: Self.ids))
        #expect(platform.lines == [Self.path] && platform.calls[0].request.body.isEmpty)
    }

    @Test(
        "an offer that is not published, or not there any more, is withdrawn already",
        arguments: [
            PlatformResponse.errors(25713, status: 400), .errors(25002, status: 400), .json("", status: 404),
        ])
    func already(_ refusal: PlatformResponse) async {
        let unpublished = ScriptedPlatform([refusal, Self.offers("9001", "UNPUBLISHED")])
        #expect(await Self.withdraw(unpublished) == RowOutcome(sku: "SKU-1", ids: Self.ids))
        let gone = ScriptedPlatform([refusal, .errors(25713, status: 404)])
        #expect(await Self.withdraw(gone) == RowOutcome(sku: "SKU-1", ids: Self.none))
    }

    @Test("an offer that took the place of the known one is withdrawn in its place")
    func another() async {
        let published = ScriptedPlatform([
            .errors(25713, status: 400), Self.offers("9009", "PUBLISHED"), .json(#"{"listingId":"1009"}"#),
        ])
        let expected = ["offerId": "9009", "listingId": "", "madeOfferId": "9009"]
        #expect(await Self.withdraw(published) == RowOutcome(sku: "SKU-1", ids: expected))
        #expect(published.lines.last == "POST /sell/inventory/v1/offer/9009/withdraw")
        let draft = ScriptedPlatform([.errors(25713, status: 400), Self.offers("9009", "UNPUBLISHED")])
        #expect(await Self.withdraw(draft) == RowOutcome(sku: "SKU-1", ids: expected))
    }

    @Test("a listing without ids is looked for by its SKU")
    func unmatched() async {
        let listing = ListingReference(sku: "SKU-1", platformSKU: "EB-1", ids: [:])
        let found = ScriptedPlatform([Self.offers("9001", "PUBLISHED"), .json(#"{"listingId":"1001"}"#)])
        #expect(await Self.withdraw(found, listing) == RowOutcome(sku: "SKU-1", ids: Self.ids))
        #expect(found.lines.last == Self.path)
        let none = ScriptedPlatform([.errors(25713, status: 404)])
        #expect(await Self.withdraw(none, listing) == RowOutcome(sku: "SKU-1", ids: Self.none))
    }

    @Test("a published offer that the platform does not withdraw is a fault, and so is a platform that fails")
    func faults() async {
        let refused = ScriptedPlatform([.errors(25002, status: 400), Self.offers("9001", "PUBLISHED")])
        let fault = await Self.withdraw(refused).fault
        #expect(fault?.kind == .refused && fault?.code == "25002")
        let failed = await Self.withdraw(ScriptedPlatform([.errors(25001, status: 500)])).fault
        #expect(failed?.kind == .retry && failed?.isOutcomeUnknown == true)
        // What cannot be looked at is not taken for withdrawn.
        let unread = ScriptedPlatform([.errors(25713, status: 400), .errors(25001, status: 500)])
        #expect(await Self.withdraw(unread).fault?.kind == .retry)
    }

    @Test(
        "in the stand-in nobody buys it any more, a repeat is done, and units offer it again",
        arguments: ["item", "both"])
    func standIn(_ target: String) async throws {
        let products = [SandboxProduct(sku: "PAD/0", quantity: 10, price: "24.90")]
        try await SandboxShop.with(products, settings: ["quantityTarget": target]) { shop in
            var listing = try #require(try await shop.listings()["PAD/0"])
            let known = listing
            let buys = { try await shop.sandbox.placeOrder(SandboxShop.name, ["PAD/0": 1]) != nil }
            #expect(try await buys())
            for _ in 0..<2 {
                let outcome = await shop.session.withdraw(listing)
                #expect(outcome.fault == nil && outcome.ids["listingId"] == "")
                listing.ids.merge(outcome.ids) { $1 }
                listing.ids = listing.ids.filter { !$0.value.isEmpty }
                #expect(try await !buys())
            }
            // A repeat by who does not know of the first.
            #expect(await shop.session.withdraw(known).fault == nil)
            for (quantity, isOffered) in [(0, false), (5, true)] as [(Int64, Bool)] {
                let row = StockRow(listing: listing, quantity: quantity, expected: nil)
                let outcome = await shop.session.pushStock([row], key: "k").outcomes[0]
                #expect(outcome.fault == nil && (outcome.ids["listingId"] != nil) == isOffered)
                #expect(try await buys() == isOffered)
            }
        }
    }
}
