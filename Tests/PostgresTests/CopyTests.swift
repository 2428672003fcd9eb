import DrivelineTesting
import Foundation
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct CopyTests {
    struct Stop: Error {}

    static let table = "create table item (number bigint check (number >= 0), name text, payload bytea)"
    static let binary = PostgresStatement("copy item (number, name, payload) from stdin (format binary)")
    static let csv = PostgresStatement("copy item (number, name) from stdin (format csv)")
    static let out = PostgresStatement("copy (select number, name from item order by number) to stdout (format csv)")
    static let endless = PostgresStatement(
        "copy (select n, repeat('x', 1000) from generate_series(1, 10000000) n) to stdout", readOnly: true)
    static let count = PostgresStatement("select count(*) from item", readOnly: true)
    static let insert = PostgresStatement("insert into item (number) values ($1)")
    static let number = PostgresStatement("select number, name, payload from item order by number", readOnly: true)

    private func withTable(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool {
            $0.maximumConnections = 1
        } _: { (pool: PostgresPool) async throws in
            try await pool.runScript(Self.table)
            try await body(pool)
        }
    }

    private func stored(_ pool: PostgresPool) async throws -> Int64? {
        try await pool.query(Self.count).first?.decode(Int64.self)
    }

    @Test("typed rows arrive as they are, NULL too, and far more of them than a chunk holds")
    func rows() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let payload = [UInt8](repeating: 7, count: 1_000)
            let copied = try await pool.copyRows(Self.binary) { rows in
                for number in 0..<5_000 {
                    try await rows.append(Int64(number), number % 2 == 0 ? "Teil \(number) ⌀" : nil, payload)
                }
            }
            #expect(copied == 5_000)
            for (number, row) in try await pool.query(Self.number).enumerated() {
                let (stored, name, bytes) = try row.decode(Int64.self, String?.self, [UInt8].self)
                #expect(stored == Int64(number) && bytes == payload)
                #expect(name == (number % 2 == 0 ? "Teil \(number) ⌀" : nil))
            }
        }
    }

    @Test("text goes in and comes out as it was, in chunks of whole rows")
    func text() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let lines = (0..<20_000).map { "\($0),\"Stück, \($0)\"\n" }
            let copied = try await pool.copyIn(Self.csv) { writer in
                // Cut anywhere.
                let bytes = Array(lines.joined().utf8)
                for start in stride(from: 0, to: bytes.count, by: 4_999) {
                    try await writer.write(bytes[start..<min(start + 4_999, bytes.count)])
                }
            }
            #expect(copied == 20_000)
            let text = try await pool.copyOut(Self.out) { chunks in
                var text: [UInt8] = []
                for try await chunk in chunks {
                    #expect(chunk.last == UInt8(ascii: "\n"))
                    text += chunk
                }
                return text
            }
            #expect(String(decoding: text, as: UTF8.self) == lines.joined())
        }
    }

    @Test("a row that the server refuses ends the COPY at once, though its producer would never stop")
    func refusedRow() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.copyIn(Self.csv) { writer in
                    try await writer.write("1,a\n-1,b\n")
                    while true { try await writer.write(String(repeating: "2,c\n", count: 1_000)) }
                }
            }
            #expect(error?.sqlState == .checkViolation)
            #expect(try await self.stored(pool) == 0)
            #expect(await pool.statistics().connections == 1)
        }
    }

    @Test("a body that swallows the server's error does not end well")
    func swallowedError() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.copyIn(Self.csv) { writer in
                    try await writer.write("wrong\n")
                    for _ in 0..<2_000 { try? await writer.write(String(repeating: "2,c\n", count: 1_000)) }
                }
            }
            #expect(error?.sqlState == SQLState("22P02"))
            #expect(try await self.stored(pool) == 0)
        }
    }

    @Test("notices of triggers do not end a COPY")
    func notices() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            try await pool.runScript(
                """
                create function tell() returns trigger language plpgsql as
                    $$ begin raise warning 'row %', new.number; return new; end $$;
                create trigger tell before insert on item for each row execute function tell();
                """)
            let copied = try await pool.copyIn(Self.csv) { writer in
                for number in 0..<40_000 { try await writer.write("\(number),name\n") }
            }
            #expect(copied == 40_000)
        }
    }

    @Test("what the producer throws ends the COPY without effect, and the connection is used again")
    func failingProducer() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let backend = try await pool.query(PoolTests.backend).first?.decode(Int32.self)
            await #expect(throws: Stop.self) {
                try await pool.copyRows(Self.binary) { rows in
                    for number in 0..<500 {
                        try await rows.append(Int64(number), "name", [UInt8](repeating: 1, count: 500))
                    }
                    throw Stop()
                }
            }
            #expect(try await self.stored(pool) == 0)
            #expect(try await pool.query(PoolTests.backend).first?.decode(Int32.self) == backend)
        }
    }

    @Test("a cancelled task ends its COPY without effect, also while the server takes nothing")
    func cancelled() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            try await withPool(beside: pool) { other in
                try await other.withTransaction { blocker in
                    _ = try await blocker.query(PostgresStatement("lock table item in share mode"))
                    let task = Task {
                        try await pool.copyIn(Self.csv) { writer in
                            while true { try await writer.write(String(repeating: "2,c\n", count: 1_000)) }
                        }
                    }
                    try await other.untilWaiting()
                    task.cancel()
                    let result = await task.result
                    let error = #expect(throws: PostgresError.self) { try result.get() }
                    #expect(error?.retry == .safe)
                }
            }
            #expect(try await self.stored(pool) == 0)
        }
    }

    @Test("a COPY belongs to its transaction, and nothing else may run on it meanwhile")
    func transactions() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            try await pool.withTransaction { transaction in
                let copied = try await transaction.copyRows(Self.binary) { rows in
                    try await rows.append(Int64(1), "a", [UInt8]())
                    let error = await #expect(throws: PostgresError.self) {
                        try await transaction.query(Self.insert, Int64(7))
                    }
                    #expect(error?.message.contains("COPY") == true)
                }
                #expect(copied == 1)
                _ = try await transaction.query(Self.insert, Int64(2))
                let text = try await transaction.copyOut(Self.out) { chunks in
                    try await chunks.reduce(into: [UInt8]()) { $0 += $1 }
                }
                #expect(String(decoding: text, as: UTF8.self) == "1,a\n2,\n")
            }
            await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query(Self.insert, Int64(3))
                    _ = try? await transaction.copyIn(Self.csv) { try await $0.write("-3,c\n") }
                }
            }
            #expect(try await self.stored(pool) == 2)
        }
    }

    @Test("a reader that stops is served no further: leaving is allowed, throwing cancels")
    func readers() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            _ = try await pool.copyIn(Self.csv) { writer in
                for number in 0..<30_000 { try await writer.write("\(number),name\n") }
            }
            let first = try await pool.copyOut(Self.out) { chunks in
                for try await chunk in chunks { return chunk.count }
                return 0
            }
            #expect(first > 0)
            #expect(try await self.stored(pool) == 30_000)
            await #expect(throws: Stop.self) {
                try await pool.copyOut(Self.endless) { chunks in
                    for try await _ in chunks { throw Stop() }
                }
            }
            #expect(try await self.stored(pool) == 30_000)
        }
    }

    @Test("a COPY out that fails at the server midway is an error, not an end")
    func failingReader() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let failing = PostgresStatement("copy (select 1 / (5000 - n) from generate_series(1, 10000) n) to stdout")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.copyOut(failing) { chunks in for try await _ in chunks {} }
            }
            #expect(error?.sqlState == SQLState("22012"))
            #expect(try await self.stored(pool) == 0)
        }
    }

    @Test("the reader's pace is the server's: an unread COPY holds a bounded amount of memory")
    func backPressure() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            let writes = PostgresStatement(
                "select wait_event from pg_stat_activity where query like 'copy (select n, repeat%' and state = 'active'"
            )
            await #expect(throws: Stop.self) {
                try await pool.copyOut(Self.endless) { chunks in
                    var iterator = chunks.makeAsyncIterator()
                    _ = try await iterator.next()
                    // 10 GB would come; the server waits for its client instead.
                    try await until { try await pool.query(writes).first?.decode(String?.self) == "ClientWrite" }
                    throw Stop()
                }
            }
        }
    }

    @Test(
        "what is no COPY, or the other one, or two, is refused, and the pool goes on",
        arguments: [
            PostgresStatement("select 1"), PostgresStatement("copy (select 1) to stdout"),
            PostgresStatement("copy item from stdin; copy item from stdin"),
            PostgresStatement("copy nothing from stdin"),
        ])
    func wrongStatements(_ statement: PostgresStatement) async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            await #expect(throws: PostgresError.self) { try await pool.copyIn(statement) { _ in } }
            #expect(try await self.stored(pool) == 0)
        }
    }

    @Test("rows that do not fit the statement are refused before they are sent")
    func misfits() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            let count = await #expect(throws: PostgresError.self) {
                try await pool.copyRows(Self.binary) { try await $0.append(Int64(1), "two") }
            }
            #expect(count?.message.contains("2 values for 3 columns") == true)
            let format = await #expect(throws: PostgresError.self) {
                try await pool.copyRows(Self.csv) { try await $0.append(Int64(1), "two") }
            }
            #expect(format?.message.contains("binary") == true)
            let nul = await #expect(throws: PostgresError.self) {
                try await pool.copyRows(Self.binary) { try await $0.append(Int64(1), "a\0b", [UInt8]()) }
            }
            #expect(nul?.message.contains("row 1, value 2") == true)
            #expect(try await self.stored(pool) == 0)
        }
    }

    static let typed = PostgresStatement(
        "copy typed (small, middle, large, flag, name, id, moment, bytes, place) from stdin (format binary)")

    @Test("rows that are encoded before arrive as they are, NULL too, and far more of them than a chunk holds")
    func encodedRows() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            try await pool.runScript(
                """
                create table typed (small smallint, middle integer, large bigint, flag boolean, name text, id uuid,
                    moment timestamptz, bytes bytea, place tid)
                """)
            let id = PostgresUUID(high: 0x0123_4567_89ab_7def, low: 0x8000_0000_0000_0001)
            var rows = PostgresBinaryCopy(Self.typed, columns: 9)
            for number in 0..<5_000 {
                rows.beginRow()
                rows.append(Int16(-number))
                rows.append(Int32(number) << 16)
                rows.append(Int64(number) << 32)
                rows.append(number % 2 == 0)
                if number % 3 == 0 { rows.appendNull() } else { rows.append("Teil \(number) ⌀") }
                rows.append(id)
                rows.append(PostgresTimestamp(microseconds: Int64(number)))
                rows.append([UInt8](repeating: UInt8(number % 256), count: number % 5))
                rows.append(PostgresTupleID(block: UInt32(number) << 16, offset: UInt16(number)))
            }
            #expect(rows.count == 5_000)
            let copied = try await pool.withTransaction { [rows] transaction in try await transaction.copy(rows) }
            #expect(copied == 5_000)
            let stored = try await pool.query(
                PostgresStatement(
                    "select small, large, flag, name, id, moment, middle, bytes, place from typed order by large"))
            for (number, row) in stored.enumerated() {
                let (small, large, flag, name, storedID, moment, middle, bytes, place) = try row.decode(
                    Int16.self, Int64.self, Bool.self, String?.self, PostgresUUID.self, PostgresTimestamp.self,
                    Int32.self, [UInt8].self, PostgresTupleID.self)
                #expect(place == PostgresTupleID(block: UInt32(number) << 16, offset: UInt16(number)))
                #expect(middle == Int32(number) << 16)
                #expect(bytes == [UInt8](repeating: UInt8(number % 256), count: number % 5))
                #expect(small == Int16(-number) && large == Int64(number) << 32 && flag == (number % 2 == 0))
                #expect(name == (number % 3 == 0 ? nil : "Teil \(number) ⌀") && storedID == id)
                #expect(moment == PostgresTimestamp(microseconds: Int64(number)))
            }
        }
    }

    @Test("rows that are encoded before and do not fit the statement are refused before they are sent")
    func encodedMisfits() async throws {
        try await self.withTable { (pool: PostgresPool) async throws in
            func refusal(
                _ statement: PostgresStatement, _ fill: (inout PostgresBinaryCopy) -> Void
            ) async -> String {
                var rows = PostgresBinaryCopy(statement, columns: 2)
                rows.beginRow()
                fill(&rows)
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.withTransaction { [rows] transaction in _ = try await transaction.copy(rows) }
                }
                return error?.message ?? ""
            }
            let two = PostgresStatement("copy item (number, name) from stdin (format binary)")
            #expect(await refusal(two) { $0.append(Int64(1)) }.contains("row 1: it has 1 values for 2 columns"))
            let short = await refusal(two) { rows in
                rows.append(Int64(1))
                rows.beginRow()
                rows.append(Int64(2))
                rows.append("b")
            }
            #expect(short.contains("row 1: it has 1 values for 2 columns"))
            let nul = await refusal(two) { rows in
                rows.append(Int64(1))
                rows.append("a\0b")
            }
            #expect(nul.contains("row 1: text with NUL"))
            let text = await refusal(Self.csv) { rows in
                rows.append(Int64(1))
                rows.append("a")
            }
            #expect(text.contains("binary"))
            #expect(try await self.stored(pool) == 0)
        }
    }
}
