import DrivelineTesting
import Foundation
import LocalServers
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct TLSTests {
    static let isEncrypted = PostgresStatement("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
    static let echo = PostgresStatement("select $1::bytea", readOnly: true)

    /// The outcome of one connection to a URL.
    private func connect<Value>(
        _ url: String, _ body: (PostgresPool) async throws -> Value
    ) async throws -> Value {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: url)
        configuration.waitMilliseconds = 20_000
        let pool = try PostgresPool(configuration, on: reactor)
        do {
            let value = try await body(pool)
            await pool.shutDown()
            return value
        } catch {
            await pool.shutDown(graceMilliseconds: 0)
            throw error
        }
    }

    /// Why a URL cannot be connected to; found by a listener, which tells it at once where a pool tries again.
    private func refusal(_ url: String) async throws -> PostgresError? {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let listener = try PostgresListener(PostgresConfiguration(url: url), channels: ["x"], on: reactor)
        try await until { listener.lastFailure != nil }
        let failure = listener.lastFailure
        await listener.shutDown()
        return failure
    }

    @Test("with verify-full and the right authority all goes encrypted, large values too")
    func verified() async throws {
        let secured = try await SecuredServer.shared.get()
        try await self.connect(secured.url()) { (pool: PostgresPool) async throws in
            #expect(try await pool.query(Self.isEncrypted).first?.decode(Bool.self) == true)
            for size in [1, 8_191, 16_384, 100_000, 3_000_000] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                #expect(try await pool.query(Self.echo, bytes).first?.decode([UInt8].self) == bytes)
            }
            try await pool.runScript("create temporary table if not exists unused (id integer)")
            let lines = try await pool.copyOut(
                PostgresStatement("copy (select repeat('x', 20000) from generate_series(1, 200)) to stdout")
            ) { try await $0.reduce(0) { $0 + $1.count } }
            #expect(lines == 200 * 20_001)
        }
    }

    @Test("another authority, another name and no TLS at all are refused, and the error says why")
    func refused() async throws {
        let secured = try await SecuredServer.shared.get()
        let authority = try await self.refusal(secured.url(authority: "stranger.pem"))
        #expect(authority?.code == .cannotConnect)
        #expect(authority?.message.contains("certificate verify failed") == true)
        #expect(authority?.hint?.contains("sslrootcert") == true)
        let name = try await self.refusal(secured.url(host: "database.example"))
        #expect(name?.message.contains("does not match host name") == true)
        let missing = try await self.refusal(secured.url(authority: "missing.pem"))
        #expect(missing?.message.contains("missing.pem") == true)
        let plain = try await self.refusal(secured.url(mode: "disable"))
        #expect(plain?.message.contains("no encryption") == true)
    }

    @Test("a server without TLS is refused where it is required")
    func required() async throws {
        var configuration = LocalPostgres.Configuration.testing()
        configuration.port = Int(try SecuredServer.freePort())
        let server = LocalPostgres(configuration, logger: .silent)
        try await server.start()
        let refusal = try await self.refusal(server.loopbackURL() + "?sslmode=require")
        #expect(refusal?.message.contains("does not support SSL") == true)
        await server.remove()
    }

    @Test("a wrong password is told as such, and no password is ever told")
    func passwords() async throws {
        let secured = try await SecuredServer.shared.get()
        let wrong = try await self.refusal(secured.url(password: "falsch-91"))
        #expect(wrong?.message.contains("password authentication failed") == true)
        #expect("\(String(describing: wrong))".contains("falsch-91") == false)
        let configuration = PostgresConfiguration(url: secured.url())
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains(SecuredServer.password))
        }
        #expect("\(configuration)".contains("user=secured"))
        #expect("\(configuration)".contains("dbname=postgres"))
        #expect(!"\(PostgresConfiguration(url: "host=x password=\(SecuredServer.password)"))".contains("password"))
    }
}
