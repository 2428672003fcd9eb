import ChannelAdapter
import FileFormats
import Testing

@testable import EbayAdapter

@Suite("Tokens are asked for once and kept")
struct TokenTests {
    private static let body = #"{"responses":[{"sku":"EB-1","statusCode":200}]}"#

    @Test("a refresh token gives a token for all calls of the account, whichever session sends them")
    func kept() async throws {
        let platform = ScriptedPlatform { (_, _) in .json("{}") }
        let tokens = AccessTokens()
        for _ in 0..<3 { _ = try await platform.session(tokens: tokens).check() }
        #expect(platform.calls.count == 3 && platform.tokenCalls.count == 1)
        #expect(platform.calls.allSatisfy { $0.header("Authorization") == "Bearer token-0" })
        let call = try #require(platform.tokenCalls.first)
        #expect(call.method == "POST" && call.header("Content-Type") == "application/x-www-form-urlencoded")
        #expect(call.header("Authorization") == "Basic dGhlLWFwcDppdHMgc2VjcmV0")
        #expect(
            call.text.hasPrefix("grant_type=refresh_token&refresh_token=v%5E1.1%23granted&scope=https%3A%2F%2F")
                && call.text.contains("sell.fulfillment%20https"))
    }

    @Test("of many calls at once one asks for the token")
    func singleFlight() async {
        let platform = ScriptedPlatform { (_, _) in .json("{}") }
        let tokens = AccessTokens()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try? await platform.session(tokens: tokens).check() } }
        }
        #expect(platform.calls.count == 50 && platform.tokenCalls.count == 1)
    }

    @Test("other credentials, or another address, never get a token that is kept")
    func accounts() async throws {
        let platform = ScriptedPlatform { (_, _) in .json("{}") }
        let tokens = AccessTokens()
        let session = { (settings: [String: String], credentials: [String: String]) in
            platform.session(settings, credentials: credentials, tokens: tokens)
        }
        _ = try await session([:], [:]).check()
        for name in ["clientId", "clientSecret", "refreshToken"] {
            _ = try await session([:], [name: "another"]).check()
        }
        _ = try await session(["endpoint": "http://127.0.0.1:9"], [:]).check()
        #expect(platform.tokenCalls.count == 5)
    }

    @Test("a token that is refused is asked for again once; then the seller must consent again")
    func refused() async throws {
        let platform = ScriptedPlatform { (call, _) in
            call.header("Authorization") == "Bearer token-0" ? .errors(1001, status: 401) : .json("{}")
        }
        let tokens = AccessTokens()
        _ = try await platform.session(tokens: tokens).check()
        _ = try await platform.session(tokens: tokens).check()
        #expect(
            platform.calls.map { $0.header("Authorization") }
                == ["token-0", "token-1", "token-1"].map { "Bearer \($0)" })
        let never = ScriptedPlatform { (_, _) in .errors(1001, status: 401) }
        let fault = await #expect(throws: PlatformFault.self) { try await never.session().check() }
        #expect(fault?.kind == .reauthenticate && never.calls.count == 2 && never.tokenCalls.count == 2)
    }

    @Test(
        "what the token's address says decides what is done",
        arguments: [
            (#"{"error":"invalid_grant","error_description":"d"}"#, 400, PlatformFault.Kind.reauthenticate),
            (#"{"error":"invalid_client"}"#, 401, .reauthenticate), (#"{"error":"invalid_scope"}"#, 400, .refused),
            (#"{"error":"server_error"}"#, 500, .retry), ("", 503, .retry), ("", 400, .reauthenticate),
            ("", 429, .throttled), ("{}", 200, .retry), (#"{"access_token":"a b","expires_in":7200}"#, 200, .retry),
            (#"{"access_token":"a","expires_in":0}"#, 200, .retry), (#"{"error":"new_word"}"#, 400, .unknown),
        ])
    func failures(_ body: String, _ status: Int, _ kind: PlatformFault.Kind) async {
        let platform = ScriptedPlatform(tokens: { _ in .json(body, status: status) }, { (_, _) in .json("{}") })
        let fault = await #expect(throws: PlatformFault.self) { try await platform.session().check() }
        #expect(fault?.kind == kind && fault?.isOutcomeUnknown == false && platform.calls.isEmpty)
    }
}
