internal import Partitioning
internal import Postgres
internal import Synchronization

/// Makes and drops the partitions of some tables on a given day.
final class PartitionUpkeep: Sendable {
    /// How long a statement waits for a table's lock, in milliseconds: everybody who comes later waits behind it.
    static let lockMilliseconds = 2_000

    /// A table that lacks a partition that it needs now or soon.
    struct MissingPartition: Error {
        let table: String
    }

    private let tables: [Partitions]
    private let pool: PostgresPool
    private let lockMilliseconds: Int
    /// The partitions by table, as the last look that succeeded found them.
    private let known = Mutex<[String: [String]]>([:])

    init(_ tables: [Partitions], _ pool: PostgresPool, lockMilliseconds: Int) {
        self.tables = tables
        self.pool = pool
        self.lockMilliseconds = lockMilliseconds
    }

    /// Does what is due.
    ///
    /// - Returns: The statements that were carried out. Of several processes that do the same at once, one gives them.
    func run(on day: Day) async throws -> [String] {
        var done: [String] = []
        for table in self.tables {
            done += try await self.change(table) { table.creating(existing: $0, on: day) }
            // By itself, so that a reader of an old partition does not keep the new ones from being made.
            done += try await self.change(table) { table.dropping(existing: $0, on: day) }
        }
        return done
    }

    /// - Throws: ``MissingPartition``.
    func check(on day: Day) throws(MissingPartition) {
        let known = self.known.withLock { $0 }
        for table in self.tables where !table.areReady(existing: known[table.tableName] ?? [], on: day) {
            throw MissingPartition(table: table.tableName)
        }
    }

    private func change(_ table: Partitions, _ statements: ([String]) -> [String]) async throws -> [String] {
        let existing = try await self.existing(table) { statement in
            try await self.pool.query(statement, table.tableName)
        }
        guard !statements(existing).isEmpty else {
            self.known.withLock { $0[table.tableName] = existing }
            return []
        }
        let (done, left) = try await self.pool.withTransaction { transaction in
            _ = try await transaction.query(Self.limitLocks, "\(self.lockMilliseconds)")
            _ = try await transaction.query(Self.takeTurn, table.tableName)
            // Another process may have done it in the meantime.
            let existing = try await self.existing(table) { try await transaction.query($0, table.tableName) }
            let due = statements(existing)
            for statement in due { try await transaction.runScript(statement) }
            return (due, try await self.existing(table) { try await transaction.query($0, table.tableName) })
        }
        self.known.withLock { $0[table.tableName] = left }
        return done
    }

    private func existing(
        _ table: Partitions, _ query: (PostgresStatement) async throws -> PostgresRows
    ) async throws -> [String] {
        try await query(Self.partitions).map { try $0.decode(String.self) }
    }

    private static let limitLocks = PostgresStatement("select set_config('lock_timeout', $1, true)")

    /// "part" in ASCII, and the table.
    private static let takeTurn = PostgresStatement("select pg_advisory_xact_lock(1885434484, hashtext($1))::text")

    private static let partitions = PostgresStatement(
        """
        select child.relname::text from pg_inherits join pg_class as child on child.oid = inhrelid
        where inhparent = to_regclass($1) order by 1
        """)
}
