import Idempotency
import Partitioning
import Postgres
import PostgresTestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct IdempotencyTests {
    static let today = PostgresStatement("select now()")

    private func withStore(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(IdempotencyStore.schema)
            let now = try await pool.query(Self.today).first?.decode(PostgresTimestamp.self)
            for statement in IdempotencyStore.partitions.creating(on: Day(holding: now?.microseconds ?? 0)) {
                try await pool.runScript(statement)
            }
            try await pool.runScript("create table effect (number bigint)")
            try await body(pool)
        }
    }

    private func key(_ text: String, principal: String = "user") throws -> IdempotencyKey {
        try IdempotencyKey(brand: PostgresUUID(high: 1, low: 2), principal: principal, method: "Create", key: text)
    }

    /// A request as a service handles it: claim, effect, answer, in one transaction.
    private func handle(
        _ key: IdempotencyKey, _ fingerprint: [UInt8], _ pool: PostgresPool
    ) async throws
        -> IdempotencyStore.Claim
    {
        struct Undo: Error { var claim: IdempotencyStore.Claim }
        do {
            return try await pool.withTransaction { transaction in
                let claim = try await IdempotencyStore.claim(key, fingerprint: fingerprint, in: transaction)
                guard claim == .new else { throw Undo(claim: claim) }
                _ = try await transaction.query(PostgresStatement("insert into effect values (1)"))
                try await IdempotencyStore.complete(key, status: 0, response: [7], in: transaction)
                return claim
            }
        } catch let undo as Undo {
            return undo.claim
        }
    }

    @Test("of many requests with one key, one has an effect, and the others get its answer or are told to wait")
    func race() async throws {
        try await self.withStore { (pool: PostgresPool) async throws in
            let key = try self.key("k")
            let claims = try await withThrowingTaskGroup(of: IdempotencyStore.Claim.self) { group in
                for _ in 0..<40 { group.addTask { try await self.handle(key, [1], pool) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(claims.filter { $0 == .new }.count == 1)
            #expect(claims.allSatisfy { $0 == .new || $0 == .inFlight || $0 == .answered(status: 0, response: [7]) })
            let effects = try await pool.query(PostgresStatement("select count(*) from effect")).first
            #expect(try effects?.decode(Int64.self) == 1)
            #expect(try await self.handle(key, [1], pool) == .answered(status: 0, response: [7]))
        }
    }

    @Test("the same key for another request is refused; another principal's is another key")
    func fingerprints() async throws {
        try await self.withStore { (pool: PostgresPool) async throws in
            #expect(try await self.handle(try self.key("k"), [1], pool) == .new)
            #expect(try await self.handle(try self.key("k"), [2], pool) == .otherRequest)
            #expect(try await self.handle(try self.key("k", principal: "other"), [2], pool) == .new)
        }
    }

    @Test("a request that failed leaves its key free")
    func rollback() async throws {
        struct Stop: Error {}
        try await self.withStore { (pool: PostgresPool) async throws in
            let key = try self.key("k")
            await #expect(throws: Stop.self) {
                try await pool.withTransaction { transaction in
                    #expect(try await IdempotencyStore.claim(key, fingerprint: [1], in: transaction) == .new)
                    throw Stop()
                }
            }
            #expect(try await self.handle(key, [1], pool) == .new)
        }
    }

    @Test(
        "keys are 1 to 255 visible ASCII characters",
        arguments: ["", "a b", "ä", "\n", String(repeating: "x", count: 256)])
    func keys(_ text: String) {
        #expect(throws: IdempotencyKeyError.self) { try self.key(text) }
    }
}
