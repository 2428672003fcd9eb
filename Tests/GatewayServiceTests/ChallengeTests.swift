import Crypto
import Foundation
import NIOHTTP1
import Testing

/// A connection whose platform asks an address before it sends anything there, and wants a status of its own for what is
/// signed wrongly.
@Suite("Platforms ask over REST whether an address takes their notifications", .timeLimit(.minutes(5)))
struct ChallengeTests {
    private static let token = "XYZZY-verification-token-0123456789"

    private static func connect(_ gateway: GatewayHarness, _ id: String, _ body: [String: Any]) async throws -> String {
        let made = try await gateway.send(
            .PUT, "/v1/connections/\(id)", headers: ["If-None-Match": "*"],
            body: String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self))
        #expect(made.status == 201, "\(made.body)")
        return try #require(made.json["notificationPath"] as? String)
    }

    /// The path of a connection that has, or has not, what the platform's question is answered with.
    private static func ebay(
        _ gateway: GatewayHarness, id: String = "ebay", token: String? = token
    ) async throws -> String {
        var credentials = ["clientId": "app", "clientSecret": "XYZZY-secret", "refreshToken": "XYZZY-refresh"]
        credentials["verificationToken"] = token
        return try await Self.connect(
            gateway, id,
            [
                "platform": "ebay", "credentials": credentials,
                "settings": ["marketplace": "EBAY_MOTORS_US", "endpoint": "http://127.0.0.1:1"],
            ])
    }

    private static func expected(_ code: String, _ path: String) -> String {
        SHA256.hash(data: Data("\(code)\(Self.token)\(GatewayHarness.publicURL)\(path)".utf8))
            .map { String(format: "%02x", $0) }.joined()
    }

    @Test("without a key, the question is answered as JSON, for the address that the platform was given")
    func answer() async throws {
        let log = LineRecorder()
        try await GatewayHarness.withChannels(logger: log.logger) { gateway in
            let path = try await Self.ebay(gateway)
            for code in ["a8628072-3d33-45ee-9004-bee86830a22d", "71745723-d031-455c-bfa5-f90d11b4f20a", "0"] {
                let answer = try await gateway.send(.GET, "\(path)?challenge_code=\(code)", key: nil)
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer.header("Content-Type")?.hasPrefix("application/json") == true)
                let response = Self.expected(code, path)
                #expect(answer.body == #"{"challengeResponse":"\#(response)"}"#)
                let lines = gateway.log.lines + log.lines
                #expect(!lines.contains { $0.contains(response) || $0.contains(Self.token) })
            }
            #expect(!gateway.log.lines.isEmpty)
        }
    }

    @Test("a key of nobody, a platform that asks nothing and a connection without a token are not found")
    func notFound() async throws {
        try await GatewayHarness.withChannels { gateway in
            let shop = try await Self.connect(
                gateway, "shop",
                [
                    "platform": "shopify", "settings": ["domain": "brakes.myshopify.com"],
                    "credentials": ["accessToken": "XYZZY-access", "clientSecret": "XYZZY-secret"],
                ])
            let mute = try await Self.ebay(gateway, id: "mute", token: nil)
            for path in [shop, mute, "/v1/notifications/\(String(repeating: "0", count: 32))"] {
                let answer = try await gateway.send(.GET, "\(path)?challenge_code=1", key: nil)
                #expect(answer.status == 404 && answer.problem == "connection-not-found", "\(answer.body)")
            }
        }
    }

    @Test("a question without its code, or with one that is too long, is refused, and the parameter named")
    func badInput() async throws {
        try await GatewayHarness.withChannels { gateway in
            let path = try await Self.ebay(gateway)
            for query in ["", "?challenge_code=", "?challenge_code=\(String(repeating: "a", count: 257))"] {
                let answer = try await gateway.send(.GET, path + query, key: nil)
                #expect(answer.status == 400, "\(query): \(answer.body)")
                let names = (answer.json["errors"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
                #expect(names == ["challenge_code"], "\(query): \(answer.body)")
            }
        }
    }

    @Test(
        "a wrong signature gets the platform's own status; what cannot be verified now is to be sent again; none is kept"
    )
    func notifications() async throws {
        try await GatewayHarness.withChannels { gateway in
            let path = try await Self.ebay(gateway)
            let wrong = try await gateway.send(.POST, path, key: nil, body: "{}")
            #expect(wrong.status == 412 && wrong.body.isEmpty, "\(wrong.body)")
            // Its key is asked for where nobody answers.
            let signature = Data(#"{"alg":"ecdsa","kid":"9936261a","signature":"MEYC","digest":"SHA1"}"#.utf8)
            let open = try await gateway.send(
                .POST, path, key: nil, headers: ["X-EBAY-SIGNATURE": signature.base64EncodedString()], body: "{}")
            #expect(open.status == 503 && open.problem == "platform-failed", "\(open.body)")
            #expect(open.header("Retry-After") != nil)
            let kept = try await gateway.send(.GET, "/v1/inbound")
            #expect(kept.status == 200 && (kept.json["messages"] as? [Any])?.isEmpty == true, "\(kept.body)")
        }
    }
}
