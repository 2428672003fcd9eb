import DrivelineTesting
import Postgres
import Testing

/// Values go to the server and back; the server parses them and writes them anew.
@Suite struct ValueTests {
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ value: Value, _ statement: PostgresStatement, on pool: PostgresPool
    ) async throws {
        let rows = try await pool.query(statement, value)
        #expect(try rows.first?.decode(Value.self) == value)
    }

    @Test("random values of every type come back as they were")
    func scalars() async throws {
        var random = SystemRandomNumberGenerator()
        try await withPool { (pool: PostgresPool) async throws in
            for _ in 0..<200 {
                let integer = Int64.random(in: .min ... .max, using: &random)
                try await self.roundTrip(integer, PostgresStatement("select $1::bigint"), on: pool)
                try await self.roundTrip(
                    Int32(truncatingIfNeeded: integer), PostgresStatement("select $1::integer"), on: pool)
                try await self.roundTrip(
                    PostgresUUID(high: UInt64(bitPattern: integer), low: random.next()),
                    PostgresStatement("select $1::uuid"), on: pool)
                let scale = Int.random(in: 0...18, using: &random)
                let coefficient = Int64.random(in: -999_999_999_999_999_999...999_999_999_999_999_999, using: &random)
                let numeric = try #require(PostgresNumeric(coefficient: coefficient, scale: scale))
                try await self.roundTrip(numeric, PostgresStatement("select $1::numeric"), on: pool)
                try await self.roundTrip(
                    PostgresTimestamp(microseconds: Int64.random(in: -60_000_000_000_000_000...90_000_000_000_000_000)),
                    PostgresStatement("select $1::timestamptz"), on: pool)
            }
        }
    }

    @Test("texts, bytes and nulls come back as they were, alone and in arrays")
    func arrays() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            let texts: [String?] = ["", "a", nil, "Bremsbeläge ⌀ 300 mm", "\u{1F697}", "'; drop table item"]
            try await self.roundTrip(texts, PostgresStatement("select $1::text[]"), on: pool)
            try await self.roundTrip([String?](), PostgresStatement("select $1::text[]"), on: pool)
            let bytes: [[UInt8]] = [[], [0], Array(0...255)]
            try await self.roundTrip(bytes, PostgresStatement("select $1::bytea[]"), on: pool)
            for value in bytes { try await self.roundTrip(value, PostgresStatement("select $1::bytea"), on: pool) }
            for text in texts { try await self.roundTrip(text, PostgresStatement("select $1::text"), on: pool) }
            try await self.roundTrip([Int64.min, 0, .max], PostgresStatement("select $1::bigint[]"), on: pool)
            try await self.roundTrip([true, false], PostgresStatement("select $1::boolean[]"), on: pool)
            try await self.roundTrip(Double.pi, PostgresStatement("select $1::double precision"), on: pool)
            try await self.roundTrip(
                PostgresJSON(#"{"a": [1, "x", null]}"#), PostgresStatement("select $1::jsonb"), on: pool)
        }
    }

    @Test("the server reads a number as it was meant")
    func numerics() async throws {
        let statement = PostgresStatement("select $1::numeric::text")
        try await withPool { (pool: PostgresPool) async throws in
            for (coefficient, scale, text) in [
                (Int64(0), 0, "0"), (1, 0, "1"), (-12_345, 2, "-123.45"), (1, 6, "0.000001"), (10_000, 0, "10000"),
                (100_000_000, 4, "10000.0000"), (5, 1, "0.5"), (.max, 6, "9223372036854.775807"), (0, 3, "0.000"),
            ] {
                let numeric = try #require(PostgresNumeric(coefficient: coefficient, scale: scale))
                #expect(try await pool.query(statement, numeric).first?.decode(String.self) == text)
            }
        }
    }

    @Test(
        "what does not fit is an error that names the column",
        arguments: [
            ("select 'NaN'::numeric as odd", "odd"), ("select 1e30::numeric as odd", "odd"),
            ("select null::numeric as odd", "odd"), ("select 'text' as odd", "odd"), ("select 1.5::real as odd", "odd"),
        ])
    func misfits(_ sql: String, _ column: String) async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await pool.runScript("create view misfit as \(sql)")
            let rows = try await pool.query(PostgresStatement("select * from misfit"))
            let error = #expect(throws: PostgresError.self) { try rows.first?.decode(PostgresNumeric.self) }
            #expect(error?.code == .decoding)
            #expect(error?.column == column)
        }
    }

    @Test("several columns are decoded at once, and too few are an error")
    func rows() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            let rows = try await pool.query(
                PostgresStatement("select 1::bigint as id, 'x' as name, null::integer as size"))
            let row = try #require(rows.first)
            let (id, name, size) = try row.decode(Int64.self, String.self, Int32?.self)
            #expect(id == 1 && name == "x" && size == nil)
            #expect(try row.decode(String.self, column: "name") == "x")
            #expect(throws: PostgresError.self) {
                try row.decode(Int64.self, String.self, Int32?.self, Int64.self)
            }
        }
    }

    @Test("a UUID's text is read and written")
    func uuids() throws {
        let text = "018f2d6e-1234-7abc-8def-0123456789ab"
        #expect(PostgresUUID(text)?.description == text)
        for wrong in [
            "", "018f2d6e12347abc8def0123456789ab", text + "0", String(text.dropLast()), "g" + text.dropFirst(),
        ] {
            #expect(PostgresUUID(wrong) == nil)
        }
        var random = SystemRandomNumberGenerator()
        let made = PostgresUUID(milliseconds: 1_700_000_000_000, using: &random)
        #expect(made.high >> 16 == 1_700_000_000_000)
        #expect(made.description.dropFirst(14).first == "7")
        #expect("89ab".contains(made.description.dropFirst(19).first ?? "-"))
    }
}
