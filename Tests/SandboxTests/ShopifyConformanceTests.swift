import Foundation
import Logging
internal import OrderedCollections
import SandboxGraphQL
import SandboxJSON
import SandboxShop
import SandboxShopify
import TestSupport
import Testing

@Suite(
    "The sandbox beside what the platform answered",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct ShopifyConformanceTests {
    /// What the sandbox does of what was recorded.
    static let covered: Set<String> = [
        "inventorySetQuantities", "inventorySetOnHandQuantities", "inventoryAdjustQuantities", "fulfillmentCreate",
        "metafieldsSet", "refundCreate", "orderCancel", "productSet", "webhookSubscriptionCreate",
        "webhookSubscriptionDelete", "webhookSubscriptionUpdate",
    ]

    static let folders = [
        "2026-04/products", "2026-04/orders", "2026-04/webhooks", "2026-04/shipping-fulfillments",
        "2026-04/bulk-operations", "2025-01/products", "2025-01/orders", "2025-01/shipping-fulfillments",
        "2025-01/admin-platform",
    ]

    private func shop() throws -> Shop {
        let settings = ShopSettings(
            number: 1, name: "recorded", domain: "recorded.example", platform: .shopify, tokens: ["t"], clientID: "c",
            clientSecret: "s", currency: "CAD", createdAt: .now())
        return try #require(try Shops(folder: nil, notifier: WebhookNotifier()).create(settings))
    }

    /// Why a recording cannot be compared; `nil` where it can.
    private func absence(_ answer: AdminAnswer) -> String? {
        let strange = ["undefinedField", "argumentNotAccepted", "undefinedType", "variableRequiresValidType"]
        return answer.body["errors"]?.array?.lazy.compactMap { error in
            let code = error["extensions"]?["code"]?.text ?? ""
            let message = error["message"]?.text ?? ""
            let isStrange =
                strange.contains(code) || message.contains("Field is not defined on")
                || message.contains("the sandbox does not know")
                || (message.contains("WebhookSubscriptionTopic!") && !message.contains("NOT_A_REAL_TOPIC"))
            return isStrange ? message : nil
        }.first
    }

    @Test("recorded requests are answered as they were")
    func recordings() throws {
        let api = try AdminAPI()
        var (run, skipped) = (0, [String: Int]())
        for file in try RecordedExchange.files(Self.folders) {
            for exchange in try RecordedExchange.read(file) {
                let body: JSONValue = ["query": .string(exchange.query), "variables": exchange.variables]
                let shop = try self.shop()
                try shop.change { RecordedState(exchange: exchange, state: $0).prepare() }
                let answer: AdminAnswer =
                    switch api.read(body.jsonBytes) {
                    case .answer(let answer): answer
                    case .request(let request): api.answer(request, of: shop, base: "http://sandbox")
                    }
                // What the platform refuses by form is compared whatever it is about.
                let isRefusal = exchange.data.isEmpty
                let told = (exchange.response["errors"]?.array ?? []).compactMap { $0["message"]?.text }
                if let absence = self.absence(answer), !told.contains(absence) {
                    skipped["\(file): not offered: \(absence)", default: 0] += 1
                    continue
                }
                guard isRefusal || exchange.data.keys.contains(where: { Self.covered.contains($0) }) else {
                    skipped["\(file): \(exchange.data.keys.joined(separator: ","))", default: 0] += 1
                    continue
                }
                if let difference = Self.difference(exchange) {
                    skipped["\(file): \(difference)", default: 0] += 1
                    continue
                }
                run += 1
                self.compare(answer, exchange)
            }
        }
        print("Shopify recordings: \(run) run, \(skipped.values.reduce(0, +)) skipped")
        for (reason, count) in skipped.sorted(by: { $0.key < $1.key }) { print("  skipped \(count): \(reason)") }
        #expect(run >= 90)
    }

    /// Why a recording cannot be what the sandbox answers; `nil` where it can.
    private static func difference(_ exchange: RecordedExchange) -> String? {
        if exchange.file.hasPrefix("2025-01"), exchange.data.keys.contains("refundCreate") {
            return "of a version in which refundCreate needed no key"
        }
        let hasDigest = exchange.variables["metafields"]?.array?.contains { $0["compareDigest"]?.text != nil } == true
        if hasDigest, !exchange.response.jsonText.contains("STALE_OBJECT") { return "of the platform's own digests" }
        return nil
    }

    private func compare(_ answer: AdminAnswer, _ exchange: RecordedExchange) {
        #expect(
            AnswerShape.errors(answer.body) == AnswerShape.errors(exchange.response), "\(exchange)")
        let ours = AnswerShape.of(answer.body["data"] ?? .null)
        let asked = AnswerShape.asked(exchange.response["data"] ?? .null, exchange.query)
        let theirs = AnswerShape.of(asked)
        #expect(ours == theirs, "\(exchange): \(ours.jsonText) and \(theirs.jsonText)")
    }

    @Test("recorded documents of what is offered are valid")
    func documents() throws {
        let api = try AdminAPI()
        var (valid, skipped) = (0, 0)
        for file in try RecordedExchange.files(Self.folders) {
            for (name, document) in try RecordedExchange.documents(file) {
                do throws(GraphQLErrors) {
                    _ = try api.operation(document)
                    valid += 1
                } catch {
                    let codes = error.errors.map { $0.extensions["code"]?.text ?? "" }
                    let isMeant =
                        name.contains("graphql-base-validation") || name.contains("bogus-topic")
                        || name.contains("hidden-topic") || name.contains("missing-") || name.contains("null-")
                    // Not offered, or wrong on purpose: a document that the parser does not understand is neither.
                    #expect(!codes.contains("PARSE_ERROR") || isMeant, "\(file) \(name): \(error.errors)")
                    skipped += 1
                }
            }
        }
        print("Shopify documents: \(valid) valid, \(skipped) not offered or invalid on purpose")
        #expect(valid >= 25)
    }

    /// Whether there is graphql-core, which `make conformance` installs.
    static let hasGraphQLCore = FileManager.default.fileExists(
        atPath: Python.root.appending(path: ".build/python-graphql/packages").path)

    @Test(
        "the schema is a part of the platform's",
        .enabled(if: Self.hasGraphQLCore, "scripts/install-dependencies conformance installs graphql-core"))
    func schema() throws {
        let lines = try Python.run(
            "Tests/Python/sandbox_schema.py",
            [
                Python.root.appending(path: "services/sandbox/Shopify/Schema/admin.graphql").path,
                SharedData.file("specs/shopify/admin-graphql-2026-04.graphql").path,
            ])
        #expect(lines.dropLast() == [])
        let count = try #require(lines.last?.split(separator: " ").last.flatMap { Int($0) })
        print("Shopify schema: \(count) names and types compared")
        #expect(count > 1_500)
    }

    @Test("notifications are signed as the platform signs them")
    func signatures() throws {
        let data = try Data(contentsOf: SharedData.file("specs/shopify/hmac-vectors.json"))
        var count = 0
        for vector in try JSONValue(json: data)["webhook"]?.array ?? [] {
            guard let value = vector["value"]?.text, let body = vector["body"]?.text,
                let secret = vector["secret"]?.text
            else { continue }
            let isSame = WebhookSignature.signature(of: body, secret: secret) == value
            #expect(isSame == (vector["valid"] == true), "\(vector["name"]?.text ?? "")")
            count += 1
        }
        #expect(count >= 3)
    }

    @Test(
        "notifications have the members of the samples",
        arguments: [
            "orders.create", "orders.updated", "orders.cancelled", "inventory_levels.update", "products.update",
            "app.uninstalled",
        ])
    func bodies(topic: String) throws {
        // Of a changed and of a cancelled order there is no sample; both are orders.
        let names = [
            "orders.cancelled": "orders.create", "inventory_levels.update": "inventory_levels.connect",
        ]
        let path = "specs/shopify/webhooks-2024-10/\(names[topic] ?? topic).json"
        let sample = try #require(try JSONValue(json: try Data(contentsOf: SharedData.file(path)))["body"])
        let shop = try self.shop()
        try shop.change { state in
            state.addLocation("Warehouse")
            state.add(NewProduct(sku: "A-1", title: "Pad", price: Price(hundredths: 100), quantity: 5))
            state.put(
                WebhookSubscription(
                    id: state.nextID(), topic: topic.replacing(".", with: "/"), uri: "http://receiver",
                    includeFields: [],
                    filter: nil, at: .now()))
        }
        try shop.change { state in
            guard let order = try? state.placeOrder([WantedLine(sku: "A-1", quantity: 1)]) else { return }
            _ = try? state.cancel(order, reason: "CUSTOMER", restocks: true, refunds: true)
            if let variant = state.variant(sku: "A-1") { state.touch(variant.productID) }
            state.note(.appUninstalled)
        }
        let body = try #require(shop.read { state in state.firstDeliveries(1).first?.body })
        let missing = Self.missing(try JSONValue(json: body), sample, topic)
        #expect(missing == [])
    }

    /// The members of a sample that a body lacks.
    private static func missing(_ body: JSONValue, _ sample: JSONValue, _ path: String) -> [String] {
        switch (body, sample) {
        case (.object(let ours), .object(let theirs)):
            theirs.flatMap { name, value in
                ours[name].map { self.missing($0, value, "\(path).\(name)") } ?? ["\(path).\(name)"]
            }
        case (.array(let ours), .array(let theirs)):
            ours.first.flatMap { one in theirs.first.map { self.missing(one, $0, "\(path)[]") } } ?? []
        default: []
        }
    }
}
