import IdentityMessages
import NIOHTTP1
import Observability
import Testing

@testable import GatewayDomain
@testable import GatewayService

@Suite("Requests are answered by the calls that they are bound to", .timeLimit(.minutes(5)))
struct RequestTests {
    @Test("Stock that is put in by POST is read by GET, as JSON, with a version behind its tag")
    func readAndWrite() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("ABC/1", 7)
            let answer = try await gateway.send(.GET, "/v1/inventory/ABC%2F1")
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.json["sku"] as? String == "ABC/1")
            let level = (answer.json["warehouses"] as? [[String: Any]])?.first
            #expect(level?["stockAvailable"] as? Int == 7)
            let version = try #require(answer.json["version"] as? Int)
            #expect(answer.header("ETag") == "\"\(version)\"")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
            #expect(answer.headers["Cache-Control"] == ["private, no-cache"])
            for tag in ["\"\(version)\"", "W/\"\(version)\"", "\"\(version)-gzip\"", "\"0\", \"\(version)\"", "*"] {
                let unchanged = try await gateway.send(
                    .GET, "/v1/inventory/ABC%2F1", headers: ["If-None-Match": tag])
                #expect(unchanged.status == 304 && unchanged.body.isEmpty, "\(tag)")
                #expect(unchanged.header("ETag") == "\"\(version)\"")
            }
            let other = try await gateway.send(.GET, "/v1/inventory/ABC%2F1", headers: ["If-Match": "\"999\""])
            #expect(other.status == 412 && other.problem == "version-conflict")
        }
    }

    @Test("HEAD answers the headers of GET and no body; OPTIONS says what a path takes")
    func headAndOptions() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock()
            let get = try await gateway.send(.GET, "/v1/inventory/ABC1234")
            let head = try await gateway.send(.HEAD, "/v1/inventory/ABC1234")
            #expect(head.status == 200 && head.body.isEmpty)
            for name in ["ETag", "Content-Type", "Content-Length"] { #expect(head.header(name) == get.header(name)) }
            let options = try await gateway.send(.OPTIONS, "/v1/locations/WHS1", key: nil)
            #expect(options.status == 204)
            #expect(options.header("Allow") == "GET, HEAD, OPTIONS, PUT")
            #expect(try await gateway.send(.OPTIONS, "/v1/nothing", key: nil).status == 404)
        }
    }

    @Test("A path that leads nowhere names the nearest; a verb that a path does not take gets those that it takes")
    func notFound() async throws {
        try await GatewayHarness.with { gateway in
            let answer = try await gateway.send(.GET, "/v1/inventry/ABC1234")
            #expect(answer.status == 404 && answer.problem == "path-unknown")
            #expect((answer.json["detail"] as? String)?.contains("did you mean /v1/inventory/{sku}?") == true)
            #expect(answer.header("Content-Type") == "application/problem+json")
            for path in ["/", "/v1", "/v1/inventory/", "/v2/inventory/A", "/" + String(repeating: "a/", count: 500)] {
                #expect(try await gateway.send(.GET, path).problem == "path-unknown", "\(path)")
            }
            for method in [HTTPMethod.DELETE, .TRACE, .RAW(value: "PURGE")] {
                let refused = try await gateway.send(method, "/v1/inventory/ABC1234")
                // What HTTP's parser does not know as a method, the server refuses as no request.
                guard refused.status != 400 else { continue }
                #expect(refused.status == 405 && refused.problem == "method-not-allowed", "\(method)")
                #expect(refused.header("Allow") == "GET, HEAD, OPTIONS")
            }
        }
    }

    @Test("What a request gets wrong is said with its place, all at once")
    func faults() async throws {
        try await GatewayHarness.with { gateway in
            let answer = try await gateway.post(
                "/v1/inventory/adjust",
                #"{"sku": "ABC1234", "locationID": "WHS1", "delta": 1.5, "reason": "because"}"#)
            #expect(answer.status == 400 && answer.problem == "field-invalid")
            let errors = try #require(answer.json["errors"] as? [[String: String]])
            let pointers = Set(errors.compactMap { $0["pointer"] })
            #expect(pointers == ["/locationID", "/delta", "/reason", "/locationId"])
            #expect(errors.allSatisfy { $0["in"] == "body" && $0["reason"] != nil })

            let query = try await gateway.send(.GET, "/v1/inventory?pageSize=many&colour=red")
            #expect(query.status == 400)
            let names = (query.json["errors"] as? [[String: String]])?.compactMap { $0["name"] }.sorted()
            #expect(names == ["colour", "pageSize"])
            for body in [
                "{", "[]", "nonsense", "{\"a\":1,\"a\":2}", "\u{FEFF}{}", String(repeating: "[", count: 100_000),
            ] {
                let refused = try await gateway.post("/v1/inventory/adjust", body)
                #expect(refused.status == 400, "\(body.prefix(20))")
                #expect(["json-malformed", "field-invalid"].contains(refused.problem), "\(refused.body)")
            }
        }
    }

    @Test("A refusal of the service has the status of its own reason, and its field the place in the body")
    func refusals() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("ABC1234", 1)
            let missing = try await gateway.post(
                "/v1/inventory/adjust",
                #"{"sku": "ABC1234", "locationId": "NOWHERE", "delta": 1, "reason": "found"}"#)
            #expect(missing.status == 422 && missing.problem == "unknown-location", "\(missing.body)")
            let short = try await gateway.post(
                "/v1/reservations", #"{"lines": [{"sku": "ABC1234", "quantity": 2}]}"#)
            #expect(short.status == 409 && short.problem == "insufficient-stock", "\(short.body)")
            let absent = try await gateway.send(.GET, "/v1/reservations/none")
            #expect(absent.status == 404)
        }
    }

    @Test("Only JSON is taken and given, and bodies only where they belong")
    func types() async throws {
        try await GatewayHarness.with { gateway in
            let body = #"{"sku": "ABC1234", "locationId": "WHS1", "delta": 1, "reason": "found"}"#
            let form = try await gateway.send(
                .POST, "/v1/inventory/adjust", headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: body)
            #expect(form.status == 415 && form.header("Accept")?.contains("application/json") == true)
            let coded = try await gateway.send(
                .POST, "/v1/inventory/adjust", headers: ["Content-Encoding": "br"], body: body)
            #expect(coded.status == 415 && coded.problem == "content-encoding-unsupported")
            let page = try await gateway.send(.GET, "/v1/inventory/ABC1234", headers: ["Accept": "text/html"])
            #expect(page.status == 406 && page.problem == "not-acceptable")
            let stray = try await gateway.send(.GET, "/v1/inventory/ABC1234", body: "{}")
            #expect(stray.status == 400 && stray.problem == "field-invalid")
            let header = try await gateway.send(
                .GET, "/v1/locations", headers: ["X-Long": String(repeating: "a", count: 20_000)])
            #expect(header.status == 431 && header.problem == "header-too-large")
            #expect(header.header("X-Request-Id") != nil)
            let target = try await gateway.send(.GET, "/v1/" + String(repeating: "a", count: 9_000))
            #expect(target.status == 414)
        }
    }

    @Test("A body beyond the limit is refused, and one within it is not")
    func bodyLimit() async throws {
        try await GatewayHarness.with(.testing { $0.maximumBodyBytes = 2_048 }) { gateway in
            let large = try await gateway.post("/v1/inventory/adjust", String(repeating: " ", count: 2_049))
            #expect(large.status == 413 && large.problem == "content-too-large")
            let most = try await gateway.post("/v1/inventory/adjust", String(repeating: " ", count: 2_046) + "{}")
            #expect(most.status == 400 && most.problem == "field-invalid")
            // The refusal is the server's, and yet the request is accounted for.
            #expect(gateway.log.lines.contains { $0.contains("status=499") && $0.contains("/v1/inventory/adjust") })
        }
    }

    @Test("A list that is long is compressed, under a tag of its own, by which it is known again")
    func compression() async throws {
        try await GatewayHarness.with { gateway in
            for number in 0..<12 { try await gateway.makeStock("SKU\(number)", 5) }
            let plain = try await gateway.send(.GET, "/v1/inventory")
            #expect(plain.body.utf8.count > 1_024)
            let tag = try #require(plain.header("ETag"))
            let coded = try await gateway.send(.GET, "/v1/inventory", headers: ["Accept-Encoding": "gzip"])
            #expect(coded.header("Content-Encoding") == "gzip")
            let codedTag = try #require(coded.header("ETag"))
            #expect(codedTag != tag)
            for known in [tag, codedTag] {
                let again = try await gateway.send(.GET, "/v1/inventory", headers: ["If-None-Match": known])
                #expect(again.status == 304)
            }
            try await gateway.makeStock("SKU99", 5)
            let changed = try await gateway.send(.GET, "/v1/inventory", headers: ["If-None-Match": tag])
            #expect(changed.status == 200)
        }
    }

    @Test("A request is known by its id and its trace, in answer, problem and log")
    func tracing() async throws {
        try await GatewayHarness.with { gateway in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let answer = try await gateway.send(
                .GET, "/v1/locations/NONE",
                headers: ["X-Request-Id": "mine-1", "traceparent": "00-\(trace)-b7ad6b7169203331-01"])
            #expect(answer.header("X-Request-Id") == "mine-1")
            #expect(answer.json["requestId"] as? String == "mine-1")
            #expect(answer.header("traceparent")?.hasPrefix("00-\(trace)-") == true)
            #expect(answer.header("traceparent")?.contains("b7ad6b7169203331") == false)
            let line = try #require(gateway.log.lines.last { $0.contains("info request") })
            for part in [
                "request=mine-1", "trace.id=\(trace)", "status=404", "route=GET /v1/locations/{location_id}",
                "organization.id=\(gateway.brand.id)", "principal=key:", "problem=", "duration_us=", "peer=127.0.0.1",
            ] {
                #expect(line.contains(part), "\(part) in \(line)")
            }
            let other = try await gateway.send(.GET, "/v1/locations", headers: ["X-Request-Id": "a b"])
            #expect(other.header("X-Request-Id")?.utf8.count == 32)
            let metrics = gateway.metrics.exposition()
            #expect(metrics.contains(#"gateway_requests_total{class="4xx",route="GET /v1/locations/{location_id}"} 1"#))
            #expect(metrics.contains(#"gateway_answers_total{status="404"} 1"#))
        }
    }

    @Test("Pages of other origins get what the policy allows, before a key is asked for")
    func crossOrigin() async throws {
        try await GatewayHarness.with(
            .testing { $0.crossOrigin = CrossOriginPolicy(origins: ["https://shop.example"]) }
        ) {
            gateway in
            let headers: HTTPHeaders = [
                "Origin": "https://shop.example", "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "authorization",
            ]
            let preflight = try await gateway.send(.OPTIONS, "/v1/locations/WHS1", key: nil, headers: headers)
            #expect(preflight.status == 204)
            #expect(preflight.header("Access-Control-Allow-Origin") == "https://shop.example")
            #expect(preflight.header("Access-Control-Allow-Methods")?.contains("PUT") == true)
            let answer = try await gateway.send(
                .GET, "/v1/locations", headers: ["Origin": "https://shop.example"])
            #expect(answer.header("Access-Control-Allow-Origin") == "https://shop.example")
            let stranger = try await gateway.send(.GET, "/v1/locations", headers: ["Origin": "https://evil.example"])
            #expect(stranger.header("Access-Control-Allow-Origin") == nil)
        }
    }
}
