import ChannelAdapter
import FileFormats
import Foundation
import TestSupport
import Testing

@testable import ShopifyAdapter

@Suite("Contents in bulk: each listing comes to what its own line says")
struct BulkContentTests {
    private static let values = [
        ("title", "Pads"), ("barcode", "012345678905"), ("metafields.driveline.fitment", "[]"),
    ].map { ContentRow.Value(target: $0.0, value: $0.1) }

    /// Listings that the shop has.
    private static func known(_ count: Int) -> [ContentRow] {
        (0..<count).map { ContentRow(listing: .example($0), values: Self.values) }
    }

    private static func shop(_ bulk: ScriptedBulk, variants: String = "") -> ScriptedShop {
        ScriptedShop { (call, _) in
            if call.operation == "VariantsBySKU" {
                return .data(
                    #"{"productVariants":{"nodes":[\#(variants)],"pageInfo":{"hasNextPage":false}}}"#)
            }
            return bulk.answer(call) ?? .json("{}", status: 500)
        }
    }

    @Test("products, then barcodes of variants that were there, then metafields; each an operation of its own")
    func steps() async {
        let bulk = ScriptedBulk()
        let found =
            #"{"id":"gid://shopify/ProductVariant/3","sku":"HAVE","product":{"id":"gid://shopify/Product/2"},"#
            + #""inventoryItem":{"id":"gid://shopify/InventoryItem/4"}},{"id":"gid://shopify/ProductVariant/5","sku":"new-77"}"#
        let shop = Self.shop(bulk, variants: found)
        let rows =
            Self.known(2)
            + ["NEW-77", "HAVE"].map {
                ContentRow(listing: ListingReference(sku: $0, platformSKU: "", ids: [:]), values: Self.values)
            }
        let answer = await shop.session().pushContentInBulk(rows, key: "k")
        #expect(answer.outcomes.map(\.sku) == rows.map(\.listing.sku) && answer.outcomes.allSatisfy { $0.fault == nil })
        #expect(
            bulk.runs.map(\.document) == [
                ShopifyDocument.setProduct.text, ShopifyDocument.updateVariants.text,
                ShopifyDocument.setMetafields.text,
            ])
        #expect(bulk.runs.map(\.lines.count) == [4, 3, 4])
        let single = ScriptedShop { (call, _) in .data(ScriptedBulk.data(call.request.document, call.variables)) }
        _ = await single.session().pushContent([rows[0]], key: "k")
        #expect(bulk.runs.map { $0.lines[0] } == single.calls.map(\.variables))
        #expect(
            answer.outcomes[2].ids == [
                "productId": "gid://shopify/Product/77", "variantId": "gid://shopify/ProductVariant/977",
                "inventoryItemId": "gid://shopify/InventoryItem/877", "locationId": "gid://shopify/Location/7",
            ])
        #expect(answer.outcomes[3].ids["productId"] == "gid://shopify/Product/2")
        #expect(bulk.runs[0].lines[3].at("input", "variants") == nil)
        #expect(shop.operations.filter { $0 == "VariantsBySKU" }.count == 1)
        #expect(answer.quotas.count == 1 && answer.quotas[0].cost == Double(10 * shop.operations.count { !$0.isEmpty }))
    }

    @Test("the token goes to the shop alone, and not to where files are kept")
    func token() async {
        let shop = Self.shop(ScriptedBulk())
        _ = await shop.session().pushContentInBulk(Self.known(1), key: "k")
        let files = shop.calls.filter { $0.request.url.hasPrefix("https://files.example/") }
        #expect(files.count == 6)
        for call in shop.calls {
            let isShop = call.request.url.hasPrefix("https://brake-parts.myshopify.com/")
            #expect(call.request.headers.contains { $0.name == "X-Shopify-Access-Token" } == isShop)
        }
    }

    @Test("whatever lines are refused, missing or in whatever order, each listing comes to its own outcome")
    func outcomes() async {
        let seed = testSeed()
        var numbers = SeededGenerator(seed: seed)
        for round in 0..<40 {
            let count = Int.random(in: 1...30, using: &numbers)
            let endings = (0..<count).map { _ in Int.random(in: 0...3, using: &numbers) }
            let order = Array(0..<count).shuffled(using: &numbers)
            let isFirst = Bool.random(using: &numbers)
            let bulk = ScriptedBulk { run in
                let isBad = (run.document == ShopifyDocument.setProduct.text) == isFirst
                let done = ScriptedBulk.done(run)
                guard isBad, run.lines.count == count else { return Array(done.joined()) }
                let lines = order.map { index -> [UInt8] in
                    switch endings[index] {
                    case 0: return done[index]
                    case 1: return ScriptedBulk.line(index, ScriptedBulk.refusal(run.document))
                    case 2: return []
                    default:
                        return Array(
                            #"{"errors":[{"message":"m","extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"__lineNumber":\#(index)}"#
                                .utf8) + [0x0A]
                    }
                }
                return Array(lines.joined())
            }
            let answer = await Self.shop(bulk).session().pushContentInBulk(Self.known(count), key: "k")
            for (index, outcome) in answer.outcomes.enumerated() {
                #expect(outcome.sku == Self.known(count)[index].listing.sku)
                let (fault, at) = (outcome.fault, Comment(rawValue: "seed \(seed), round \(round), line \(index)"))
                switch endings[index] {
                case 0: #expect(fault == nil, at)
                case 1: #expect(fault?.kind == .refused && fault?.isOutcomeUnknown == false, at)
                default: #expect(fault?.kind == .retry && fault?.isOutcomeUnknown == true, at)
                }
            }
        }
    }

    @Test("a listing that the platform would refuse, or has twice, is in no file, and its neighbours are sent")
    func leftOut() async {
        let bulk = ScriptedBulk()
        let twice = (1...2).map {
            #"{"id":"gid://shopify/ProductVariant/\#($0)","sku":"TWICE","product":{"id":"gid://shopify/Product/\#($0)"}}"#
        }.joined(separator: ",")
        var rows = Self.known(3)
        rows[1].values = []
        rows.append(
            ContentRow(listing: ListingReference(sku: "TWICE", platformSKU: "", ids: [:]), values: Self.values))
        let answer = await Self.shop(bulk, variants: twice).session().pushContentInBulk(rows, key: "k")
        #expect(answer.outcomes.map(\.fault?.code) == [nil, "content-invalid", nil, "sku-ambiguous"])
        #expect(bulk.runs.map(\.lines.count) == [2, 2, 2])
    }

    @Test("SKUs are looked for many at once, and one by one where a search finds more than a page")
    func lookUps() async {
        let rows = (0..<30).map {
            ContentRow(listing: ListingReference(sku: "N-\($0)", platformSKU: "", ids: [:]), values: Self.values)
        }
        let bulk = ScriptedBulk()
        let shop = ScriptedShop { (call, _) in
            switch call.operation {
            case "VariantsBySKU":
                let isFirst = call.variables["query"]?.text?.contains("'N-0'") ?? false
                return .data(#"{"productVariants":{"nodes":[],"pageInfo":{"hasNextPage":\#(!isFirst)}}}"#)
            case "VariantBySKU": return .data(#"{"productVariants":{"nodes":[]}}"#)
            default: return bulk.answer(call) ?? .json("{}", status: 500)
            }
        }
        let answer = await shop.session().pushContentInBulk(rows, key: "k")
        #expect(answer.outcomes.allSatisfy { $0.fault == nil })
        #expect(shop.operations.count { $0 == "VariantsBySKU" } == 2)
        #expect(shop.operations.count { $0 == "VariantBySKU" } == 5)
        #expect(
            shop.calls.first { $0.operation == "VariantsBySKU" }?.variables["query"]?.text?.hasPrefix(
                "sku:'N-0' OR sku:'N-1' OR ") == true)
    }
}

extension PlatformRequest {
    /// The document of a call.
    var document: String { (try? JSONValue(self.body[...]))?["query"]?.text ?? "" }
}
