internal import APIKeys
internal import Crypto
public import IdentityAPI
internal import IdentityMessages
public import RPC
internal import RPCMessages
internal import Synchronization
internal import WellKnownMessages
internal import Wire

/// Finds out whose API key was shown, by asking the identity service, and keeps the answers for as long as it allows.
///
/// That time is the system's revocation delay: a key that is revoked is refused everywhere at most so much later. It
/// counts from when the question was sent. With identity out of reach, a valid key is taken until its answer's time is
/// over; everything else is UNAVAILABLE: nobody is let in without an answer.
///
/// A text that no key can be, by its form and checksum, is refused without a question. Keys themselves are not kept, only
/// their SHA-256. Safe to use from any task.
public final class KeyVerifier: Sendable {
    /// The valid keys whose answers are kept.
    public static let maximumValid = 16_384
    /// The refused keys whose answers are kept; apart from the valid ones, so that nobody can push those out by guessing.
    public static let maximumRefused = 4_096
    /// The questions that may be under way at once; one more is refused at once.
    public static let maximumInFlight = 1_024
    /// How long a question may take.
    public static let timeout: Duration = .seconds(2)
    /// The bound on the time that an answer is kept, whatever identity says.
    public static let maximumCacheDuration: Duration = .seconds(60)
    typealias Ask = @Sendable (_ key: String) async throws(RPCError) -> VerifyKeyResponse
    private typealias Outcome = Result<CallerIdentity, RPCError>

    private struct State {
        var valid = VerificationCache<SHA256Digest, CallerIdentity>(capacity: KeyVerifier.maximumValid)
        var refused = VerificationCache<SHA256Digest, RPCError>(capacity: KeyVerifier.maximumRefused)
        var inFlight: [SHA256Digest: Task<Outcome, Never>] = [:]
    }

    private let ask: Ask
    private let isKey: @Sendable (_ text: String) -> Bool
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// A verifier that asks by a client of the identity service, which must show the service token.
    public convenience init(_ client: IdentityServiceClient) {
        self.init { (key) async throws(RPCError) in
            try await client.verifyKey(VerifyKeyRequest(key: key), options: CallOptions(timeout: Self.timeout))
        }
    }

    /// - Parameters:
    ///   - now: The clock, another one in tests.
    ///   - isKey: Whether a text can be a key at all.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        isKey: @escaping @Sendable (_ text: String) -> Bool = { KeyFormat.isWellFormed($0) }, ask: @escaping Ask
    ) {
        self.ask = ask
        self.isKey = isKey
        self.now = now
    }

    /// The caller that a key stands for.
    ///
    /// A known key costs a hash and a lookup. Calls that come while a key is asked for share the one question.
    ///
    /// - Throws: ``RPCError``: UNAUTHENTICATED for a key that is not valid, with the reason; UNAVAILABLE where that
    ///   cannot be found out now.
    public func caller(of key: String) async throws(RPCError) -> CallerIdentity {
        guard key.utf8.count <= KeyFormat.length else { throw Self.refusal(.malformed) }
        let digest = SHA256.hash(data: Array(key.utf8))
        switch self.state.withLock({ self.next(digest, key, &$0) }) {
        case .known(let outcome): return try outcome.get()
        case .asked(let question): return try await question.value.get()
        }
    }

    /// The caller that a key stands for, or why it is refused, where an answer about it is kept. Asks nobody and never
    /// waits, for those that must not: they ask ``caller(of:)`` where it is `nil`.
    public func known(_ key: String) -> Result<CallerIdentity, RPCError>? {
        guard key.utf8.count <= KeyFormat.length else { return .failure(Self.refusal(.malformed)) }
        let digest = SHA256.hash(data: Array(key.utf8))
        let now = self.now()
        let known: Outcome? = self.state.withLock { state in
            if let caller = state.valid.answer(for: digest, at: now) { return .success(caller) }
            return state.refused.answer(for: digest, at: now).map { .failure($0) }
        }
        // Looked at last, since what is known is nearly always a key.
        return known ?? (self.isKey(key) ? nil : .failure(Self.refusal(.malformed)))
    }

    private enum Next {
        case known(Outcome)
        case asked(Task<Outcome, Never>)
    }

    private func next(_ digest: SHA256Digest, _ key: String, _ state: inout State) -> Next {
        let now = self.now()
        if let caller = state.valid.answer(for: digest, at: now) { return .known(.success(caller)) }
        if let refusal = state.refused.answer(for: digest, at: now) { return .known(.failure(refusal)) }
        if let question = state.inFlight[digest] { return .asked(question) }
        guard self.isKey(key) else { return .known(.failure(Self.refusal(.malformed))) }
        guard state.inFlight.count < Self.maximumInFlight else { return .known(.failure(Self.overloaded)) }
        // Detached: the deadline of the call that happens to come first is not that of the others.
        let question = Task.detached { await self.question(digest, key, began: now) }
        state.inFlight[digest] = question
        return .asked(question)
    }

    private func question(_ digest: SHA256Digest, _ key: String, began: ContinuousClock.Instant) async -> Outcome {
        let outcome: Outcome
        var cacheDuration: Duration = .zero
        do throws(RPCError) {
            let response = try await self.ask(key)
            outcome = Self.outcome(of: response)
            cacheDuration = Self.cacheDuration(of: response)
        } catch {
            // Identity takes any text but one that is no text, so that much is an answer.
            outcome = .failure(error.code == .invalidArgument ? Self.refusal(.malformed) : Self.unavailable)
        }
        self.state.withLock { [cacheDuration] state in
            state.inFlight[digest] = nil
            let now = self.now()
            switch outcome {
            case .success(let caller):
                state.valid.keep(caller, for: digest, until: began + cacheDuration, at: now)
            case .failure(let error):
                state.refused.keep(error, for: digest, until: began + cacheDuration, at: now)
            }
        }
        return outcome
    }
}

extension KeyVerifier {
    private static func outcome(of response: VerifyKeyResponse) -> Result<CallerIdentity, RPCError> {
        guard response.verdict == .valid, let caller = response.caller, !caller.brandID.isEmpty,
            !caller.principal.isEmpty
        else { return .failure(self.refusal(response.verdict)) }
        return .success(
            CallerIdentity(brand: caller.brandID, principal: caller.principal, scopes: Set(caller.scopes)))
    }

    private static func cacheDuration(of response: VerifyKeyResponse) -> Duration {
        guard let allowed = response.cacheableFor.flatMap({ try? Duration($0) }) else { return .zero }
        return min(max(allowed, .zero), self.maximumCacheDuration)
    }

    private static func refusal(_ verdict: KeyVerdict) -> RPCError {
        let (message, type) =
            switch verdict {
            case .malformed: ("the API key is mistyped, or no key", "key-malformed")
            case .expired: ("the API key has expired", "key-expired")
            case .revoked: ("the API key was revoked", "key-revoked")
            case .suspended: ("the API key's brand is suspended", "brand-suspended")
            case .unspecified, .valid, .unknown, .unrecognized: ("the API key is not known", "key-unknown")
            }
        return RPCError(.unauthenticated, message, type: type, reason: .unauthenticated)
    }

    private static let unavailable = RPCError(
        .unavailable, "it cannot be found out now who calls", type: "identity-unavailable", reason: .unavailable)

    private static let overloaded = RPCError(
        .resourceExhausted, "\(maximumInFlight) API keys are being checked already", type: "overloaded",
        reason: .overloaded)
}
