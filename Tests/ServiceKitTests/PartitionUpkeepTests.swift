import DrivelineTesting
import Partitioning
import Postgres
import Testing

@testable import ServiceKit

@Suite("Looking after partitions", .timeLimit(.minutes(5)))
struct PartitionUpkeepTests {
    private static let schema =
        "create table event (at timestamptz not null) partition by range (at);"
        + "create table key (at timestamptz not null) partition by range (at)"
    private static let day = Day(year: 2026, month: 12, day: 30)
    private static let tables = [
        Partitions(table: "event", period: .month, retained: 2), Partitions(table: "key", period: .day, retained: 1),
    ]

    @Test("It makes what is coming, then nothing; later it drops what is past its retention")
    func life() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.schema)
            let upkeep = PartitionUpkeep(Self.tables, pool, lockMilliseconds: 60_000)
            #expect(throws: PartitionUpkeep.MissingPartition.self) { try upkeep.check(on: Self.day) }
            #expect(try await upkeep.run(on: Self.day).count == 10)
            #expect(try await upkeep.run(on: Self.day).isEmpty)
            try upkeep.check(on: Self.day)
            _ = try await pool.query(PostgresStatement("insert into key values ('2027-01-01 12:00+00')"))
            let later = Day(number: Self.day.number + 3)
            #expect(throws: PartitionUpkeep.MissingPartition.self) { try upkeep.check(on: later) }
            let statements = try await upkeep.run(on: later)
            #expect(statements.contains("drop table if exists key_20261229"))
            #expect(!statements.contains { $0.hasPrefix("drop table if exists event") })
            try upkeep.check(on: later)
        }
    }

    @Test("Coarse statistics are asked for of each column of a new partition, and of no other table's")
    func coarseStatistics() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.schema)
            let tables = [
                Partitions(table: "event", period: .month, retained: 2, upkeep: .coarseStatistics), Self.tables[1],
            ]
            let upkeep = PartitionUpkeep(tables, pool, lockMilliseconds: 60_000)
            #expect(try await upkeep.run(on: Self.day).count == 10)
            let targets = PostgresStatement(
                """
                select relname::text || ' ' || attstattarget from pg_attribute join pg_class c on c.oid = attrelid
                where relname in ('event_202612', 'event_202703', 'key_20261230') and relkind = 'r' and attnum > 0
                order by 1
                """)
            #expect(
                try await pool.query(targets).map { try $0.decode(String.self) } == [
                    "event_202612 10", "event_202703 10", "key_20261230 -1",
                ])
        }
    }

    @Test("Of many copies at once each finds all partitions, and each statement is carried out once")
    func together() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.schema)
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let upkeep = PartitionUpkeep(Self.tables, pool, lockMilliseconds: 60_000)
                        let count = try await upkeep.run(on: Self.day).count
                        try upkeep.check(on: Self.day)
                        return count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.reduce(0, +) == 10)
        }
    }

    @Test("A reader that holds the table's lock makes it give up, not queue for ever; the next look succeeds")
    func lockTimeout() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.schema)
            let upkeep = PartitionUpkeep(Self.tables, pool, lockMilliseconds: 50)
            try await pool.withTransaction { transaction in
                _ = try await transaction.query(PostgresStatement("select count(*) from event"))
                let error = await #expect(throws: PostgresError.self) { try await upkeep.run(on: Self.day) }
                #expect(error?.sqlState == .lockNotAvailable)
                #expect(throws: PartitionUpkeep.MissingPartition.self) { try upkeep.check(on: Self.day) }
            }
            let patient = PartitionUpkeep(Self.tables, pool, lockMilliseconds: 60_000)
            #expect(try await patient.run(on: Self.day).count == 10)
        }
    }
}
