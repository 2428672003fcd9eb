import DrivelineTesting
import Events
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct GroupCommitTests {
    static let count = PostgresStatement("select count(*), count(distinct transaction) from item")

    @Test("many commands share few transactions, and a bad one harms nobody else")
    func batches() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(
                """
                create table item (number bigint primary key check (number % 100 <> 7),
                    transaction bigint default txid_current())
                """)
            let commit = GroupCommit<Int64, Int64>(on: pool.reactor) { numbers throws(PostgresError) in
                do {
                    return try await pool.withTransaction { transaction in
                        _ = try await transaction.commit(with: [PostgresCommand(Self.single, numbers)])
                        return numbers
                    }
                } catch let error as PostgresError {
                    throw error
                } catch {
                    throw PostgresError(.server, "\(error)")
                }
            }
            let refused = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<Int64(1_000) {
                    group.addTask {
                        do throws(PostgresError) {
                            #expect(try await commit.submit(number) == number)
                            return false
                        } catch {
                            #expect(error.sqlState == .checkViolation && number % 100 == 7)
                            return true
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refused == 10)
            let (items, transactions) = try #require(try await pool.query(Self.count).first).decode(
                Int64.self, Int64.self)
            #expect(items == 990)
            #expect(transactions < 500)
        }
    }

    static let single = PostgresStatement("insert into item (number) select unnest($1::bigint[])")

    @Test("its transactions wait for the database on the reactor's thread alone")
    func executor() async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        let commit = GroupCommit<Int, Bool>(on: reactor) { numbers throws(PostgresError) in
            // Where else it would go on behind each answer cannot be seen: it is back by then.
            let preferred = withUnsafeCurrentTask { $0?.unownedTaskExecutor }
            return numbers.map { _ in reactor.isOnReactor && preferred == reactor.asUnownedTaskExecutor() }
        }
        #expect(try await commit.submit(1))
    }

    @Test("more than may wait are refused at once")
    func limit() async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var limits = GroupCommit<Int, Int>.Limits()
        limits.waiting = 5
        let commit = GroupCommit<Int, Int>(on: reactor, limits: limits) { numbers throws(PostgresError) in
            try? await Task.sleep(for: .milliseconds(20))
            return numbers
        }
        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    do throws(PostgresError) {
                        _ = try await commit.submit(number)
                        return false
                    } catch {
                        return error.code == .poolExhausted
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused > 0)
    }
}
