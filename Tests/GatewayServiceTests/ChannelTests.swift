import Foundation
import NIOHTTP1
import Testing

@Suite("Connections and mappings over REST", .timeLimit(.minutes(5)))
struct ChannelTests {
    private static let secrets = ["accessToken": "XYZZY-token", "clientSecret": "XYZZY-secret"]

    private static func body(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> String {
        var body: [String: Any] = [
            "platform": "shopify", "name": "Shop", "settings": ["domain": "brake-parts.myshopify.com"],
            "credentials": Self.secrets,
        ]
        change(&body)
        return String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
    }

    private static func put(
        _ gateway: GatewayHarness, _ body: String, key: String? = nil
    ) async throws -> GatewayHarness.Answer {
        try await gateway.send(
            .PUT, "/v1/connections/shop", key: key ?? gateway.key, headers: ["If-None-Match": "*"], body: body)
    }

    @Test("a connection is made, read with its version, changed, paused, resumed and forgotten")
    func life() async throws {
        try await GatewayHarness.withChannels { gateway in
            let made = try await Self.put(gateway, try Self.body())
            #expect(made.status == 201 && made.header("ETag") == "\"1\"", "\(made.body)")
            #expect(made.json["credentialNames"] as? [String] == ["accessToken", "clientSecret"])
            #expect((made.json["notificationPath"] as? String)?.hasPrefix("/v1/notifications/") == true)
            let stale = try await gateway.send(
                .PUT, "/v1/connections/shop", headers: ["If-Match": "\"7\""], body: try Self.body { $0["name"] = "B" })
            #expect(stale.status == 412 && stale.problem == "version-conflict")
            let changed = try await gateway.send(
                .PUT, "/v1/connections/shop", headers: ["If-Match": "\"1\""], body: try Self.body { $0["name"] = "B" })
            #expect(changed.status == 200 && changed.json["name"] as? String == "B")
            let paused = try await gateway.post("/v1/connections/shop/pause", #"{"reason": "stocktaking"}"#)
            #expect(paused.status == 200 && paused.json["status"] as? String == "paused")
            let resumed = try await gateway.post("/v1/connections/shop/resume", "{}")
            #expect(resumed.status == 200 && resumed.json["status"] as? String == "active")
            let list = try await gateway.send(.GET, "/v1/connections?platform=shopify&status=active")
            #expect((list.json["connections"] as? [[String: Any]])?.count == 1, "\(list.body)")
            let sync = try await gateway.send(.GET, "/v1/connections/shop/sync")
            #expect(sync.status == 200 && (sync.json["lanes"] as? [Any])?.count == 4)
            #expect(try await gateway.send(.DELETE, "/v1/connections/shop").status == 200)
            let gone = try await gateway.send(.GET, "/v1/connections/shop")
            #expect(gone.status == 404 && gone.problem == "connection-not-found")
        }
    }

    @Test("each field that is wrong is named, by its place in the body")
    func badInput() async throws {
        let cases: [(String, @Sendable (inout [String: Any]) -> Void)] = [
            ("/platform", { $0["platform"] = "bazaar" }), ("/platform", { $0["platform"] = nil }),
            ("/platform", { $0["platform"] = 7 }), ("/settings/domain", { $0["settings"] = [String: String]() }),
            ("/settings/domain", { $0["settings"] = ["domain": "example.com"] }),
            ("/settings/shop", { $0["settings"] = ["domain": "a.myshopify.com", "shop": "x"] }),
            ("/settings", { $0["settings"] = "x" }),
            ("/credentials/clientSecret", { $0["credentials"] = ["accessToken": "x"] }),
            ("/credentials/token", { $0["credentials"] = Self.secrets.merging(["token": "x"]) { $1 } }),
            ("/stock/buffer", { $0["stock"] = ["buffer": -1] }),
            ("/stock/cap", { $0["stock"] = ["cap": 1_000_000_001] }),
            ("/stock/shareBasisPoints", { $0["stock"] = ["shareBasisPoints": 10_001] }),
            ("/stock/minimumToPublish", { $0["stock"] = ["cap": 1, "minimumToPublish": 2] }),
            ("/stock/locations/1", { $0["stock"] = ["locations": ["A", "A"]] }),
            ("/prices/currency", { $0["prices"] = ["push": true] }),
            ("/prices/currency", { $0["prices"] = ["currency": "QQQ"] }),
            ("/prices/region", { $0["prices"] = ["region": "us"] }),
            ("/orders/pollEvery", { $0["orders"] = ["pollEvery": "0.5s"] }),
            ("/orders/overlap", { $0["orders"] = ["overlap": "-1s"] }),
            ("/orders/since", { $0["orders"] = ["since": "yesterday"] }),
            ("/pushContent", { $0["pushContent"] = "yes" }), ("/colour", { $0["colour"] = "red" }),
        ]
        try await GatewayHarness.withChannels { gateway in
            for (pointer, change) in cases {
                let answer = try await Self.put(gateway, try Self.body(change))
                #expect([400, 422].contains(answer.status), "\(pointer): \(answer.status) \(answer.body)")
                let fields = (answer.json["errors"] as? [[String: Any]] ?? []).compactMap { $0["pointer"] as? String }
                #expect(fields.contains { $0.hasSuffix(pointer) }, "\(pointer): \(answer.body)")
                #expect(!answer.body.contains("XYZZY"), "\(answer.body)")
            }
            let list = try await gateway.send(.GET, "/v1/connections")
            #expect((list.json["connections"] as? [Any])?.isEmpty != false)
            for path in ["/v1/connections/Shop", "/v1/connections/-shop"] {
                let answer = try await gateway.send(.PUT, path, headers: ["If-None-Match": "*"], body: try Self.body())
                #expect(answer.status == 400, "\(path)")
            }
        }
    }

    @Test("another brand's connection is not there, and who lacks the scope is refused")
    func strangers() async throws {
        try await GatewayHarness.withChannels { gateway in
            #expect(try await Self.put(gateway, try Self.body()).status == 201)
            let stranger = try await gateway.makeOtherKey()
            for (method, path, body) in [
                (.GET, "/v1/connections/shop", nil), (.DELETE, "/v1/connections/shop", nil),
                (.POST, "/v1/connections/shop/pause", "{}"), (.POST, "/v1/connections/shop/resume", "{}"),
                (.POST, "/v1/connections/shop/check", "{}"), (.GET, "/v1/connections/shop/sync", nil),
                (.GET, "/v1/mappings/shop", nil), (.PUT, "/v1/mappings/shop", #"{"rules": []}"#),
                (.DELETE, "/v1/mappings/shop", nil), (.POST, "/v1/mappings/shop/preview", #"{"sku": "ABC1234"}"#),
            ] as [(HTTPMethod, String, String?)] {
                let headers: HTTPHeaders = method == .PUT ? ["If-None-Match": "*"] : [:]
                let answer = try await gateway.send(method, path, key: stranger, headers: headers, body: body)
                #expect(answer.status == 404 && answer.problem == "connection-not-found", "\(path): \(answer.body)")
            }
            let reader = try await gateway.makeKey(["channel:read"])
            #expect(try await gateway.send(.GET, "/v1/connections/shop", key: reader).status == 200)
            #expect(try await Self.put(gateway, try Self.body(), key: reader).status == 403)
            let other = try await gateway.makeKey(["catalog:read"])
            #expect(try await gateway.send(.GET, "/v1/connections/shop", key: other).status == 403)
        }
    }

    @Test("no secret is in any answer, nor in the logs of gateway and service")
    func secrecy() async throws {
        let log = LineRecorder()
        try await GatewayHarness.withChannels(logger: log.logger) { gateway in
            var said: [String] = []
            for body in [try Self.body(), try Self.body { $0["name"] = 7 }, try Self.body { $0["platform"] = "x" }] {
                let answer = try await Self.put(gateway, body)
                said.append("\(answer.headers) \(answer.body)")
            }
            for (method, path, body) in [
                (.GET, "/v1/connections/shop", nil), (.GET, "/v1/connections", nil), (.GET, "/v1/platforms", nil),
                (.POST, "/v1/connections/shop/check", "{}"), (.POST, "/v1/connections/shop/pause", "{}"),
            ] as [(HTTPMethod, String, String?)] {
                said.append(try await gateway.send(method, path, key: gateway.key, body: body).body)
            }
            said += log.lines + gateway.log.lines
            #expect(said.count > 8)
            for text in said { #expect(!text.contains("XYZZY"), "\(text)") }
        }
    }

    @Test("a mapping is refused with all that is wrong, saved when it is right, and tried on a product")
    func mappings() async throws {
        try await GatewayHarness.withChannels { gateway in
            #expect(try await Self.put(gateway, try Self.body()).status == 201)
            let product = try await gateway.post(
                "/v1/products", #"{"sku": "ABC1234", "name": "Brake pad set", "attributes": {"Material": "Ceramic"}}"#)
            #expect(product.status == 201, "\(product.body)")
            let broken = """
                {"rules": [{"target": "a..b", "source": "x["}, {"target": "t", "source": "name", "transforms": [
                {"function": "truncate", "arguments": ["many"]}], "conditions": [{"source": "a", "test": "matches",
                "values": ["("]}]}]}
                """
            let refused = try await gateway.send(
                .PUT, "/v1/mappings/shop", headers: ["If-None-Match": "*"], body: broken)
            #expect(refused.status == 422 && refused.problem == "invalid-value", "\(refused.body)")
            let pointers = (refused.json["errors"] as? [[String: Any]] ?? []).compactMap { $0["pointer"] as? String }
            #expect(
                pointers.map { $0.drop { $0 == "#" } } == [
                    "/rules/0/target", "/rules/0/source", "/rules/1/transforms/0/arguments/0",
                    "/rules/1/conditions/0/values/0",
                ], "\(refused.body)")
            let good = #"{"rules": [{"target": "title", "source": "name", "transforms": [{"function": "upper"}]}]}"#
            let saved = try await gateway.send(
                .PUT, "/v1/mappings/shop", headers: ["If-None-Match": "*"], body: good)
            #expect(saved.status == 200 && saved.header("ETag") == "\"1\"", "\(saved.body)")
            let preview = try await gateway.post("/v1/mappings/shop/preview", #"{"sku": "ABC1234"}"#)
            let values = preview.json["values"] as? [[String: Any]]
            #expect(values?.first?["value"] as? String == "BRAKE PAD SET", "\(preview.body)")
        }
    }
}
