import Authentication
import DrivelineTesting
import IdentityAPI
import IdentityDomain
import IdentityMessages
import LocalServers
import Postgres
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("The identity service as a process", .timeLimit(.minutes(5)))
struct IdentityProcessTests {
    private static let token = "the-service-token-of-this-process"

    /// Runs the process on an empty database, which it migrates itself.
    private static func withProcess(
        _ body: (IdentityProcess, IdentityServiceClient, PostgresPool) async throws -> Void
    ) async throws {
        let server = try await SharedServers.postgres()
        try await withPool(on: server) { pool in
            let name = try await pool.query(Self.databaseName).first?.decode(String.self) ?? ""
            let process = try IdentityProcess(postgres: server.url(database: name), token: Self.token)
            try await withClient(of: [try await process.address()], credential: Self.token) { client in
                try await body(process, IdentityServiceClient(client), pool)
            }
        }
    }

    private static let databaseName = PostgresStatement("select current_database()", readOnly: true)
    private static let lastUse = PostgresStatement("select last_used_at is not null from credential", readOnly: true)

    private static func caller(_ brand: Brand) throws -> CallOptions {
        var options = CallOptions(
            caller: CallerIdentity(
                brand: brand.id, principal: "tester", scopes: ["identity:read", "identity:write"]))
        try options.metadata.append(Metadata.idempotencyKey, "\(UInt64.random(in: .min ... .max))")
        return options
    }

    @Test("from an empty database to a key that is verified, cached, revoked and refused; the log never shows it")
    func life() async throws {
        try await Self.withProcess { process, client, pool in
            let brand = try await client.createBrand(CreateBrandRequest(slug: "acme", name: "Acme"))
            let created = try await client.createKey(
                CreateKeyRequest(scopes: ["identity:read"]), options: Self.caller(brand))
            let key = try #require(created.key)
            let verifier = KeyVerifier(client)
            let caller = try await verifier.caller(of: created.secret)
            #expect(caller == CallerIdentity(brand: brand.id, principal: "key:\(key.id)", scopes: ["identity:read"]))
            #expect(try await verifier.caller(of: created.secret) == caller)
            _ = try await client.revokeKey(RevokeKeyRequest(keyID: key.id), options: Self.caller(brand))
            #expect(try await client.verifyKey(VerifyKeyRequest(key: created.secret)).verdict == .revoked)
            // Who asked before knows at the latest after the revocation delay.
            var refusal: RPCError?
            while refusal == nil {
                do throws(RPCError) {
                    _ = try await verifier.caller(of: created.secret)
                    try? await Task.sleep(for: .milliseconds(100))
                } catch {
                    refusal = error
                }
            }
            #expect(refusal?.problem?.type == "key-revoked")
            #expect(await process.stop() == 0)
            // What was noted of the key's use is written at the end.
            #expect(try await pool.query(Self.lastUse).first?.decode(Bool.self) == true)
            let log = process.log
            #expect(log.contains("key created") && log.contains("key revoked") && log.contains(key.id))
            #expect(!log.contains(created.secret.dropFirst(key.prefix.count).prefix(8)))
            #expect(!log.contains(Self.token))
        }
    }

    @Test("with the process gone a key that was not verified before is let in for nothing")
    func gone() async throws {
        try await Self.withProcess { process, client, _ in
            let brand = try await client.createBrand(CreateBrandRequest(slug: "acme", name: "Acme"))
            var secrets: [String] = []
            for _ in 0..<2 {
                secrets.append(
                    try await client.createKey(
                        CreateKeyRequest(scopes: ["identity:read"]), options: Self.caller(brand)
                    ).secret)
            }
            let verifier = KeyVerifier(client)
            _ = try await verifier.caller(of: secrets[0])
            process.crash()
            let error = await #expect(throws: RPCError.self) { try await verifier.caller(of: secrets[1]) }
            #expect(error?.code == .unavailable && error?.problem?.type == "identity-unavailable")
        }
    }

    @Test("a peer with a wrong token is let in for nothing")
    func wrongToken() async throws {
        try await Self.withProcess { process, _, _ in
            try await withClient(of: [try await process.address()], credential: "wrong") { client in
                let error = await #expect(throws: RPCError.self) {
                    try await IdentityServiceClient(client).verifyKey(
                        VerifyKeyRequest(key: "x"), options: CallOptions(timeout: .seconds(20)))
                }
                #expect(error != nil)
            }
        }
    }
}
