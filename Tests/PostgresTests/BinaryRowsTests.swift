import DrivelineTesting
import Postgres
import Testing

@Suite("Rows of a binary COPY, field by field")
struct BinaryRowsTests {
    private static let statement = PostgresStatement(
        joining: [
            "copy (select n::smallint, n::bigint * -1, n % 2 = 0, ",
            "('018f2d6e-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, case when n = 3 then null else 'ä' || n end ",
            "from generate_series(1, 5000) n) to stdout (format binary)",
        ],
        readOnly: true)

    @Test("every field of every row is read as it was sent, over many chunks")
    func fields() async throws {
        try await withPool { pool in
            let (rows, chunks) = try await pool.copyOut(Self.statement) { chunks in
                var (number, count): (Int16, Int) = (0, 0)
                for try await chunk in chunks {
                    var rows = try PostgresBinaryRows(chunk, columns: 5, isFirst: count == 0)
                    count += 1
                    while try rows.next() {
                        number += 1
                        #expect(try rows.int16() == number)
                        #expect(try rows.int64() == -Int64(number))
                        #expect(try rows.bool() == (number % 2 == 0))
                        #expect(
                            try rows.uuid()
                                == PostgresUUID(high: 0x018f_2d6e_0000_7000, low: 0x8000 << 48 | UInt64(number)))
                        #expect(try rows.text() == (number == 3 ? nil : "ä\(number)"))
                    }
                }
                return (number, count)
            }
            #expect(rows == 5_000 && chunks > 1)
        }
    }

    @Test("what ends before its last field, or has other columns, is an error")
    func malformed() throws {
        let row: [UInt8] = [0, 2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 1]
        var whole = try PostgresBinaryRows(row, columns: 2, isFirst: false)
        #expect(try whole.next() && whole.int16() == 258 && whole.bool())
        #expect(try !whole.next())
        for count in 1..<row.count {
            #expect(throws: PostgresError.self) {
                var part = try PostgresBinaryRows(Array(row[..<count]), columns: 2, isFirst: false)
                _ = try part.next()
                _ = try part.int16()
                _ = try part.bool()
            }
        }
        var other = try PostgresBinaryRows(row, columns: 3, isFirst: false)
        #expect(throws: PostgresError.self) { try other.next() }
        var wider = try PostgresBinaryRows(row, columns: 2, isFirst: false)
        #expect(try wider.next())
        #expect(throws: PostgresError.self) { try wider.int64() }
        #expect(throws: PostgresError.self) { try PostgresBinaryRows(row, columns: 2, isFirst: true) }
    }
}
