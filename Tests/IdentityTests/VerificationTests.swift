import IdentityMessages
import TestSupport
import Testing

@testable import IdentityDomain

@Suite("What decides whether a key is valid")
struct VerificationTests {
    private static let now: Int64 = 1_764_000_000_000_000

    private let key: APIKey
    private let stored: StoredKey

    init() {
        var generator = SeededGenerator(seed: 7)
        self.key = APIKey(milliseconds: Self.now / 1_000, using: &generator)
        self.stored = StoredKey(digest: self.key.digest, expiresAt: nil, isRevoked: false, isBrandActive: true)
    }

    private func verdict(_ change: (inout StoredKey) -> Void) -> KeyVerdict {
        var stored = self.stored
        change(&stored)
        return Verification(of: self.key, against: stored, now: Self.now).verdict
    }

    @Test("a key is valid until it is revoked, expires or its brand is suspended")
    func verdicts() {
        #expect(self.verdict { _ in } == .valid)
        #expect(self.verdict { $0.expiresAt = Self.now + 1 } == .valid)
        #expect(self.verdict { $0.expiresAt = Self.now } == .expired)
        #expect(self.verdict { $0.isRevoked = true } == .revoked)
        #expect(self.verdict { $0.isBrandActive = false } == .suspended)
    }

    @Test("who shows a wrong secret learns nothing, whatever state the key is in")
    func wrongSecret() {
        var generator = SeededGenerator(seed: 8)
        let other = APIKey(milliseconds: 0, using: &generator)
        let absent = Verification(of: self.key, against: nil, now: Self.now)
        #expect(absent.verdict == .unknown)
        for (isRevoked, isBrandActive, expiresAt) in [
            (false, true, nil), (true, true, nil), (false, false, 1 as Int64?),
        ] {
            let stored = StoredKey(
                digest: other.digest, expiresAt: expiresAt, isRevoked: isRevoked, isBrandActive: isBrandActive)
            #expect(Verification(of: self.key, against: stored, now: Self.now) == absent)
        }
    }

    @Test("an answer may be kept for the revocation delay, but never beyond the expiry")
    func cacheable() {
        func cacheable(_ expiresAt: Int64?) -> Int64 {
            var stored = self.stored
            stored.expiresAt = expiresAt
            return Verification(of: self.key, against: stored, now: Self.now).cacheableMilliseconds
        }
        #expect(cacheable(nil) == Verification.revocationDelayMilliseconds)
        #expect(cacheable(Self.now + 3_600_000_000) == Verification.revocationDelayMilliseconds)
        #expect(cacheable(Self.now + 1_500_000) == 1_500)
        #expect(cacheable(Self.now - 1) == Verification.refusalMilliseconds)
        #expect(cacheable(.max) == Verification.revocationDelayMilliseconds)
    }
}

@Suite("What may be asked of a new key")
struct KeyRulesTests {
    @Test("scopes are sorted, each once, and must be known and held")
    func scopes() throws {
        let known: Set = ["a:read", "a:write", "b:read"]
        func scopes(_ wanted: [String], held: Set<String>) throws(KeyRules.Fault) -> [String] {
            try KeyRules.scopes(wanted, known: known, held: held)
        }
        #expect(try scopes(["b:read", "a:read", "b:read"], held: known) == ["a:read", "b:read"])
        #expect(throws: KeyRules.Fault.unknownScope("a:reed", index: 1)) {
            try scopes(["a:read", "a:reed"], held: known)
        }
        #expect(throws: KeyRules.Fault.scopeNotHeld("a:write", index: 0)) {
            try scopes(["a:write"], held: ["a:read"])
        }
        // A scope that nobody asks for any more cannot be handed on by those who still hold it.
        #expect(throws: KeyRules.Fault.unknownScope("old", index: 0)) { try scopes(["old"], held: ["old"]) }
    }

    @Test("a key cannot expire before it is there")
    func expiry() throws {
        try KeyRules.checkExpiry(nil, now: 5)
        try KeyRules.checkExpiry(6, now: 5)
        #expect(throws: KeyRules.Fault.expiryPassed) { try KeyRules.checkExpiry(5, now: 5) }
    }

    @Test("a slug never looks like an id")
    func slugs() {
        #expect(KeyRules.isUnambiguous(slug: "acme-brakes"))
        #expect(!KeyRules.isUnambiguous(slug: "0190f5d8-8c00-7000-8000-000000000000"))
    }
}

@Suite("Last uses until they are written")
struct LastUsesTests {
    private let ids: [KeyID] = {
        var generator = SeededGenerator(seed: 9)
        return (0..<40).map { _ in KeyID(milliseconds: 0, using: &generator) }
    }()

    @Test("a key is noted once a minute at most, with its latest use")
    func resolution() {
        var uses = LastUses()
        uses.used(self.ids[0], written: 1_000, now: 1_000 + LastUses.resolutionMicroseconds - 1)
        #expect(uses.take().isEmpty)
        uses.used(self.ids[0], written: 1_000, now: 1_000 + LastUses.resolutionMicroseconds)
        uses.used(self.ids[0], written: nil, now: 5)
        let taken = uses.take()
        #expect(taken.map(\.at) == [1_000 + LastUses.resolutionMicroseconds])
        #expect(uses.take().isEmpty)
    }

    @Test("rows are written in the order of buckets")
    func order() {
        var uses = LastUses()
        for id in self.ids { uses.used(id, written: nil, now: 1) }
        let buckets = uses.take().map(\.key.bucketNumber)
        #expect(buckets.count == self.ids.count && buckets == buckets.sorted())
    }

    @Test("what could not be written is put back behind newer uses, and memory is bounded")
    func putBack() {
        var uses = LastUses()
        uses.used(self.ids[0], written: nil, now: 1)
        let taken = uses.take()
        uses.used(self.ids[0], written: nil, now: 2)
        uses.putBack(taken)
        #expect(uses.take().map(\.at) == [2])
        var generator = SeededGenerator(seed: 10)
        for _ in 0..<LastUses.maximumWaiting + 100 {
            uses.used(KeyID(milliseconds: 0, using: &generator), written: nil, now: 1)
        }
        #expect(uses.take().count == LastUses.maximumWaiting)
    }
}
