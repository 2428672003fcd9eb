import ChannelAdapter
import ChannelMessages
import Crypto
import FileFormats
import Foundation
import OrderMessages
import TestSupport
import Testing

@testable import ShopifyAdapter

/// Compares with what the platform published and answered; counts are printed.
@Suite(
    "The adapter and Shopify's schema, recordings and samples agree",
    .enabled(if: ShopifyFiles.isPresent, Comment(rawValue: ShopifyFiles.absence)))
struct ShopifyConformanceTests {
    @Test("every document that is sent, with its variables, is valid by the schema")
    func documents() async throws {
        let calls = await EachOperation.calls()
        #expect(Set(calls.map(\.operation)) == Set(ShopifyDocument.all.map(\.name)))
        let lines = try calls.map { call in
            let body = try JSONValue(call.request.body[...])
            let line = JSONValue.members([
                "name": .string(call.operation), "document": body["query"], "variables": call.variables,
            ])
            return String(decoding: line.bytes, as: UTF8.self)
        }
        let problems = try GraphQLValidation.run(ShopifyFiles.schema.path, lines)
        #expect(problems.count == calls.count)
        for (call, problem) in zip(calls, problems) { #expect(problem.isEmpty, "\(call.operation): \(problem)") }
        ShopifyFiles.tell(
            "documents: \(calls.count) calls of \(ShopifyDocument.all.count) documents validated, 0 skipped")
    }

    @Test("every code that the schema has for what is sent stands in a table")
    func codes() throws {
        let schema = try String(contentsOf: ShopifyFiles.schema, encoding: .utf8)
        let enumerations = [
            "InventorySetQuantitiesUserErrorCode", "ProductVariantsBulkUpdateUserErrorCode", "ProductSetUserErrorCode",
            "MetafieldsSetUserErrorCode", "OrderCancelUserErrorCode", "BulkMutationErrorCode",
        ]
        var count = 0
        for name in enumerations {
            let body = try #require(schema.split(separator: "\nenum \(name) {").dropFirst().first)
            // Descriptions stand in three quotation marks; what is left are the values.
            let parts = String(body.prefix { $0 != "}" }).components(separatedBy: "\"\"\"")
            let values = parts.enumerated().filter { $0.offset.isMultiple(of: 2) }
                .flatMap { $0.element.split { !$0.isUppercase && !$0.isNumber && $0 != "_" } }.map(String.init)
            #expect(values.count >= 6, "\(name)")
            for code in values {
                count += 1
                let isKnown = ShopifyFaults.userErrors[code] != nil || ShopifyFaults.refusals.contains(code)
                #expect(isKnown, "\(name).\(code)")
            }
        }
        ShopifyFiles.tell("codes: \(count) of \(enumerations.count) enumerations known, 0 skipped")
    }

    @Test("every recorded answer is read, and each of its errors is of a known kind")
    func recordings() throws {
        var (answers, errors, userErrors, payloads) = (0, 0, 0, [String: Int]())
        let covered = [
            "inventorySetQuantities", "inventoryActivate", "productVariantsBulkUpdate", "productSet", "metafieldsSet",
            "fulfillmentCreate", "orderCancel", "refundCreate", "webhookSubscriptionCreate",
            "webhookSubscriptionUpdate", "webhookSubscriptionDelete",
        ]
        let files = try ShopifyFiles.recordings()
        for file in files {
            let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
            for response in ShopifyFiles.responses(in: json) {
                answers += 1
                let bytes = try [UInt8](JSONSerialization.data(withJSONObject: response))
                let answer = ShopifyAnswer(PlatformResponse(status: 200, body: bytes), isMutation: true)
                if case .failure(let fault) = answer.data {
                    errors += 1
                    #expect(
                        fault.kind != .unknown && fault.code != "answer-unreadable",
                        "\(file.lastPathComponent): \(fault)")
                }
                guard let data = try JSONValue(bytes[...])["data"] else { continue }
                for name in covered {
                    guard let payload = data[name] else { continue }
                    payloads[name, default: 0] += 1
                    let list = name == "orderCancel" ? "orderCancelUserErrors" : "userErrors"
                    for error in (payload[list]?.elements ?? []).map({ ShopifyUserError($0) }) {
                        userErrors += 1
                        #expect(error.fault.kind != .unknown, "\(file.lastPathComponent): \(error)")
                    }
                }
            }
        }
        #expect(files.count == 33 && answers > 300)
        let kinds = payloads.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        ShopifyFiles.tell(
            "recordings: \(files.count) files, \(answers) answers read, of them \(errors) with errors; "
                + "\(userErrors) user errors; payloads of ours: \(kinds); 0 skipped")
    }

    @Test("recorded answers to quantities come to the outcomes of rows")
    func recordedQuantities() async throws {
        let listing = ListingReference.example(1)
        let rows = [1, 2].map { StockRow(listing: .example($0), quantity: 1, expected: nil) }
        var count = 0
        for file in try ShopifyFiles.recordings() where file.path.contains("/2026-04/products/inventory") {
            let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
            for response in ShopifyFiles.responses(in: json) {
                let bytes = try [UInt8](JSONSerialization.data(withJSONObject: response))
                guard let payload = try JSONValue(bytes[...]).at("data", "inventorySetQuantities") else { continue }
                let errors = payload["userErrors"]?.elements.map { ShopifyUserError($0) } ?? []
                let shop = ScriptedShop { (_, _) in PlatformResponse(status: 200, body: bytes) }
                let outcomes = await shop.session().pushStock(errors.count > 1 ? rows : [rows[0]], key: "k").outcomes
                count += 1
                if errors.isEmpty {
                    #expect(outcomes.allSatisfy { $0.fault == nil })
                } else {
                    #expect(outcomes.allSatisfy { $0.fault?.kind == .refused }, "\(file.lastPathComponent)")
                }
            }
        }
        #expect(count >= 15 && listing.sku == "SKU-1")
        ShopifyFiles.tell("recorded quantities: \(count) answers driven through a push, 0 skipped")
    }

    @Test("every sample of a notification is believed when it is signed, and read")
    func notifications() throws {
        var (count, orders, kinds) = (0, 0, [String: Int]())
        var account = PlatformAccount.example()
        account.settings["domain"] = "shop.myshopify.com"
        for file in try ShopifyFiles.files("webhooks-2024-10") {
            let sample = try JSONValue([UInt8](Data(contentsOf: file))[...])
            let body = try #require(sample["body"]).bytes
            guard case .object(let members)? = sample["headers"] else {
                Issue.record("\(file.lastPathComponent) has no headers")
                continue
            }
            let code = HMAC<SHA256>.authenticationCode(
                for: body, using: SymmetricKey(data: Array(PlatformAccount.secret.utf8)))
            let headers = members.map { member in
                let isSignature = member.name == "x-shopify-hmac-sha256"
                return PlatformHeader(member.name, isSignature ? Base64.text(Array(code)) : member.value.text ?? "")
            }
            let triggered = try #require(sample.at("headers", "x-shopify-triggered-at")?.text)
            let notification = PlatformNotification(
                target: "/", headers: headers, body: body,
                receivedAt: try #require(PlatformTime.microseconds(triggered)) + 1_000_000)
            let content = try ShopifyAdapter().content(of: notification, account: account)
            #expect(content.topic == sample["topic"]?.text && !content.eventID.isEmpty && content.happenedAt != nil)
            count += 1
            kinds["\(content.kind)", default: 0] += 1
            guard content.kind == .order else { continue }
            orders += 1
            let request = try ShopifyAdapter().order(from: body, account: account)
            #expect(request.orderID == "820982911946154508" && content.subject == request.orderID)
        }
        #expect(count == 32 && orders == 4)
        ShopifyFiles.tell("notifications: \(count) samples read, \(orders) of them orders \(kinds), 0 skipped")
    }

    @Test("every vector of a notification's signature")
    func signatures() throws {
        let vectors = try JSONValue(
            [UInt8](Data(contentsOf: ShopifyFiles.folder.appending(path: "hmac-vectors.json")))[...])
        let cases = vectors["webhook"]?.elements ?? []
        for vector in cases {
            let isGenuine = ShopifyNotification.isGenuine(
                Array((vector["body"]?.text ?? "").utf8), signature: vector["value"]?.text ?? "",
                secrets: [vector["secret"]?.text ?? ""])
            #expect(isGenuine == vector["valid"]?.truth, "\(vector["name"]?.text ?? "")")
        }
        #expect(cases.count == 4)
        let throttled = try #require(vectors["throttledGraphQLResponse"])
        guard case .failure(let fault) = ShopifyAnswer(.init(status: 200, body: throttled.bytes), isMutation: true).data
        else {
            Issue.record("the throttled answer is no fault")
            return
        }
        #expect(fault.kind == .throttled)
        for header in vectors["requiredWebhookHeaders"]?.elements.compactMap(\.text) ?? [] {
            var notification = NotificationTests.signed(NotificationTests.order)
            notification.headers.removeAll { $0.name.lowercased() == header.lowercased() }
            #expect(throws: PlatformFault.self, "\(header)") {
                try ShopifyAdapter().content(of: notification, account: .example())
            }
        }
        ShopifyFiles.tell(
            "signatures: \(cases.count) of notifications run; 2 of queries skipped, as nothing here takes an authorisation "
                + "callback or an app proxy's call")
    }

    @Test("orders of the REST fixtures are read, or refused by the name of a field")
    func fixtures() throws {
        var (read, refused) = (0, [String]())
        for name in ["order.json", "orders.json"] {
            let json = try JSONValue(
                [UInt8](Data(contentsOf: ShopifyFiles.folder.appending(path: "rest-fixtures/\(name)")))[...])
            for order in json["orders"]?.elements ?? [json["order"]].compactMap({ $0 }) {
                do throws(PlatformFault) {
                    _ = try ShopifyAdapter().order(from: order.bytes, account: .example())
                    read += 1
                } catch {
                    #expect(error.code == "not-understood")
                    refused.append("\(name): \(error.message)")
                }
            }
        }
        #expect(read + refused.count > 1)
        ShopifyFiles.tell("fixtures: \(read) orders read, \(refused.count) refused \(refused), 0 skipped")
    }
}
