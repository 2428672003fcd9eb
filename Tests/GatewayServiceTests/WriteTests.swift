import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("Writes are recognised when they come again, and build on a version", .timeLimit(.minutes(5)))
struct WriteTests {
    private static let adjustment = #"{"sku": "ABC1234", "locationId": "WHS1", "delta": -1, "reason": "sold"}"#

    @Test("A repeat under the same key changes nothing more, and says that it is one")
    func repeats() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("ABC1234", 10)
            let first = try await gateway.post("/v1/inventory/adjust", Self.adjustment, id: "sale-1")
            let second = try await gateway.post("/v1/inventory/adjust", Self.adjustment, id: "\"sale-1\"")
            #expect(first.status == 200 && second.status == 200)
            #expect(first.header("Idempotency-Replayed") == nil)
            #expect(second.header("Idempotency-Replayed") == "true")
            #expect(first.json["commandId"] as? String == "sale-1")
            let stock = try await gateway.send(.GET, "/v1/inventory/ABC1234")
            #expect(stock.body.contains(#""stockAvailable":9"#), "\(stock.body)")
            let other = try await gateway.post(
                "/v1/inventory/adjust", Self.adjustment.replacing("-1", with: "-2"), id: "sale-1")
            #expect(other.status == 422 && other.problem == "command-id-reused")
        }
    }

    @Test("A write that must be recognised needs a key, in the header or, where it has one, in the message")
    func missingKeys() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock()
            let none = try await gateway.send(.POST, "/v1/inventory/adjust", body: Self.adjustment)
            #expect(none.status == 400 && none.problem == "idempotency-key-required", "\(none.body)")
            let inBody = try await gateway.send(
                .POST, "/v1/inventory/adjust", body: #"{"commandId": "c1", "# + Self.adjustment.dropFirst())
            #expect(inBody.status == 200, "\(inBody.body)")
            let key = try await gateway.send(.POST, "/v1/keys", body: #"{"scopes": ["inventory:read"]}"#)
            #expect(key.status == 400 && key.problem == "idempotency-key-required")
            let malformed = try await gateway.send(
                .POST, "/v1/inventory/adjust", headers: ["Idempotency-Key": "a b"], body: Self.adjustment)
            #expect(malformed.status == 400 && malformed.problem == "header-invalid")
            #expect(malformed.body.contains(#""in":"header","name":"Idempotency-Key""#))
        }
    }

    @Test("A write needs the version that it builds on, and is refused where that is stale")
    func versions() async throws {
        try await GatewayHarness.with { gateway in
            let path = "/v1/locations/WHS1"
            func put(_ name: String, _ headers: HTTPHeaders) async throws -> GatewayHarness.Answer {
                try await gateway.send(.PUT, path, headers: headers, body: #"{"name": "\#(name)", "active": true}"#)
            }
            let unconditional = try await put("a", [:])
            #expect(unconditional.status == 428 && unconditional.problem == "version-required")
            let made = try await put("a", ["If-None-Match": "*"])
            let first = try #require(made.header("ETag"))
            #expect(made.status == 200)
            let again = try await put("b", ["If-None-Match": "*"])
            #expect(again.status == 412, "\(again.body)")
            #expect(again.header("ETag") == first)
            let changed = try await put("b", ["If-Match": first])
            let second = try #require(changed.header("ETag"))
            #expect(changed.status == 200 && second != first)
            let stale = try await put("c", ["If-Match": first])
            #expect(stale.status == 412)
            #expect(stale.header("ETag") == second)
            #expect(stale.json["version"] as? Int == Int(second.filter(\.isNumber)))
            for tag in ["W/\(second)", "\"abc\"", "*", "\(first), \(second)", second.replacing("\"", with: "")] {
                let refused = try await put("c", ["If-Match": tag])
                #expect([400, 412, 428].contains(refused.status), "\(tag)")
            }
            #expect(try await gateway.send(.GET, path).json["name"] as? String == "b")
            let gzip = try await put("d", ["If-Match": second.replacing(/"$/, with: "-gzip\"")])
            #expect(gzip.status == 200)
        }
    }

    @Test("Of writers that read the same version one wins")
    func lostUpdates() async throws {
        try await GatewayHarness.with { gateway in
            let made = try await gateway.send(
                .PUT, "/v1/locations/WHS1", headers: ["If-None-Match": "*"], body: #"{"active": true}"#)
            let tag = try #require(made.header("ETag"))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await gateway.send(
                            .PUT, "/v1/locations/WHS1", headers: ["If-Match": tag], body: #"{"name": "\#(number)"}"#
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
            #expect(statuses.filter { $0 == 412 }.count == 15)
        }
    }

    @Test("A condition that an endpoint cannot see to is refused, not passed over")
    func unsupported() async throws {
        try await GatewayHarness.with { gateway in
            let kit = try await gateway.send(
                .PUT, "/v1/kits/KIT1", headers: ["If-Match": "\"1\""],
                body: #"{"components": [{"sku": "A", "quantity": 1}]}"#)
            #expect(kit.status == 400 && kit.problem == "condition-unsupported", "\(kit.body)")
            let deletion = try await gateway.send(.DELETE, "/v1/kits/KIT1", headers: ["If-Match": "\"1\""])
            #expect(deletion.status == 400)
            // The header fills the field of a message that has one.
            try await gateway.makeStock("ABC1234", 1)
            let stale = try await gateway.send(
                .POST, "/v1/inventory/set", headers: ["If-Match": "\"999\"", "Idempotency-Key": "s1"],
                body: #"{"sku": "ABC1234", "locationId": "WHS1", "onHand": 3}"#)
            #expect(stale.status == 412 && stale.problem == "version-conflict", "\(stale.body)")
            let twice = try await gateway.send(
                .POST, "/v1/inventory/set", headers: ["If-Match": "\"1\"", "Idempotency-Key": "s2"],
                body: #"{"sku": "ABC1234", "locationId": "WHS1", "onHand": 3, "expectedVersion": 2}"#)
            #expect(twice.status == 400 && twice.problem == "header-invalid", "\(twice.body)")
        }
    }
}
