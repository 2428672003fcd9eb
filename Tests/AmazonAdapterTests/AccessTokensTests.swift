import ChannelAdapter
import FileFormats
import Testing

@testable import AmazonAdapter

@Suite("Access tokens are kept while they are good, and asked for once")
struct AccessTokensTests {
    private static let key = AccessTokens.Key(account: "a")

    @Test("a token is kept until a minute before its end")
    func kept() async throws {
        let time = ManualTime()
        let tokens = AccessTokens(now: { time.now })
        let count = Counter()
        let ask: @Sendable () async throws(PlatformFault) -> AccessTokens.Grant = { () throws(PlatformFault) in
            AccessTokens.Grant(token: "t\(count.add())", seconds: 3600)
        }
        #expect(try await tokens.token(Self.key, ask: ask) == "t1")
        time.advance(3_539_000)
        #expect(try await tokens.token(Self.key, ask: ask) == "t1")
        time.advance(1_000)
        #expect(try await tokens.token(Self.key, ask: ask) == "t2")
    }

    @Test("fifty calls at once ask once")
    func singleFlight() async throws {
        let tokens = AccessTokens(now: { 0 })
        let asked = Counter()
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await tokens.token(Self.key) { () async throws(PlatformFault) in
                        asked.add()
                        for _ in 0..<100 { await Task.yield() }
                        return AccessTokens.Grant(token: "t", seconds: 3600)
                    }
                }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(asked.count == 1 && found == Array(repeating: "t", count: 50))
    }

    @Test("a failure is told and not kept; another scope has a token of its own")
    func failures() async throws {
        let tokens = AccessTokens(now: { 0 })
        let fault = await #expect(throws: PlatformFault.self) {
            try await tokens.token(Self.key) { () throws(PlatformFault) in
                throw PlatformFault(.retry, code: "http-503", "")
            }
        }
        #expect(fault?.code == "http-503")
        let grant: (String) -> @Sendable () async throws(PlatformFault) -> AccessTokens.Grant = { token in
            { () throws(PlatformFault) in AccessTokens.Grant(token: token, seconds: 3600) }
        }
        #expect(try await tokens.token(Self.key, ask: grant("one")) == "one")
        #expect(try await tokens.token(.init(account: "a", scope: "s"), ask: grant("two")) == "two")
        #expect(try await tokens.token(Self.key, ask: grant("three")) == "one")
    }

    @Test("a token that is refused is forgotten, and one that was asked for since is not")
    func forgotten() async throws {
        let tokens = AccessTokens(now: { 0 })
        let grant: (String) -> @Sendable () async throws(PlatformFault) -> AccessTokens.Grant = { token in
            { () throws(PlatformFault) in AccessTokens.Grant(token: token, seconds: 3600) }
        }
        #expect(try await tokens.token(Self.key, ask: grant("one")) == "one")
        tokens.forget("one", of: Self.key)
        #expect(try await tokens.token(Self.key, ask: grant("two")) == "two")
        tokens.forget("one", of: Self.key)
        #expect(try await tokens.token(Self.key, ask: grant("three")) == "two")
    }

    @Test("sessions of an account share a token, and its form is what the platform takes")
    func sessions() async throws {
        let amazon = ScriptedAmazon { (_, _) in .json(#"{"numberOfResults":3,"items":[]}"#) }
        for _ in 0..<3 { _ = try await amazon.session().check() }
        #expect(amazon.tokenCalls.count == 1 && amazon.calls.count == 3)
        let call = try #require(amazon.tokenCalls.first)
        #expect(call.request.url == "https://api.amazon.com/auth/o2/token" && call.method == "POST")
        #expect(
            String(decoding: call.request.body, as: UTF8.self)
                == "grant_type=refresh_token&refresh_token=Atzr%7Crefresh&client_id=client&client_secret=a%20secret%26")
        #expect(
            amazon.calls.allSatisfy {
                $0.request.headers.contains(PlatformHeader("x-amz-access-token", "token-1"))
                    && $0.request.headers.contains { $0.name == "User-Agent" }
            })
        _ = try await amazon.session(credentials: ["refreshToken": "another"]).check()
        #expect(amazon.tokenCalls.count == 2)
    }

    @Test("a refused token is asked for anew within the call, once, and many calls at once survive it")
    func renewed() async throws {
        let amazon = ScriptedAmazon { (call, _) in
            call.request.headers.contains(PlatformHeader("x-amz-access-token", "token-1"))
                ? .error(403, "Unauthorized") : .json(#"{"numberOfResults":0,"items":[]}"#)
        }
        let session = try amazon.session()
        let answers = await withTaskGroup(of: AmazonAnswer.self) { group in
            for _ in 0..<4 { group.addTask { await session.call(.getListing, "/x") } }
            return await group.reduce(into: [AmazonAnswer]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { (try? $0.data.get()) != nil } && amazon.tokenCalls.count == 2)
        #expect(answers.compactMap(\.quota.cost).reduce(0, +) == Double(amazon.calls.count))
        #expect(answers.contains { $0.quota.cost == 2 })
    }

    @Test("a token that is refused twice is told, and the next call asks for another")
    func refusedTwice() async throws {
        let amazon = ScriptedAmazon { (_, _) in .error(403, "Unauthorized") }
        for count in 1...2 {
            let fault = await #expect(throws: PlatformFault.self) { try await amazon.session().check() }
            #expect(fault?.kind == .reauthenticate && amazon.calls.count == 2 * count)
            #expect(amazon.tokenCalls.count == 2 * count)
        }
    }

    @Test(
        "what the host of tokens refuses",
        arguments: [
            (400, "invalid_grant", PlatformFault.Kind.reauthenticate), (401, "invalid_client", .reauthenticate),
            (400, "invalid_scope", .refused), (400, "new_code", .unknown), (503, "server_error", .retry),
            (429, "too_many_requests", .throttled),
        ])
    func tokenFaults(status: Int, code: String, kind: PlatformFault.Kind) async throws {
        let amazon = ScriptedAmazon(
            token: { (_, _) in .json(#"{"error":"\#(code)"}"#, status: status) }, { (_, _) in .json("{}") })
        let fault = await #expect(throws: PlatformFault.self) { try await amazon.session().check() }
        #expect(fault?.kind == kind && fault?.code == code && amazon.calls.isEmpty)
    }

    @Test("an answer without a token, or one that is no JSON, is tried again", arguments: ["{}", "<html>", ""])
    func unreadable(body: String) async throws {
        let amazon = ScriptedAmazon(token: { (_, _) in .json(body) }, { (_, _) in .json("{}") })
        let fault = await #expect(throws: PlatformFault.self) { try await amazon.session().check() }
        #expect(fault?.kind == .retry && fault?.isOutcomeUnknown == false)
    }

    @Test("what prints tokens or accounts prints no secret")
    func secrets() async throws {
        let tokens = AccessTokens(now: { 0 })
        _ = try await tokens.token(Self.key) { () throws(PlatformFault) in .init(token: "hidden", seconds: 3600) }
        var text = ""
        dump(tokens, to: &text)
        #expect(!text.contains("hidden"))
    }
}
