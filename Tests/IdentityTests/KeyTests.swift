import APIKeys
import Authentication
import EchoMessages
import Events
import IdentityAPI
import IdentityMessages
import Logging
import Postgres
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import WellKnownMessages
import Wire

@testable import IdentityDomain
@testable import IdentityService

@Suite("API keys", .timeLimit(.minutes(5)))
struct KeyTests {
    @Test("a key is created, verified, listed, revoked, and not valid any more; its events tell so, without the secret")
    func life() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let request = CreateKeyRequest(scopes: ["identity:write", "identity:read"], note: "for the ERP")
            let created = try await identity.makeKey(brand, request)
            let key = try #require(created.key)
            #expect(created.secret.hasPrefix(key.prefix) && created.secret.count > key.prefix.count)
            #expect(key.scopes == ["identity:read", "identity:write"])
            #expect(key.note == "for the ERP" && key.createdBy == "tester" && key.expiresAt == nil)
            let answer = try await identity.verify(created.secret)
            #expect(answer.verdict == .valid)
            #expect(answer.caller?.brandID == brand.id && answer.caller?.principal == "key:\(key.id)")
            #expect(answer.caller?.scopes == key.scopes && answer.caller?.kind == .key)
            #expect(answer.cacheableFor == ProtoDuration(seconds: Verification.revocationDelayMilliseconds / 1_000))
            let listed = try await identity.client.listKeys(ListKeysRequest(), options: identity.options(brand))
            #expect(listed.keys == [key])
            let revoked = try await identity.client.revokeKey(
                RevokeKeyRequest(keyID: key.id), options: identity.options(brand))
            #expect(revoked.revokedAt != nil)
            identity.clock.pass(seconds: 5)
            // A repeat changes nothing.
            let again = try await identity.client.revokeKey(
                RevokeKeyRequest(keyID: key.id), options: identity.options(brand))
            #expect(again == revoked)
            #expect(try await identity.verify(created.secret).verdict == .revoked)
            let events = try await identity.events()
            #expect(
                Set(events.map(\.event.type)) == [
                    "identity.brand.created", "identity.key.created", "identity.key.revoked",
                ])
            #expect(events.count == 3)
            #expect(events.allSatisfy { $0.event.brand.description == brand.id })
            let secretHalf = Array(created.secret.utf8.dropFirst(key.prefix.utf8.count).prefix(16))
            #expect(events.allSatisfy { !$0.event.payload.contains(secretHalf) })
        }
    }

    @Test("a key that is mistyped, wrong, or expired is not valid, and tells no more than that")
    func refusals() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let expiry = ProtoTimestamp(seconds: identity.clock.now.microseconds / 1_000_000 + 60)
            let created = try await identity.makeKey(
                brand, CreateKeyRequest(scopes: ["identity:read"], expiresAt: expiry))
            #expect(try await identity.verify(created.secret).verdict == .valid)
            let last = created.secret.last == "0" ? "1" : "0"
            let cut = String(created.secret.dropLast())
            for text in [cut + last, cut, "dl_live_", "x"] {
                #expect(try await identity.verify(text).verdict == .malformed)
            }
            let forged = try Self.forged(like: created.secret)
            #expect(forged.hasPrefix(try #require(created.key).prefix) && forged != created.secret)
            let wrong = try await identity.verify(forged)
            var generator = SystemRandomNumberGenerator()
            let absent = try await identity.verify(APIKey(milliseconds: 0, using: &generator).text)
            #expect(wrong.verdict == .unknown && wrong == absent && wrong.caller == nil)
            identity.clock.pass(seconds: 61)
            #expect(try await identity.verify(created.secret).verdict == .expired)
            #expect(try await identity.verify(forged) == absent)
        }
    }

    /// A well-formed key with the public half of another, but another secret.
    private static func forged(like text: String) throws -> String {
        KeyFormat.text(id: try KeyFormat.read(text).id, secret: [UInt8](repeating: 9, count: KeyFormat.secretBytes))
    }

    @Test("another brand's key is exactly like an absent one")
    func foreignKeys() async throws {
        try await IdentityHarness.with { identity in
            let (own, other) = (try await identity.makeBrand("own"), try await identity.makeBrand("other"))
            let created = try await identity.makeKey(other)
            let key = try #require(created.key)
            func refusal(_ id: String) async throws -> RPCError? {
                await #expect(throws: RPCError.self) {
                    try await identity.client.revokeKey(
                        RevokeKeyRequest(keyID: id), options: identity.options(own))
                }
            }
            let absent = try await refusal("0190f5d8-8c00-7000-8000-000000000000")
            #expect(absent?.code == .notFound)
            #expect(try await refusal(key.id) == absent)
            #expect(try await refusal("nonsense") == absent)
            let listed = try await identity.client.listKeys(ListKeysRequest(), options: identity.options(own))
            #expect(listed.keys.isEmpty)
            let behind = try await identity.client.listKeys(
                ListKeysRequest(pageToken: key.id), options: identity.options(own))
            #expect(behind.keys.isEmpty)
            #expect(try await identity.verify(created.secret).verdict == .valid)
        }
    }

    @Test("a repeat with the same idempotency key answers the same key without its secret")
    func idempotency() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let first = try await identity.makeKey(brand, idempotencyKey: "once")
            let repeated = try await identity.makeKey(brand, idempotencyKey: "once")
            #expect(repeated.key == first.key && repeated.secret.isEmpty && !first.secret.isEmpty)
            let reused = await #expect(throws: RPCError.self) {
                try await identity.makeKey(
                    brand, CreateKeyRequest(scopes: ["identity:write"]), idempotencyKey: "once")
            }
            #expect(reused?.problem?.reason == .idempotencyKeyReused)
            let missing = await #expect(throws: RPCError.self) {
                try await identity.client.createKey(
                    CreateKeyRequest(scopes: ["identity:read"]), options: identity.options(brand))
            }
            #expect(missing?.problem?.reason == .idempotencyKeyRequired)
            let listed = try await identity.client.listKeys(ListKeysRequest(), options: identity.options(brand))
            #expect(listed.keys.count == 1)
        }
    }

    @Test("scopes that nobody asks for are refused with the nearest one, and those that the caller lacks are refused")
    func scopes() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            func refusal(_ scopes: [String], held: Set<String> = ["identity:write"]) async throws -> RPCError? {
                await #expect(throws: RPCError.self) {
                    try await identity.client.createKey(
                        CreateKeyRequest(scopes: scopes),
                        options: identity.options(brand, scopes: held, idempotencyKey: "k"))
                }
            }
            let misspelt = try await refusal(["identity:write", "identity:raed"])
            #expect(misspelt?.problem?.fields.first?.field == "scopes[1]")
            #expect(misspelt?.problem?.fields.first?.expected == "perhaps identity:read")
            let unknown = try await refusal(["everything"])
            #expect(unknown?.problem?.fields.first?.expected.contains("identity:read, identity:write") == true)
            let notHeld = try await refusal(["identity:read"])
            #expect(notHeld?.code == .permissionDenied && notHeld?.problem?.type == "scope-not-held")
            #expect(try await refusal(["identity:read"], held: ["identity:read"])?.problem?.type == "scope-missing")
            #expect(try await refusal([])?.code == .invalidArgument)
            let listed = try await identity.client.listKeys(ListKeysRequest(), options: identity.options(brand))
            #expect(listed.keys.isEmpty)
        }
    }

    @Test("a key of no brand, or of one that is not there, and an expiry that is none, are refused")
    func badRequests() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            for id in ["", "x", "0190f5d8-8c00-7000-8000-000000000000"] {
                let error = await #expect(throws: RPCError.self) { try await identity.makeKey(Brand(id: id)) }
                #expect(error?.code == (id.count == 36 ? .notFound : .permissionDenied))
            }
            let now = identity.clock.now.microseconds / 1_000_000
            for (seconds, nanos) in [(now, 0), (.max, 0), (.min, 0), (now + 9, -1)] as [(Int64, Int32)] {
                let request = CreateKeyRequest(
                    scopes: ["identity:read"], expiresAt: ProtoTimestamp(seconds: seconds, nanos: nanos))
                let error = await #expect(throws: RPCError.self) { try await identity.makeKey(brand, request) }
                #expect(error?.problem?.fields.map(\.field) == ["expiresAt"])
            }
        }
    }

    @Test("pages hold every key once, the newest first, also where many are created in a millisecond")
    func pages() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            var created: Set<String> = []
            for _ in 0..<11 { created.insert(try #require(try await identity.makeKey(brand).key).id) }
            var listed: [String] = []
            var request = ListKeysRequest(pageSize: 4)
            repeat {
                let page = try await identity.client.listKeys(request, options: identity.options(brand))
                listed += page.keys.map(\.id)
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty
            #expect(listed.count == 11 && Set(listed) == created)
            #expect(listed == listed.sorted().reversed())
        }
    }

    @Test("the last use of a key is written once a minute at most, when the writer does, not when the key is verified")
    func lastUse() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let created = try await identity.makeKey(brand)
            func lastUse() async throws -> ProtoTimestamp? {
                try await identity.client.listKeys(ListKeysRequest(), options: identity.options(brand)).keys.first?
                    .lastUsedAt
            }
            _ = try await identity.verify(created.secret)
            #expect(try await lastUse() == nil)
            await identity.lastUse.write()
            let first = try #require(try await lastUse())
            identity.clock.pass(seconds: 59)
            _ = try await identity.verify(created.secret)
            await identity.lastUse.write()
            #expect(try await lastUse() == first)
            identity.clock.pass(seconds: 2)
            _ = try await identity.verify(created.secret)
            await identity.lastUse.write()
            #expect(try #require(try await lastUse()) > first)
        }
    }

    @Test("of a secret nothing is in the database but its digest")
    func nothingStored() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let created = try await identity.makeKey(brand)
            let half = created.secret.dropFirst(try #require(created.key).prefix.count).prefix(20)
            for table in Self.tables {
                let rows = try await identity.pool.query(table)
                for row in rows { #expect(try !row.decode(String.self).contains(half)) }
            }
        }
    }

    private static let tables = [
        PostgresStatement("select c::text from credential c", readOnly: true),
        PostgresStatement(
            "select convert_from(response, 'LATIN1') from idempotency_key where response is not null", readOnly: true),
        PostgresStatement("select convert_from(payload, 'LATIN1') from event", readOnly: true),
    ]

    @Test("a program shows its key in HELLO and is its own caller; after its revocation it is let in no more")
    func directCallers() async throws {
        try await IdentityHarness.with { identity in
            let brand = try await identity.makeBrand()
            let created = try await identity.makeKey(brand)
            let authenticator = KeyAuthenticator(
                KeyVerifier(identity.client), otherwise: TestAuthenticator())
            let method = testMethod("Who")
            let service = TestService.echoing.unary(method) { _, context in
                Text(text: "\(context.caller.brand) \(context.caller.principal) \(context.caller.scopes.sorted())")
            }
            try await withServer([service], authenticator: authenticator) { server in
                try await withClient(of: [server.address], credential: created.secret) { client in
                    let answer: Text = try await client.unary(method, Text())
                    #expect(answer.text == "\(brand.id) key:\(try #require(created.key).id) [\"identity:read\"]")
                }
                try await withClient(of: [server.address], credential: String(created.secret.dropLast())) { client in
                    let error = await #expect(throws: RPCError.self) {
                        let _: Text = try await client.unary(
                            method, Text(), options: CallOptions(timeout: .seconds(30)))
                    }
                    #expect(error?.code == .unauthenticated || error?.code == .unavailable)
                }
                // What this server's log says of the refusal names no key.
                #expect(!"\(server.logs.lines(.trace))".contains(created.secret.dropFirst(30).prefix(10)))
            }
        }
    }
}
