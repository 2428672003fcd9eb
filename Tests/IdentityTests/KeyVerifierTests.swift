import APIKeys
import IdentityDomain
import IdentityMessages
import RPC
import RPCMessages
import RPCTestSupport
import Synchronization
import TestSupport
import Testing
import WellKnownMessages
import Wire

@testable import Authentication

@Suite("Who asks identity, and what is kept of its answers", .timeLimit(.minutes(2)))
struct KeyVerifierTests {
    /// An identity service that answers what a test says, and a clock that the test turns.
    private final class Fake: Sendable {
        struct State {
            var now = ContinuousClock.now
            var asked: [String] = []
            var answer: Result<VerifyKeyResponse, RPCError> = .failure(RPCError(.unavailable, "gone"))
        }

        let state = Mutex(State())
        let gate: Event?

        init(_ answer: VerifyKeyResponse, gate: Event? = nil) {
            self.gate = gate
            self.state.withLock { $0.answer = .success(answer) }
        }

        var verifier: KeyVerifier {
            let ask: KeyVerifier.Ask = { (key) async throws(RPCError) in
                let answer = self.state.withLock { state in
                    state.asked.append(key)
                    return state.answer
                }
                try? await self.gate?.wait()
                return try answer.get()
            }
            return KeyVerifier(now: { self.state.withLock { $0.now } }, isKey: { !$0.isEmpty }, ask: ask)
        }

        var questions: Int { self.state.withLock { $0.asked.count } }

        func pass(_ duration: Duration) { self.state.withLock { $0.now += duration } }

        func lose() { self.state.withLock { $0.answer = .failure(RPCError(.unavailable, "gone")) } }

        func answer(_ response: VerifyKeyResponse) { self.state.withLock { $0.answer = .success(response) } }
    }

    private static let valid = VerifyKeyResponse(
        verdict: .valid,
        caller: VerifiedCaller(brandID: "brand", principal: "key:1", kind: .key, scopes: ["a:read"]),
        cacheableFor: ProtoDuration(seconds: 10))
    private static let revoked = VerifyKeyResponse(verdict: .revoked, cacheableFor: ProtoDuration(seconds: 2))
    private static let caller = CallerIdentity(brand: "brand", principal: "key:1", scopes: ["a:read"])

    @Test("a valid key is asked for once, until its answer's time is over; then its revocation shows")
    func caching() async throws {
        let fake = Fake(Self.valid)
        let verifier = fake.verifier
        for _ in 0..<3 { #expect(try await verifier.caller(of: "k") == Self.caller) }
        #expect(fake.questions == 1)
        fake.answer(Self.revoked)
        fake.pass(.seconds(10) - .nanoseconds(1))
        #expect(try await verifier.caller(of: "k") == Self.caller)
        fake.pass(.nanoseconds(1))
        let error = await #expect(throws: RPCError.self) { try await verifier.caller(of: "k") }
        #expect(error?.code == .unauthenticated && error?.problem?.type == "key-revoked")
        #expect(fake.questions == 2)
    }

    @Test("with identity gone a valid answer is used until its time is over, and then nobody is let in")
    func failsClosed() async throws {
        let fake = Fake(Self.valid)
        let verifier = fake.verifier
        _ = try await verifier.caller(of: "k")
        fake.lose()
        fake.pass(.seconds(9))
        #expect(try await verifier.caller(of: "k") == Self.caller)
        fake.pass(.seconds(1))
        for key in ["k", "other"] {
            let error = await #expect(throws: RPCError.self) { try await verifier.caller(of: key) }
            #expect(error?.code == .unavailable)
        }
        // That it is gone is not kept: the next one asks again.
        fake.answer(Self.valid)
        #expect(try await verifier.caller(of: "k") == Self.caller)
    }

    @Test("a refusal is kept as briefly as identity says")
    func refusals() async throws {
        let fake = Fake(Self.revoked)
        let verifier = fake.verifier
        for _ in 0..<3 { await #expect(throws: RPCError.self) { try await verifier.caller(of: "k") } }
        #expect(fake.questions == 1)
        fake.answer(Self.valid)
        fake.pass(.seconds(2))
        #expect(try await verifier.caller(of: "k") == Self.caller)
    }

    @Test("many who come at once share one question")
    func singleFlight() async throws {
        let gate = Event(false)
        let fake = Fake(Self.valid, gate: gate)
        let verifier = fake.verifier
        try await withThrowingTaskGroup(of: CallerIdentity.self) { group in
            for _ in 0..<50 { group.addTask { try await verifier.caller(of: "k") } }
            gate.happen()
            for try await caller in group { #expect(caller == Self.caller) }
        }
        #expect(fake.questions == 1)
    }

    @Test("no answer is kept for longer than the bound, and none without a time")
    func bounds() async throws {
        var answer = Self.valid
        answer.cacheableFor = ProtoDuration(seconds: 1_000_000)
        let fake = Fake(answer)
        let verifier = fake.verifier
        _ = try await verifier.caller(of: "k")
        fake.pass(KeyVerifier.maximumCacheDuration)
        _ = try await verifier.caller(of: "k")
        #expect(fake.questions == 2)
        answer.cacheableFor = nil
        fake.answer(answer)
        for _ in 0..<2 { _ = try await verifier.caller(of: "other") }
        #expect(fake.questions == 4)
    }

    @Test("a text that cannot be a key is refused without a question; an answer without a caller lets nobody in")
    func nonsense() async throws {
        let fake = Fake(VerifyKeyResponse(verdict: .valid, cacheableFor: ProtoDuration(seconds: 10)))
        let verifier = fake.verifier
        for key in ["", String(repeating: "x", count: KeyFormat.length + 1)] {
            let error = await #expect(throws: RPCError.self) { try await verifier.caller(of: key) }
            #expect(error?.problem?.type == "key-malformed")
        }
        #expect(fake.questions == 0)
        let error = await #expect(throws: RPCError.self) { try await verifier.caller(of: "k") }
        #expect(error?.code == .unauthenticated)
    }

    @Test("a mistyped key is refused without a question, by whoever is shown it")
    func mistyped() async throws {
        let asked = Atomic(0)
        let verifier = KeyVerifier { (_) async throws(RPCError) in
            asked.add(1, ordering: .relaxed)
            return Self.valid
        }
        var generator = TestSupport.SeededGenerator(seed: testSeed())
        let key = APIKey(milliseconds: 1_764_000_000_000, using: &generator).text
        let mistyped = String(key.dropLast()) + (key.last == "0" ? "1" : "0")
        for text in [mistyped, "dl_live_x", String(key.dropLast()), key + "0", "\u{E4}" + key.dropFirst(2)] {
            guard case .failure(let error)? = verifier.known(text) else {
                Issue.record("\(text) is not refused")
                continue
            }
            #expect(error.problem?.type == "key-malformed")
            await #expect(throws: RPCError.self) { try await verifier.caller(of: text) }
        }
        #expect(asked.load(ordering: .relaxed) == 0)
        #expect(verifier.known(key) == nil)
        #expect(try await verifier.caller(of: key) == Self.caller)
        #expect(asked.load(ordering: .relaxed) == 1)
    }

    @Test("peers with another credential than a key are for the other authenticator")
    func otherwise() async throws {
        #expect(APIKey.prefix.hasPrefix(KeyAuthenticator.keyPrefix))
        let fake = Fake(Self.valid)
        let authenticator = KeyAuthenticator(fake.verifier, otherwise: TestAuthenticator())
        #expect(try await authenticator.authenticate(PeerCredentials(credential: "dl_live_x")) == Self.caller)
        #expect(try await authenticator.authenticate(PeerCredentials(credential: "gateway")).mayActForOthers)
        #expect(try await authenticator.authenticate(PeerCredentials(credential: "")) == .anonymous)
        #expect(fake.questions == 1)
    }
}
