import DrivelineTesting
import Events
import Idempotency
import Partitioning
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct IdempotencyTests {
    /// What a request came to.
    enum Outcome: Hashable {
        case done
        case refused(IdempotencyClaim)
    }

    struct Undo: Error { var claim: IdempotencyClaim }

    static let answer = IdempotencyAnswer(status: 0, response: [7])
    static let effect = PostgresStatement("insert into effect values (1)")

    private func withKeys(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withStore(
            IdempotencyStore.schema, "create table effect (number bigint)", partitions: [IdempotencyStore.partitions],
            body)
    }

    private func request(
        _ text: String, _ body: UInt8 = 1, brand: UInt64 = 2, principal: String = "user", method: String = "Create"
    ) throws -> IdempotencyRequest {
        IdempotencyRequest(
            try IdempotencyKey(
                brand: PostgresUUID(high: 1, low: brand), principal: principal, method: method, key: text),
            fingerprint: [UInt8](repeating: body, count: IdempotencyRequest.fingerprintBytes))
    }

    /// A request as a service handles it: claim, effect, answer, in one transaction.
    private func handle(
        _ request: IdempotencyRequest, _ pool: PostgresPool, now: PostgresTimestamp? = nil,
        whileClaimed: () async throws -> Void = {}
    ) async throws -> Outcome {
        do {
            return try await pool.withTransaction { transaction in
                let claim = try await IdempotencyStore.claim(request, now: now, in: transaction)
                guard claim == .new else { throw Undo(claim: claim) }
                try await whileClaimed()
                _ = try await transaction.query(Self.effect)
                try await IdempotencyStore.complete([(request.key, Self.answer)], now: now, in: transaction)
                return .done
            }
        } catch let undo as Undo {
            return .refused(undo.claim)
        }
    }

    private func effects(_ pool: PostgresPool) async throws -> Int64 {
        try await number("select count(*) from effect", pool)
    }

    @Test("of many requests with one key, one has an effect, and the others get its answer or are told to wait")
    func race() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            for round in 0..<20 {
                let request = try self.request("key-\(round)")
                let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                    for _ in 0..<32 { group.addTask { try await self.handle(request, pool) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.filter { $0 == .done }.count == 1)
                #expect(
                    outcomes.allSatisfy {
                        $0 == .done || $0 == .refused(.inFlight) || $0 == .refused(.answered(Self.answer))
                    })
            }
            #expect(try await self.effects(pool) == 20)
        }
    }

    @Test("a repeat is answered as the first was, another body is refused, and neither has an effect")
    func done() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            #expect(try await self.handle(try self.request("k"), pool) == .done)
            #expect(try await self.handle(try self.request("k"), pool) == .refused(.answered(Self.answer)))
            #expect(try await self.handle(try self.request("k", 2), pool) == .refused(.otherRequest))
            #expect(try await self.effects(pool) == 1)
        }
    }

    @Test("another brand's, principal's or method's key is another key")
    func scopes() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            #expect(try await self.handle(try self.request("k"), pool) == .done)
            for other in [
                try self.request("k", brand: 3), try self.request("k", principal: "other"),
                try self.request("k", method: "Other"), try self.request("K"), try self.request("k", 2, brand: 4),
            ] {
                #expect(try await self.handle(other, pool) == .done)
            }
        }
    }

    @Test("while a request runs, the same key is told to wait, whatever its body, and others go on")
    func inFlight() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let outcome = try await self.handle(try self.request("k"), pool) { () async throws in
                #expect(try await self.handle(try self.request("k"), pool) == .refused(.inFlight))
                #expect(try await self.handle(try self.request("k", 2), pool) == .refused(.inFlight))
                #expect(try await self.handle(try self.request("k", brand: 3), pool) == .done)
            }
            #expect(outcome == .done)
        }
    }

    @Test("a request that failed leaves its key free, for another body too")
    func failed() async throws {
        struct Stop: Error {}
        try await self.withKeys { (pool: PostgresPool) async throws in
            await #expect(throws: Stop.self) {
                _ = try await self.handle(try self.request("k"), pool) { throw Stop() }
            }
            #expect(try await self.handle(try self.request("k", 2), pool) == .done)
            #expect(try await self.effects(pool) == 1)
        }
    }

    @Test("a key is kept for a day at least, and free again after two")
    func expiry() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let day = Day(holding: try await databaseNow(pool).microseconds)
            let first = Self.moment(day, 23, 59, 59)
            let later = Self.moment(Day(number: day.number + 1), 23, 59, 59)
            let expired = Self.moment(Day(number: day.number + 2), 0, 0, 0)
            #expect(try await self.handle(try self.request("k"), pool, now: first) == .done)
            #expect(
                try await self.handle(try self.request("k"), pool, now: later) == .refused(.answered(Self.answer)))
            #expect(try await self.handle(try self.request("k", 2), pool, now: expired) == .done)
        }
    }

    static func moment(_ day: Day, _ hour: Int64, _ minute: Int64, _ second: Int64) -> PostgresTimestamp {
        let seconds = Int64(day.number) * 86_400 + hour * 3_600 + minute * 60 + second
        return PostgresTimestamp(microseconds: seconds * 1_000_000)
    }

    @Test(
        "a request before midnight and its repeat after it are one, in whatever order they come",
        arguments: [false, true])
    func midnight(isReversed: Bool) async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let day = Day(holding: try await databaseNow(pool).microseconds)
            let before = Self.moment(day, 23, 59, 59)
            let after = Self.moment(Day(number: day.number + 1), 0, 0, 1)
            let (first, second) = isReversed ? (after, before) : (before, after)
            let request = try self.request("k")
            let outcome = try await self.handle(request, pool, now: first) { () async throws in
                #expect(try await self.handle(request, pool, now: second) == .refused(.inFlight))
            }
            #expect(outcome == .done)
            #expect(try await self.handle(request, pool, now: second) == .refused(.answered(Self.answer)))
            #expect(try await self.handle(try self.request("k", 2), pool, now: second) == .refused(.otherRequest))
            #expect(try await self.effects(pool) == 1)
        }
    }

    @Test("around midnight, many requests of both days with one key have one effect")
    func midnightRace() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let day = Day(holding: try await databaseNow(pool).microseconds)
            let moments = [Self.moment(day, 23, 59, 59), Self.moment(Day(number: day.number + 1), 0, 0, 1)]
            for round in 0..<20 {
                let request = try self.request("key-\(round)")
                let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                    for caller in 0..<16 {
                        group.addTask { try await self.handle(request, pool, now: moments[caller % 2]) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.filter { $0 == .done }.count == 1)
            }
            #expect(try await self.effects(pool) == 20)
        }
    }

    @Test("after a claim the transaction waits for locks as long as before")
    func lockTimeout() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let setting = PostgresStatement("select current_setting('lock_timeout')")
            try await pool.withTransaction { transaction in
                let before = try await transaction.query(setting).first?.decode(String.self)
                _ = try await IdempotencyStore.claim(try self.request("k"), in: transaction)
                #expect(try await transaction.query(setting).first?.decode(String.self) == before)
            }
        }
    }

    @Test(
        "keys are 1 to 255 visible ASCII characters",
        arguments: ["", "a b", "ä", "\n", "a\u{7f}", String(repeating: "x", count: 256)])
    func keys(_ text: String) {
        #expect(throws: IdempotencyKeyError.self) { _ = try self.request(text) }
    }
}

extension IdempotencyTests {
    @Test("a batch tells new keys, answered ones, other bodies and repeats within itself apart")
    func batch() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            #expect(try await self.handle(try self.request("old"), pool) == .done)
            let requests = [
                try self.request("new"), try self.request("old"), try self.request("old", 2),
                try self.request("new"), try self.request("new", 2), try self.request("left"),
            ]
            let claims = try await pool.withTransaction { transaction in
                let claims = try await IdempotencyStore.claim(requests, in: transaction)
                try await IdempotencyStore.complete(requests[0].key, with: Self.answer, in: transaction)
                return claims
            }
            #expect(
                claims == [
                    .new, .answered(Self.answer), .otherRequest, .repeated(position: 0), .otherRequest, .new,
                ])
            #expect(try await self.handle(requests[0], pool) == .refused(.answered(Self.answer)))
            // Claimed, but not answered: it failed, and is decided anew.
            #expect(try await self.handle(try self.request("left", 9), pool) == .done)
        }
    }

    @Test("batches that share keys in any order never deadlock, and each key has one effect")
    func batchRace() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let requests = try (0..<40).map { try self.request("key-\($0)") }
            let claims = try await withThrowingTaskGroup(of: [IdempotencyClaim].self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let shuffled = requests.shuffled()
                        return try await pool.withTransaction { transaction in
                            let claims = try await IdempotencyStore.claim(
                                shuffled, waitMilliseconds: 60_000, in: transaction)
                            let new = zip(shuffled, claims).filter { $0.1 == .new }
                            try await IdempotencyStore.complete(
                                new.map { ($0.0.key, Self.answer) }, in: transaction)
                            return claims
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claims.filter { $0 == .new }.count == 40)
            #expect(claims.filter { $0 == .answered(Self.answer) }.count == 440)
        }
    }

    @Test("in a group commit, a key that is in flight elsewhere fails alone")
    func groupCommit() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            let commit = GroupCommit<IdempotencyRequest, IdempotencyClaim>(on: pool.reactor) {
                requests throws(PostgresError) in
                try await Self.databaseErrors {
                    try await pool.withTransaction { transaction in
                        let claims = try await IdempotencyStore.claim(
                            requests, waitMilliseconds: 20, in: transaction)
                        let new = zip(requests, claims).filter { $0.1 == .new }
                        try await IdempotencyStore.complete(new.map { ($0.0.key, Self.answer) }, in: transaction)
                        return claims
                    }
                }
            }
            let held = try self.request("key-13")
            _ = try await self.handle(held, pool) { () async throws in
                let failures = try await withThrowingTaskGroup(of: SQLState?.self) { group in
                    for number in 0..<50 {
                        let request = try self.request("key-\(number)")
                        group.addTask {
                            do throws(PostgresError) {
                                #expect(try await commit.submit(request) == .new)
                                return nil
                            } catch {
                                #expect(request == held)
                                return error.sqlState
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(failures.compactMap { $0 } == [.lockNotAvailable])
            }
        }
    }

    private static func databaseErrors<Value>(
        _ body: () async throws -> Value
    ) async throws(PostgresError) -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.server, "\(error)")
        }
    }

    @Test("an answer for a key that was not claimed is refused, and so is too large a batch")
    func misuse() async throws {
        try await self.withKeys { (pool: PostgresPool) async throws in
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction {
                    try await IdempotencyStore.complete(try self.request("k").key, with: Self.answer, in: $0)
                }
            }
            let many = try (0...IdempotencyStore.maximumBatch).map { try self.request("key-\($0)") }
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { _ = try await IdempotencyStore.claim(many, in: $0) }
            }
        }
    }
}
