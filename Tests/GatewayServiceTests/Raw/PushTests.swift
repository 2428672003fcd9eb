import AsyncHTTPClient
import DrivelineTesting
import GatewayDomain
import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("What is pushed arrives as it was sent, and says itself who sent it", .timeLimit(.minutes(5)))
struct PushTests {
    private static func push(
        _ gateway: RawHarness, _ body: String, place: String = "shop", signature: String? = nil,
        headers: HTTPHeaders = [:], key: String? = nil
    ) async throws -> GatewayHarness.Answer {
        var all: HTTPHeaders = [
            "Content-Type": "application/json", "X-Topic": "orders/create", "X-Other": "no",
            "X-Signature": signature ?? SampleFiles.signature(of: body, for: place),
        ]
        for (name, value) in headers { all.replaceOrAdd(name: name, value: value) }
        return try await gateway.send(
            .POST, "/v1/pushes/\(place)?mode=x%20y", key: key, headers: all, body: .bytes(ByteBuffer(string: body)))
    }

    @Test("A signed push is taken without a key, with the headers that are named, and belongs to no brand")
    func signed() async throws {
        try await RawHarness.with { gateway in
            let body = #"{"brand":"other",  "id":1}"# + "\r\n"
            let pushed = try await Self.push(gateway, body)
            #expect(pushed.status == 202, "\(pushed.body)")
            #expect(pushed.body.hasPrefix("nobody /v1/pushes/shop?mode=x%20y [application/json] "))
            #expect(pushed.body.contains("x-topic=orders/create") && !pushed.body.contains("x-other"))
            #expect(pushed.header("Content-Type") == "text/plain")
            // A key beside the signature makes no difference.
            #expect(try await Self.push(gateway, body, key: RawHarness.key).body.hasPrefix("nobody "))
        }
    }

    @Test("A forged push gets the service's own answer; what cannot be one is refused before")
    func forged() async throws {
        try await RawHarness.with { gateway in
            let body = #"{"id": 1}"#
            let right = SampleFiles.signature(of: body, for: "shop")
            for (body, place, signature) in [
                (#"{"id":1}"#, "shop", right), (body, "other", right), (body, "shop", String(right.dropLast()) + "z"),
                (body, "shop", ""), (body + "\n", "shop", right),
            ] {
                let forged = try await Self.push(gateway, body, place: place, signature: signature)
                #expect(forged.status == 401 && forged.body == "the signature is wrong\n", "\(body) \(place)")
            }
            let coded = try await Self.push(gateway, body, headers: ["Content-Encoding": "gzip"])
            #expect(coded.status == 415 && coded.problem == "content-encoding-unsupported")
            let typed = try await Self.push(gateway, body, headers: ["Content-Type": "text/html"])
            #expect(typed.status == 415 && typed.header("Accept") == "application/json, application/xml")
            let large = try await Self.push(gateway, String(repeating: "x", count: 65_537))
            #expect(large.status == 413 && large.problem == "content-too-large")
            #expect(try await Self.push(gateway, String(repeating: "x", count: 65_536)).status == 202)
        }
    }

    @Test("Anyone may push where the binding says so; what fails is a problem")
    func open() async throws {
        try await RawHarness.with { gateway in
            let taken = try await gateway.send(.POST, "/v1/open-pushes/shop", key: nil)
            #expect(taken.status == 204 && taken.body.isEmpty)
            let body = HTTPClientRequest.Body.bytes(ByteBuffer(string: "fail"))
            let failed = try await gateway.send(.POST, "/v1/open-pushes/shop", key: nil, body: body)
            #expect(failed.status == 503 && failed.problem == "place-shut", "\(failed.body)")
            let name = String(repeating: "x", count: 33)
            #expect(try await gateway.send(.POST, "/v1/open-pushes/\(name)", key: nil, body: body).status == 400)
        }
    }

    @Test("Pushes from one address are limited together")
    func limited() async throws {
        let configuration = GatewayConfiguration.testing { configuration in
            configuration.limits = [
                .write: RateLimit(perSecond: 1, burst: 2), .read: RateLimit(perSecond: 1, burst: 2),
            ]
        }
        try await RawHarness.with(configuration) { gateway in
            var statuses: [Int] = []
            while statuses.last != 429 {
                statuses.append(try await gateway.send(.POST, "/v1/open-pushes/shop", key: nil).status)
                try #require(statuses.count < 10_000)
            }
            #expect(statuses.first == 204)
        }
    }

    @Test("With a key, bytes go in and out as they are, with status, type and headers, and the key stays here")
    func exchange() async throws {
        try await RawHarness.with { gateway in
            let bytes: [UInt8] = [0, 255, 254, 13, 10, 128]
            let headers: HTTPHeaders = [
                "Content-Type": "Image/PNG; x=y", "X-One": "1", "Connection": "X-Two", "X-Two": "2", "Cookie": "a=b",
            ]
            let request = gateway.request(
                .POST, "/v1/exchanges/here?mode=203", headers: headers, body: .bytes(ByteBuffer(bytes: bytes)))
            let response = try await gateway.client.execute(request, deadline: .now() + .seconds(60))
            let body = Array(try await response.body.collect(upTo: 100_000).readableBytesView)
            let text = String(decoding: body, as: UTF8.self)
            #expect(response.status.code == 203 && body.suffix(6) == bytes[...])
            #expect(text.hasPrefix("acme /v1/exchanges/here?mode=203 [image/png] "))
            #expect(
                text.contains("x-one=1") && text.contains("cookie=a=b") && text.contains("content-type=Image/PNG; x=y"))
            #expect(!text.contains("authorization") && !text.contains("x-two") && !text.contains("connection"))
            #expect(response.headers.first(name: "X-Place") == "here")
            let json = try await gateway.send(.POST, "/v1/exchanges/here?mode=json")
            #expect(json.status == 200 && json.header("Content-Type") == "application/json")
            #expect(try await gateway.send(.POST, "/v1/exchanges/here?mode=199").status == 500)
            #expect(try await gateway.send(.POST, "/v1/exchanges/here", key: nil).status == 401)
        }
    }
}
