public import IdentityMessages

/// What decides whether a key is valid.
public struct StoredKey: Sendable {
    /// What was kept of the secret.
    public var digest: SecretDigest
    /// When it stops being valid, in microseconds since 1970-01-01 00:00 UTC; `nil`: never.
    public var expiresAt: Int64?
    /// Whether it was revoked.
    public var isRevoked: Bool
    /// Whether its brand is active.
    public var isBrandActive: Bool

    /// What is stored of a key.
    public init(digest: SecretDigest, expiresAt: Int64?, isRevoked: Bool, isBrandActive: Bool) {
        self.digest = digest
        self.expiresAt = expiresAt
        self.isRevoked = isRevoked
        self.isBrandActive = isBrandActive
    }
}

/// Whether a key that was shown is valid, and how long that answer may be used.
public struct Verification: Hashable, Sendable {
    /// For how long a key may still be taken after it was revoked, because whoever asked keeps the answer: the *revocation
    /// delay* of the whole system.
    public static let revocationDelayMilliseconds: Int64 = 10_000
    /// For how long a refusal may be used again. Short, since a suspended brand can become active again.
    public static let refusalMilliseconds: Int64 = 2_000

    /// The verdict.
    public let verdict: KeyVerdict
    /// How long it may be used again, in milliseconds.
    public let cacheableMilliseconds: Int64

    /// Whether the key is valid.
    public var isValid: Bool { self.verdict == .valid }

    /// A text that is no key, or mistyped.
    public static let malformed = Verification(refusal: .malformed)

    /// Compares a key with what is stored under its id.
    ///
    /// - Parameters:
    ///   - key: What was shown.
    ///   - stored: `nil` where there is no such key. The answer to a wrong secret is the same, and takes as long.
    ///   - now: Microseconds since 1970-01-01 00:00 UTC.
    public init(of key: APIKey, against stored: StoredKey?, now: Int64) {
        let isSame = (stored?.digest ?? .ofNothing).isSame(as: key.digest)
        guard let stored, isSame else {
            self.init(refusal: .unknown)
            return
        }
        let remaining = stored.expiresAt.map { $0 - now }
        if stored.isRevoked {
            self.init(refusal: .revoked)
        } else if let remaining, remaining <= 0 {
            self.init(refusal: .expired)
        } else if !stored.isBrandActive {
            self.init(refusal: .suspended)
        } else {
            // An expiry is known beforehand, and so needs no delay.
            let delay = Self.revocationDelayMilliseconds
            self.init(.valid, cacheableMilliseconds: min(delay, remaining.map { $0 / 1_000 } ?? delay))
        }
    }

    private init(refusal: KeyVerdict) { self.init(refusal, cacheableMilliseconds: Self.refusalMilliseconds) }

    private init(_ verdict: KeyVerdict, cacheableMilliseconds: Int64) {
        self.verdict = verdict
        self.cacheableMilliseconds = cacheableMilliseconds
    }
}
