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

    @Test(
        "the ends of time come back as they were, and are the server's",
        arguments: [
            (PostgresTimestamp.infinity, "infinity"), (.negativeInfinity, "-infinity"),
        ])
    func infiniteTimestamps(end: PostgresTimestamp, text: String) async throws {
        try await withPool { (pool: PostgresPool) async throws in
            try await self.roundTrip(end, PostgresStatement("select $1::timestamptz"), on: pool)
            let rows = try await pool.query(PostgresStatement("select $1::timestamptz::text"), end)
            #expect(try rows.first?.decode(String.self) == text)
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

    private func arrayRoundTrip<Value>(
        _ values: [Value?], _ statement: PostgresStatement, on pool: PostgresPool
    ) async throws where Value: PostgresEncodable & PostgresDecodable & PostgresElement & Equatable {
        try await self.roundTrip(values, statement, on: pool)
        try await self.roundTrip(values.compactMap(\.self), statement, on: pool)
        try await self.roundTrip([Value?](), statement, on: pool)
        try await self.roundTrip([nil, nil] as [Value?], statement, on: pool)
        let rows = try await pool.query(statement, values)
        if values.contains(where: { $0 == nil }) {
            #expect(throws: PostgresError.self) { try rows.first?.decode([Value].self) }
        }
    }

    @Test("arrays of every type come back as they were, with NULL in them; where none may be, it is an error")
    func arraysWithNulls() async throws {
        let id = PostgresUUID(high: 1, low: .max)
        try await withPool { (pool: PostgresPool) async throws in
            try await self.arrayRoundTrip(
                [Int64.min, nil, .max], PostgresStatement("select $1::bigint[]"), on: pool)
            try await self.arrayRoundTrip(
                [Int32.min, nil, .max], PostgresStatement("select $1::integer[]"), on: pool)
            try await self.arrayRoundTrip(
                [Int16.min, nil, .max], PostgresStatement("select $1::smallint[]"), on: pool)
            try await self.arrayRoundTrip([true, nil, false], PostgresStatement("select $1::boolean[]"), on: pool)
            try await self.arrayRoundTrip(["", nil, "ä"], PostgresStatement("select $1::text[]"), on: pool)
            try await self.arrayRoundTrip(
                [[], nil, [0, 255]] as [[UInt8]?], PostgresStatement("select $1::bytea[]"), on: pool)
            try await self.arrayRoundTrip([id, nil], PostgresStatement("select $1::uuid[]"), on: pool)
            try await self.arrayRoundTrip(
                [PostgresTupleID(block: .max - 1, offset: 1), nil], PostgresStatement("select $1::tid[]"), on: pool)
            try await self.arrayRoundTrip(
                [PostgresTimestamp(microseconds: -1), nil], PostgresStatement("select $1::timestamptz[]"), on: pool)
            try await self.arrayRoundTrip(
                [PostgresJSON("[1]"), nil], PostgresStatement("select $1::jsonb[]"), on: pool)
            try await self.arrayRoundTrip(
                [PostgresNumeric(coefficient: -5, scale: 1), nil], PostgresStatement("select $1::numeric[]"), on: pool)
            try await self.arrayRoundTrip([-0.5, nil], PostgresStatement("select $1::double precision[]"), on: pool)
        }
    }

    @Test("the server means by its text what we mean by the value, both ways")
    func literals() async throws {
        try await withPool { (pool: PostgresPool) async throws in
            func check<Value: PostgresEncodable & PostgresDecodable & Equatable>(
                _ value: Value, _ text: String, _ write: PostgresStatement, _ read: PostgresStatement
            ) async throws {
                #expect(try await pool.query(write, value).first?.decode(String.self) == text)
                #expect(try await pool.query(read, text).first?.decode(Value.self) == value)
            }
            try await check(
                Int64(-9_007_199_254_740_993), "-9007199254740993", PostgresStatement("select $1::bigint::text"),
                PostgresStatement("select $1::text::bigint"))
            try await check(
                Int32(-70_000), "-70000", PostgresStatement("select $1::integer::text"),
                PostgresStatement("select $1::text::integer"))
            try await check(
                true, "true", PostgresStatement("select $1::boolean::text"),
                PostgresStatement("select $1::text::boolean"))
            try await check(
                [0x00, 0xff] as [UInt8], "\\x00ff", PostgresStatement("select $1::bytea::text"),
                PostgresStatement("select $1::text::bytea"))
            try await check(
                PostgresUUID(high: 0x018f_2d6e_1234_7abc, low: 0x8def_0123_4567_89ab),
                "018f2d6e-1234-7abc-8def-0123456789ab", PostgresStatement("select $1::uuid::text"),
                PostgresStatement("select $1::text::uuid"))
            try await check(
                PostgresJSON(#"{"a": null}"#), #"{"a": null}"#, PostgresStatement("select $1::jsonb::text"),
                PostgresStatement("select $1::text::jsonb"))
            try await check(
                PostgresTimestamp(microseconds: 1_700_000_000_123_456), "2023-11-14 22:13:20.123456",
                PostgresStatement("select ($1::timestamptz at time zone 'UTC')::text"),
                PostgresStatement("select $1::text::timestamp at time zone 'UTC'"))
            try await check(
                ["a,b", nil, "NULL"] as [String?], #"{"a,b",NULL,"NULL"}"#,
                PostgresStatement("select $1::text[]::text"), PostgresStatement("select $1::text::text[]"))
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
