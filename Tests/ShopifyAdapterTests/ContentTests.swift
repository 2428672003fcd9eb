import ChannelAdapter
import ChannelMessages
import FileFormats
import Testing

@testable import ShopifyAdapter

@Suite("Listings are made once, and changed without touching what is not mapped")
struct ContentTests {
    private static func row(_ listing: ListingReference, _ values: [(String, String)]) -> ContentRow {
        ContentRow(listing: listing, values: values.map { ContentRow.Value(target: $0.0, value: $0.1) })
    }

    private static let unmatched = ListingReference(sku: "PAD/1 b", platformSKU: "PAD/1 b", ids: [:])
    private static let values = [
        ("title", "Pads"), ("descriptionHtml", "<p>x</p>"), ("tags", "a, b ,,c"), ("status", "ACTIVE"),
        ("barcode", "012345678905"), ("images", "https://i.example/1.jpg\nhttps://i.example/2.jpg"),
        ("seo.title", "Pads!"), ("metafields.driveline.fitment", #"[{"year":2012}]"#),
        ("metafields.custom.note.multi_line_text_field", "n"),
    ]
    private static let made = """
        {"productSet":{"product":{"id":"gid://shopify/Product/5","variants":{"nodes":[{"id":"gid://shopify/ProductVariant/6",\
        "inventoryItem":{"id":"gid://shopify/InventoryItem/8"}}]}},"userErrors":[]}}
        """
    private static let metafields = #"{"metafieldsSet":{"metafields":[{"id":"m"}],"userErrors":[]}}"#

    @Test("a listing that the shop does not have is made with one variant, found again by its handle")
    func new() async {
        let shop = ScriptedShop { (call, _) in
            switch call.operation {
            case "VariantBySKU":
                .data(#"{"productVariants":{"nodes":[{"id":"gid://shopify/ProductVariant/1","sku":"pad/1 B"}]}}"#)
            case "SetProduct": .data(Self.made)
            default: .data(Self.metafields)
            }
        }
        let answer = await shop.session().pushContent([Self.row(Self.unmatched, Self.values)], key: "k")
        #expect(
            answer.outcomes == [
                RowOutcome(
                    sku: "PAD/1 b",
                    ids: [
                        "productId": "gid://shopify/Product/5", "variantId": "gid://shopify/ProductVariant/6",
                        "inventoryItemId": "gid://shopify/InventoryItem/8", "locationId": "gid://shopify/Location/7",
                    ])
            ])
        #expect(shop.operations == ["VariantBySKU", "SetProduct", "SetMetafields"])
        #expect(shop.calls[0].variables["query"]?.text == "sku:'PAD/1 b'")
        let expected = """
            {"identifier":{"handle":"pad-1-b"},"input":{"title":"Pads","descriptionHtml":"<p>x</p>","status":"ACTIVE",\
            "handle":"pad-1-b","tags":["a","b","c"],"seo":{"title":"Pads!"},"files":[{"originalSource":\
            "https://i.example/1.jpg","contentType":"IMAGE"},{"originalSource":"https://i.example/2.jpg","contentType":\
            "IMAGE"}],"productOptions":[{"name":"Title","values":[{"name":"Default Title"}]}],"variants":[{"optionValues":\
            [{"optionName":"Title","name":"Default Title"}],"sku":"PAD/1 b","barcode":"012345678905","inventoryPolicy":\
            "DENY","inventoryItem":{"tracked":true}}]}}
            """
        #expect(String(decoding: shop.calls[1].variables.bytes, as: UTF8.self) == expected)
        let entries = """
            {"metafields":[{"ownerId":"gid://shopify/Product/5","namespace":"driveline","key":"fitment","type":"json",\
            "value":"[{\\"year\\":2012}]"},{"ownerId":"gid://shopify/Product/5","namespace":"custom","key":"note",\
            "type":"multi_line_text_field","value":"n"}]}
            """
        #expect(String(decoding: shop.calls[2].variables.bytes, as: UTF8.self) == entries)
    }

    @Test("a listing that is matched is changed by its id, and its variants are left as they are")
    func known() async {
        let shop = ScriptedShop { (call, _) in
            switch call.operation {
            case "SetProduct": .data(Self.made.replacing("Product/5", with: "Product/1001"))
            case "UpdateVariants":
                .data(
                    #"{"productVariantsBulkUpdate":{"productVariants":[{"id":"gid://shopify/ProductVariant/2001"}],"userErrors":[]}}"#
                )
            default: .data(Self.metafields)
            }
        }
        let answer = await shop.session().pushContent([Self.row(.example(1), Self.values)], key: "k")
        #expect(answer.outcomes.map(\.fault) == [nil])
        #expect(shop.operations == ["SetProduct", "UpdateVariants", "SetMetafields"])
        let input = shop.calls[0].variables["input"]
        #expect(shop.calls[0].variables.at("identifier", "id")?.text == "gid://shopify/Product/1001")
        #expect(input?["variants"] == nil && input?["productOptions"] == nil && input?["handle"] == nil)
    }

    @Test("a product that the shop has under the SKU is taken, and several are refused")
    func found() async {
        let variant: @Sendable (Int) -> String = { id in
            #"{"id":"gid://shopify/ProductVariant/\#(id)","sku":"PAD/1 b","product":{"id":"gid://shopify/Product/5"},"#
                + #""inventoryItem":{"id":"gid://shopify/InventoryItem/9"}}"#
        }
        let shop = ScriptedShop { (call, _) in
            call.operation == "VariantBySKU"
                ? .data(#"{"productVariants":{"nodes":[\#(variant(6))]}}"#) : .data(Self.made)
        }
        let answer = await shop.session().pushContent([Self.row(Self.unmatched, [("title", "Pads")])], key: "k")
        #expect(answer.outcomes[0].ids["inventoryItemId"] == "gid://shopify/InventoryItem/9")
        #expect(shop.calls[1].variables.at("identifier", "id")?.text == "gid://shopify/Product/5")
        let twice = ScriptedShop { (_, _) in .data(#"{"productVariants":{"nodes":[\#(variant(6)),\#(variant(7))]}}"#) }
        let refused = await twice.session().pushContent([Self.row(Self.unmatched, [("title", "Pads")])], key: "k")
        #expect(refused.outcomes.map(\.fault?.code) == ["sku-ambiguous"])
    }

    @Test("what is refused is refused, with the field")
    func refused() async {
        let shop = ScriptedShop { (_, _) in
            .data(
                #"{"productSet":{"product":null,"userErrors":[{"code":"INVALID_PRODUCT","field":["input","title"],"message":"bad"}]}}"#
            )
        }
        let answer = await shop.session().pushContent([Self.row(.example(1), [("title", "x")])], key: "k")
        #expect(answer.outcomes[0].fault?.code == "INVALID_PRODUCT")
        #expect(answer.outcomes[0].fault?.message == "bad (input.title)")
    }

    @Test("metafields go in calls of twenty-five")
    func metafieldCalls() {
        let values = (0..<60).map { ("metafields.custom.key\($0)", "v") } + [("title", "x")]
        let calls = ShopifyListing(Self.row(.example(1), values)).metafieldCalls("gid://shopify/Product/1")
        #expect(calls.map { $0["metafields"]?.elements.count } == [25, 25, 10])
    }

    @Test("what the platform would refuse is told before it is sent")
    func problems() async {
        let adapter = ShopifyAdapter()
        let cases: [([(String, String)], String)] = [
            ([], "title is missing"), ([("title", String(repeating: "x", count: 256))], "title has 256 characters"),
            ([("title", "x"), ("colour", "red")], "colour is no target"),
            ([("title", "x"), ("status", "LIVE")], "status is \"LIVE\""),
            ([("title", "x"), ("images", "ftp://x")], "images has"),
            ([("title", "x"), ("metafields.a.b", "v")], "metafields.a.b is no target"),
            ([("title", "x"), ("metafields.custom", "v")], "metafields.custom is no target"),
            ([("title", "x"), ("tags", String(repeating: "t,", count: 251))], "tags are too many"),
        ]
        for (values, problem) in cases {
            let row = Self.row(.example(1), values)
            let problems = adapter.problems(in: row)
            #expect(problems.count == 1 && problems[0].hasPrefix(problem), "\(problems)")
            let shop = ScriptedShop([])
            let answer = await shop.session().pushContent([row], key: "k")
            #expect(answer.outcomes[0].fault?.code == "content-invalid" && shop.calls.isEmpty)
        }
        #expect(adapter.problems(in: Self.row(Self.unmatched, Self.values)) == [])
        #expect(adapter.document(for: Self.row(Self.unmatched, Self.values)).contains(#""handle": "pad-1-b""#))
    }

    @Test("the mapping that a connection begins with has targets that are right, and asks for a title")
    func defaultMapping() {
        let rules = ShopifyAdapter().defaultMapping
        let values = rules.map {
            ContentRow.Value(target: $0.target, value: $0.constant.isEmpty ? "https://x" : $0.constant)
        }
        #expect(ShopifyListing(ContentRow(listing: .example(1), values: values)).problems == [])
        #expect(rules.contains { $0.target == "title" && $0.required })
    }
}
