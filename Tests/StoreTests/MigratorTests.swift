import DrivelineTesting
import Migrations
import Postgres
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct MigratorTests {
    /// A database of its own, and what migrates it.
    private struct Fixture {
        let pool: PostgresPool
        let configuration: PostgresConfiguration

        func migrator(
            _ migrations: [Migration], limits: Migrator.Limits = Migrator.Limits(),
            progress: @escaping @Sendable (Migrator.Progress) -> Void = { _ in }
        ) throws -> Migrator {
            Migrator(
                self.configuration, on: self.pool.reactor, try MigrationSet(migrations), limits: limits,
                progress: progress)
        }

        func up(_ migrations: [Migration]) async throws -> MigrationStatus {
            try await self.migrator(migrations).up(allowsNewer: false)
        }

        func pending(_ migrations: [Migration]) async throws -> [Int] {
            try await self.migrator(migrations).status().pending
        }

        func exists(_ table: String) async throws -> Bool {
            try await self.pool.query(Self.exists, table).first?.decode(Bool.self) == true
        }

        private static let exists = PostgresStatement("select to_regclass($1) is not null")
    }

    private static let item = Migration.component(1, "item", "create table item (number bigint primary key)")
    private static let price = Migration.component(2, "price", "alter table item add price bigint")

    private func withFixture(_ body: (Fixture) async throws -> Void) async throws {
        var configuration: PostgresConfiguration?
        let keep = { (made: inout PostgresConfiguration) in configuration = made }
        try await withPool(on: nil, keep) { (pool: PostgresPool) async throws in
            try await body(Fixture(pool: pool, configuration: try #require(configuration)))
        }
    }

    private func error(_ work: () async throws -> MigrationStatus) async -> MigrationError? {
        do {
            _ = try await work()
            return nil
        } catch {
            return error as? MigrationError
        }
    }

    @Test("a fresh database gets all, a repetition nothing, a further migration only itself")
    func up() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            let before = try await fixture.migrator([Self.item]).status()
            #expect(before.pending == [1])
            #expect(try await !fixture.exists("schema_migration"))
            #expect(try await fixture.up([Self.item]).isUpToDate)
            let applied = Mutex<[Int]>([])
            let migrator = try fixture.migrator([Self.item, Self.price]) { progress in
                if case .applied(let migration, _) = progress { applied.withLock { $0.append(migration.number) } }
            }
            #expect(try await migrator.up(allowsNewer: false).isUpToDate)
            #expect(try await migrator.up(allowsNewer: false).isUpToDate)
            #expect(applied.withLock { $0 } == [2])
        }
    }

    @Test("many that start at once all end well, and each migration runs once")
    func together() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            let index = """
                \(Migration.noTransactionMark)
                drop index concurrently if exists item_by_price;
                create index concurrently item_by_price on item (price);
                """
            let migrations = [
                Self.item, Self.price, .component(3, "slow", "insert into item values (1); select pg_sleep(0.3)"),
                .component(4, "index", index),
            ]
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<5 { group.addTask { try await fixture.up(migrations).isUpToDate } }
                for try await isUpToDate in group { #expect(isUpToDate) }
            }
            #expect(try await fixture.exists("item_by_price"))
        }
    }

    @Test("one that fails in the middle leaves nothing of itself, and says number, name and line")
    func failure() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            let bad = Migration.component(
                2, "bad", "create table half (a int);\n\ninsert into item values (1);\ninsert into item\n values (1);")
            let error = await self.error { try await fixture.up([Self.item, bad]) }
            #expect(error?.code == .failed)
            #expect(error?.cause?.sqlState == .uniqueViolation)
            #expect(error?.description.hasPrefix("the migration 2 (bad) failed in line 4: duplicate key") == true)
            #expect(error?.description.hasSuffix("nothing of it was applied") == true)
            #expect(try await !fixture.exists("half"))
            #expect(try await fixture.pending([Self.item, bad]) == [2])
            let typo = Migration.component(2, "typo", "create table half (\n  a int,\n  b itn\n)")
            let second = await self.error { try await fixture.up([Self.item, typo]) }
            #expect(second?.description.contains("failed in line 3: type \"itn\" does not exist") == true)
            #expect(try await fixture.up([Self.item, Self.price]).isUpToDate)
        }
    }

    @Test("a migration that was changed after it was applied is refused, and one that slipped in before")
    func changed() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            _ = try await fixture.up([Self.item])
            let changed = Migration.component(1, "item", "create table item (number int primary key)")
            let error = await self.error { try await fixture.up([changed, Self.price]) }
            #expect(error?.code == .changed)
            #expect(error?.description.contains("the migration 1 (item) is not the one that was applied") == true)
            #expect(try await fixture.pending([Self.item, Self.price]) == [2])
        }
    }

    @Test("a database that a newer version has migrated is refused, unless the caller goes on with it")
    func newer() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            _ = try await fixture.up([Self.item, Self.price])
            let error = await self.error { try await fixture.up([Self.item]) }
            #expect(error?.code == .newerDatabase)
            let status = try await fixture.migrator([Self.item]).up(allowsNewer: true)
            #expect(status.isUpToDate && status.newerNumber == 2)
        }
    }

    @Test("a migration gives up its place in the queue for a lock, and ends well when the lock is free")
    func lockTimeout() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            _ = try await fixture.up([Self.item])
            var limits = Migrator.Limits()
            limits.lockMilliseconds = 50
            limits.lockTries = 10_000
            let (retries, retried) = AsyncStream.makeStream(of: Void.self)
            let patient = try fixture.migrator([Self.item, Self.price], limits: limits) { progress in
                if case .retrying = progress { retried.yield() }
            }
            limits.lockTries = 2
            let impatient = try fixture.migrator([Self.item, Self.price], limits: limits)
            let running = try await fixture.pool.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("select count(*) from item"))
                let error = await self.error { try await impatient.up(allowsNewer: false) }
                #expect(error?.code == .busy)
                #expect(error?.description.contains("did not get its locks in 2 tries of 50 ms") == true)
                let running = Task { try await patient.up(allowsNewer: false) }
                for await _ in retries { break }
                return running
            }
            #expect(try await running.value.isUpToDate)
        }
    }

    @Test("another process that migrates is waited for only so long")
    func waiting() async throws {
        try await self.withFixture { (fixture: Fixture) async throws in
            let (waits, waited) = AsyncStream.makeStream(of: Void.self)
            let slow = Migration.component(
                1, "slow", "create table item (); select pg_sleep(600)")
            var limits = Migrator.Limits()
            limits.waitMilliseconds = 0
            let first = try fixture.migrator([slow]) { progress in
                if case .applying = progress { waited.yield() }
            }
            let running = Task { try await first.up(allowsNewer: false) }
            for await _ in waits { break }
            let second = try fixture.migrator([Self.item], limits: limits)
            let error = await self.error { try await second.up(allowsNewer: false) }
            #expect(error?.code == .busy)
            #expect(error?.description.contains("another process has been migrating") == true)
            let ended = PostgresStatement(
                """
                select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%'
                    and pid <> pg_backend_pid() and datname = current_database()
                """)
            while try await fixture.pool.query(ended).isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            let ending = await self.error { try await running.value }
            #expect(ending?.code == .failed)
            #expect(try await fixture.up([Self.item]).isUpToDate)
        }
    }
}
