import DrivelineTesting
import Foundation
import IdentityMessages
import NIOHTTP1
import Observability
import RPC
import Testing
import Transcoding

@testable import GatewayService

@Suite("Nobody is let in without a key, nor to what is another brand's", .timeLimit(.minutes(5)))
struct CallerTests {
    @Test("Every endpoint asks for a key, and takes none that is missing, wrong, or of another form")
    func everyEndpoint() async throws {
        try await GatewayHarness.with { gateway in
            for endpoint in gateway.gateway.endpoints.endpoints {
                let path = endpoint.route.template.replacing(/\{\w+\}/, with: "x")
                let method = HTTPMethod(rawValue: endpoint.route.verb)
                let none = try await gateway.send(method, path, key: nil)
                #expect(none.status == 401 && none.problem == "credential-missing", "\(method) \(path)")
                #expect(none.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
                let wrong = try await gateway.send(method, path, key: "dl_live_wrong")
                #expect(wrong.status == 401 && wrong.problem == "key-malformed", "\(method) \(path)")
            }
            let basic = try await gateway.send(
                .GET, "/v1/locations", key: nil, headers: ["Authorization": "Basic abc"])
            #expect(basic.status == 401 && basic.problem == "credential-invalid")
            // The services' own token opens nothing here.
            let token = try await gateway.send(.GET, "/v1/locations", key: GatewayHarness.token)
            #expect(token.status == 401)
        }
    }

    @Test("Every endpoint asks for the scope that its proto file names")
    func scopes() async throws {
        try await GatewayHarness.with { gateway in
            let key = try await gateway.makeKey(["identity:read"])
            let endpoints = gateway.gateway.endpoints.endpoints
            // Those of jobs ask for the scope of the job, see JobTests.
            #expect(endpoints.filter(\.method.scope.isEmpty).allSatisfy { $0.route.template.hasPrefix("/v1/jobs") })
            for endpoint in endpoints where !["", "identity:read"].contains(endpoint.method.scope) {
                let path = endpoint.route.template.replacing(/\{\w+\}/, with: "x")
                let answer = try await gateway.send(HTTPMethod(rawValue: endpoint.route.verb), path, key: key)
                #expect(answer.status == 403 && answer.problem == "scope-missing", "\(path)")
                #expect((answer.json["detail"] as? String)?.contains(endpoint.method.scope) == true)
            }
            #expect(try await gateway.send(.GET, "/v1/keys", key: key).status == 200)
        }
    }

    @Test("Objects of another brand are answered exactly like those that do not exist")
    func otherBrands() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("MINE", 5)
            let reserved = try await gateway.post(
                "/v1/reservations", #"{"reservationId": "mine", "lines": [{"sku": "MINE", "quantity": 1}]}"#)
            #expect(reserved.status == 200, "\(reserved.body)")
            let keys = try await gateway.send(.GET, "/v1/keys")
            let keyID = try #require((keys.json["keys"] as? [[String: Any]])?.first?["id"] as? String)
            let other = try await gateway.makeOtherKey()
            let requests: [(HTTPMethod, String, String, String?)] = [
                (.GET, "/v1/inventory/MINE", "/v1/inventory/NONE", nil),
                (.GET, "/v1/locations/WHS1", "/v1/locations/WHS9", nil),
                (.GET, "/v1/reservations/mine", "/v1/reservations/none", nil),
                (.POST, "/v1/reservations/mine/confirm", "/v1/reservations/none/confirm", "{}"),
                (.GET, "/v1/inventory/MINE/movements", "/v1/inventory/NONE/movements", nil),
                (.DELETE, "/v1/keys/\(keyID)", "/v1/keys/0190f5d8-8c00-7000-8000-000000000000", nil),
            ]
            for (method, mine, absent, body) in requests {
                let id = "\(UInt64.random(in: .min ... .max))"
                let foreign = try await gateway.send(
                    method, mine, key: other, headers: ["X-Request-Id": "r", "Idempotency-Key": id], body: body)
                let nothing = try await gateway.send(
                    method, absent, key: other, headers: ["X-Request-Id": "r", "Idempotency-Key": id + "-2"], body: body
                )
                #expect(foreign.status == nothing.status, "\(mine)")
                let names = ["MINE": "NONE", "mine": "none", "WHS1": "WHS9"]
                let expected = names.reduce(foreign.body) { $0.replacing($1.key, with: $1.value) }
                #expect(Self.withoutIDs(expected) == Self.withoutIDs(nothing.body), "\(mine)")
                #expect(foreign.header("ETag") == nil || foreign.header("ETag") == nothing.header("ETag"))
            }
            // Nothing of it has had an effect.
            #expect(try await gateway.send(.GET, "/v1/reservations/mine").json["state"] as? String == "held")
            #expect(try await gateway.send(.GET, "/v1/keys").json.description.contains("revokedAt") == false)
            let list = try await gateway.send(.GET, "/v1/inventory", key: other)
            #expect(!list.body.contains("MINE"))
        }
    }

    private static func withoutIDs(_ text: String) -> String {
        text.replacing(/"commandId":"[^"]*"/, with: "")
    }

    @Test("No key stands in a log line or in an answer")
    func secrets() async throws {
        try await GatewayHarness.with { gateway in
            let secret = try #require(gateway.key.split(separator: "_").last).suffix(20)
            _ = try await gateway.send(.GET, "/v1/locations")
            _ = try await gateway.send(.GET, "/v1/nothing?key=\(gateway.key)")
            _ = try await gateway.send(.GET, "/v1/inventory?\(gateway.key)=1")
            _ = try await gateway.send(.GET, "/v1/locations", headers: ["X-Request-Id": "x \(gateway.key)"])
            let mistyped = String(gateway.key.dropLast()) + "!"
            let refused = try await gateway.send(.GET, "/v1/locations", key: mistyped)
            #expect(refused.status == 401 && !refused.body.contains(secret))
            #expect(gateway.log.lines.count >= 5)
            for line in gateway.log.lines { #expect(!line.contains(secret), "\(line)") }
            #expect(!gateway.metrics.exposition().contains(secret))
        }
    }

    @Test("With identity gone, a key that is known goes on, and one that is not is 503, not 401")
    func identityGone() async throws {
        try await GatewayHarness.with { gateway in
            let unknown = try await gateway.makeKey(["inventory:read"])
            #expect(try await gateway.send(.GET, "/v1/locations").status == 200)
            await gateway.identityServer.stop()
            #expect(try await gateway.send(.GET, "/v1/locations").status == 200)
            let answer = try await gateway.send(.GET, "/v1/locations", key: unknown)
            #expect(answer.status == 503 && answer.problem == "identity-unavailable")
            #expect(answer.header("Retry-After") == "1")
        }
    }
}
