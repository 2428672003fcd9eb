import ChannelAdapter
import FileFormats
import Foundation
import OrderMessages
import TestSupport
import Testing

@testable import AmazonAdapter

/// Compares with what the platform published; counts are printed.
@Suite(
    "The adapter and Amazon's models, samples and schemas agree",
    .enabled(if: AmazonFiles.isPresent, Comment(rawValue: AmazonFiles.absence)))
struct AmazonConformanceTests {
    private static let ends = [FeedTests.uploadURL, FeedTests.reportURL]

    @Test("every call that is sent is valid by the models, and every feed by its schema")
    func calls() async throws {
        let all = try await EachRequest.calls()
        let uploads = all.filter { $0.request.url == FeedTests.uploadURL }
        let calls = all.filter { !Self.ends.contains($0.request.url) }
        let lines = calls.map { call in
            JSONValue.members([
                "method": .string(call.method), "target": .string(call.target),
                "body": call.request.body.isEmpty ? nil : call.body,
            ])
        }
        let schema = AmazonFiles.folder.appending(path: "feeds/listings-feed-schema-v2.json").path
        let documents = uploads.map { JSONValue.members(["schema": .string(schema), "instance": $0.body]) }
        let problems = try SwaggerValidation.run(lines + documents)
        #expect(problems.count == lines.count + documents.count && documents.count == 3)
        for (line, problem) in zip(lines + documents, problems) {
            #expect(problem.isEmpty, "\(String(decoding: line.bytes, as: UTF8.self)): \(problem)")
        }
        AmazonFiles.tell("calls: \(lines.count) validated, and \(documents.count) feeds, 0 skipped")
    }

    @Test("a call that is wrong is found by the validator")
    func validator() throws {
        let problems = try SwaggerValidation.run([
            .members(["method": .string("GET"), "target": .string("/feeds/2021-06-30/feed/1")]),
            .members(["method": .string("GET"), "target": .string("/listings/2021-08-01/items/A/B")]),
            .members(["method": .string("POST"), "target": .string("/feeds/2021-06-30/feeds"), "body": .object([])]),
            .members(["method": .string("GET"), "target": .string("/feeds/2021-06-30/feeds/1?x=1")]),
        ])
        #expect(problems.count == 4 && problems.allSatisfy { !$0.isEmpty })
    }

    @Test("the rates are those of the models")
    func rates() throws {
        var found: [String: [String]] = [:]
        for file in try AmazonFiles.files("models") {
            let paths = try AmazonFiles.object(file)["paths"] as? [String: [String: Any]] ?? [:]
            for operation in paths.values.flatMap(\.values).compactMap({ $0 as? [String: Any] }) {
                guard let name = operation["operationId"] as? String else { continue }
                found["\(file.lastPathComponent) \(name)", default: []].append(
                    operation["description"] as? String ?? "")
            }
        }
        var count = 0
        for operation in AmazonOperation.all {
            // getOrder is there in two versions.
            let file =
                operation.isRestricted
                ? "ordersV0.json"
                : ["getOrder", "searchOrders"].contains(operation.name) ? "orders_2026-01-01.json" : ""
            let texts = found.filter { $0.key.hasSuffix(" \(operation.name)") && $0.key.hasPrefix(file) }.flatMap(
                \.value)
            #expect(texts.count == 1, "\(operation.name)")
            let cells = (texts.first ?? "").split { "|\n".contains($0) }.map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let numbers = cells.compactMap { Double($0) }
            #expect(
                Array(numbers.prefix(2)) == [operation.ratePerSecond, operation.burst], "\(operation.name) \(cells)")
            count += 1
        }
        AmazonFiles.tell("rates: \(count) operations compared, 0 skipped")
    }

    @Test("every case of the sandbox comes to what it says")
    func sandboxCases() async throws {
        let cases =
            try JSONSerialization.jsonObject(with: Data(AmazonFiles.bytes("sandbox-cases.json"))) as? [String: Any]
        let list = cases?["cases"] as? [[String: Any]] ?? []
        var counts: [String: Int] = [:]
        for item in list {
            let name = item["operationId"] as? String ?? ""
            let status = try #require(item["status"] as? Int)
            let body = try item["response"].map { $0 is NSNull ? [] : try AmazonFiles.bytes(of: $0) } ?? []
            let response = PlatformResponse(status: status, body: body)
            let operation = AmazonOperation.all.first { $0.name == name } ?? .getListing
            let answer = AmazonAnswer(response, to: operation)
            switch answer.data {
            case .success(let data):
                #expect((200...299).contains(status), "\(name) \(status)")
                counts["read", default: 0] += 1
                if try await Self.decode(name, data, response, model: item["model"] as? String ?? "") {
                    counts["decoded", default: 0] += 1
                }
            case .failure(let fault):
                #expect(status == 400 && fault.kind == .refused && !fault.isOutcomeUnknown, "\(name): \(fault)")
                counts["refused", default: 0] += 1
            }
        }
        #expect(list.count == 76)
        AmazonFiles.tell(
            "sandbox cases: \(list.count) run \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }), 0 skipped"
        )
    }

    /// Reads what an answer has with what reads it in the adapter; false: nothing in the adapter asks for it.
    private static func decode(
        _ name: String, _ data: JSONValue, _ response: PlatformResponse, model: String
    ) async throws -> Bool {
        let amazon = ScriptedAmazon { (_, _) in response }
        let session = try amazon.session()
        let settings = try AmazonSettings(PlatformAccount.example().settings)
        switch name {
        case "getListingsItem":
            let sku = try #require(data["sku"]?.text)
            let shelf = try AmazonSession.reading(sku, data, settings)
            #expect(shelf.priceMicros == 100_000_000 && shelf.currency == "USD")
            #expect(AmazonListing(item: data, settings)?.productType == "LUGGAGE")
        case "searchListingsItems":
            let page = try await session.listings(page: "")
            #expect(page.listings.map(\.sku) == ["GM-ZDPI-9B4E"] && !page.next.isEmpty)
        case "patchListingsItem":
            #expect(AmazonSubmission.fault(data, sku: data["sku"]?.text ?? "") == nil)
        case "createFeed":
            var feed = AmazonFeed(at: 0, milliseconds: 1)
            _ = feed.documentCreated(id: "d", url: "u")
            _ = feed.uploaded()
            _ = feed.created(feedID: data["feedId"]?.text ?? "")
            #expect(feed.feedID == "3485934")
        case "createFeedDocument":
            var feed = AmazonFeed(at: 0, milliseconds: 1)
            let step = feed.documentCreated(
                id: data["feedDocumentId"]?.text ?? "", url: data["url"]?.text ?? "")
            guard case .upload = step else { return false }
        case "getFeed":
            var feed = AmazonFeed(at: 0, milliseconds: 1_000)
            _ = feed.documentCreated(id: "d", url: "u")
            _ = feed.uploaded()
            _ = feed.created(feedID: data["feedId"]?.text ?? "")
            let step = feed.answered(
                status: data["processingStatus"]?.text ?? "", reportID: data["resultFeedDocumentId"]?.text ?? "")
            #expect(step != .fail(.unreadable("")))
        case "searchOrders":
            let page = try await session.orders(since: 0, page: "")
            for order in page.orders { try Self.read(order) }
        case "getOrders", "getOrderItems": try await Self.readV0(name, response)
        case "createRestrictedDataToken":
            #expect(try AmazonToken.restrictedGrant(from: data).seconds == 3_600)
        case "getOrder" where model.hasPrefix("orders_2026"):
            try Self.read(try await session.order(id: data.at("order", "orderId")?.text ?? ""))
        default: return false
        }
        return true
    }

    /// Orders of v0 with our items, or our order with the platform's items.
    private static func readV0(_ name: String, _ response: PlatformResponse) async throws {
        let sample = try JSONValue(response.body[...])["payload"] ?? .null
        let amazon = ScriptedAmazon { (call, _) in
            if call.path.hasSuffix("/orders"), name == "getOrders" { return response }
            guard call.path.hasSuffix("orderItems") else { return OrderV0Tests.answers(call) }
            let items = name == "getOrders" ? try? JSONValue(OrderV0Tests.items[1].utf8.map { $0 }[...]) : nil
            let payload = JSONValue.members([
                "AmazonOrderId": .string(String(call.path.split(separator: "/")[3])),
                "OrderItems": items.map { .array([$0]) } ?? sample["OrderItems"],
            ])
            return .json(String(decoding: JSONValue.members(["payload": payload]).bytes, as: UTF8.self))
        }
        let page = try await OrderV0Tests.session(amazon).orders(since: 0, page: "")
        #expect(!page.orders.isEmpty)
        for order in page.orders {
            // One that is not paid is told to be so, and all others are read.
            let json = try JSONValue(order.body[...])
            if AmazonOrderV0.isUnpaid(json) {
                #expect(throws: PlatformFault.self) {
                    try AmazonAdapter().order(from: order.body, account: .example())
                }
            } else {
                let request = try AmazonAdapter().order(from: order.body, account: .example())
                #expect(request.orderID == order.id && request.items.count == 1)
            }
        }
    }

    private static func read(_ order: PlatformOrder) throws {
        let request = try AmazonAdapter().order(from: order.body, account: .example())
        #expect(request.orderID == order.id && !request.items.isEmpty && request.total != nil, "\(order.id)")
    }

    @Test("every feed example is read, and its report tells of the messages that it accounts for")
    func feeds() throws {
        let feed = try JSONValue(AmazonFiles.bytes("feeds/listings-feed-schema-v2.example.json")[...])
        let messages = (feed["messages"]?.elements ?? []).map { message in
            AmazonFeedDocument.Message(
                ListingReference(
                    sku: message["sku"]?.text ?? "", platformSKU: message["sku"]?.text ?? "", ids: [:]),
                productType: message["productType"]?.text ?? "", patches: message["patches"]?.elements ?? [])
        }
        #expect(messages.count == 5)
        let patched = try #require(feed["messages"]?.elements[4])
        let written = try JSONValue(
            AmazonFeedDocument(messages, sellerID: "AXXXXXXXXXXXX", language: "en_US").bytes[...])
        #expect(written["messages"]?.elements[4] == patched, "a patch is written as the example has it")
        let report = try AmazonFeedReport(
            AmazonFiles.bytes("feeds/listings-feed-processing-report-schema-v2.example.json"))
        // It counts four messages and names a fifth, so it accounts for neither number.
        #expect(!report.isComplete(of: 4) && !report.isComplete(of: 5))
        let all = report.outcomes(of: messages, feedID: "1234567890", isFatal: false)
        #expect(all.map { $0.fault?.code } == ["not-answered", "not-answered", "not-answered", "90220", "99022"])
        #expect(all[3].fault?.kind == .refused && all[4].fault?.kind == .refused)
        let problems = try SwaggerValidation.run([
            .members([
                "schema": .string(AmazonFiles.folder.appending(path: "feeds/listings-feed-schema-v2.json").path),
                "instance": feed,
            ]),
            .members([
                "schema": .string(
                    AmazonFiles.folder.appending(path: "feeds/listings-feed-processing-report-schema-v2.json").path),
                "instance": try JSONValue(FeedTests.report(3, issues: [(1, "ERROR", "90220")])[...]),
            ]),
        ])
        #expect(problems == ["", ""], "our scripted reports are of the platform's shape")
        AmazonFiles.tell("feeds: 2 examples read, 2 documents validated, 0 skipped")
    }

    @Test("every sample of a notification is read, under each spelling of its type")
    func notifications() throws {
        var (whole, payloads, kinds, without) = (0, 0, [String: Int](), [String]())
        let files = try AmazonFiles.files("notifications")
        for file in files {
            let schema = try AmazonFiles.object(file)
            let samples = schema["examples"] as? [[String: Any]] ?? []
            let parts = Self.payloads(in: schema)
            if samples.isEmpty, parts.isEmpty { without.append(file.lastPathComponent) }
            for sample in samples {
                let notification = try AmazonNotification(AmazonFiles.bytes(of: sample))
                #expect(!notification.id.isEmpty && !notification.subject.isEmpty, "\(file.lastPathComponent)")
                #expect(notification.happenedAt != nil, "\(file.lastPathComponent)")
                whole += 1
                kinds["\(notification.kind)", default: 0] += 1
            }
            for type in Self.types(in: schema, samples) {
                for payload in parts {
                    let made: [String: Any] = [
                        "NotificationType": type, "Payload": payload, "NotificationMetadata": ["NotificationId": "1"],
                    ]
                    let notification = try AmazonNotification(AmazonFiles.bytes(of: made))
                    #expect(!notification.subject.isEmpty, "\(file.lastPathComponent) \(type)")
                    payloads += 1
                }
            }
        }
        #expect(files.count == 16 && whole == 16 && payloads >= 16)
        AmazonFiles.tell(
            "notifications: \(whole) samples \(kinds) and \(payloads) payloads of \(files.count) schemas read, "
                + "\(without.count) schemas have none \(without), 0 skipped")
    }

    /// Samples of payloads alone.
    private static func payloads(in schema: [String: Any]) -> [[String: Any]] {
        let places = ["properties", "definitions"].compactMap { schema[$0] as? [String: Any] }
        return places.flatMap { place in
            ["Payload", "payload"].compactMap { place[$0] as? [String: Any] }
                .flatMap { $0["examples"] as? [[String: Any]] ?? [] }
        }
    }

    /// All spellings of the type that a schema has.
    private static func types(in schema: [String: Any], _ samples: [[String: Any]]) -> Set<String> {
        var types: Set<String> = []
        for name in ["NotificationType", "notificationType"] {
            types.formUnion(samples.compactMap { $0[name] as? String })
            let property = (schema["properties"] as? [String: Any])?[name] as? [String: Any]
            for list in ["enum", "examples"] { types.formUnion(property?[list] as? [String] ?? []) }
        }
        return types
    }
}
