import DrivelineTesting
import Logging
import Partitioning
import Postgres
import Testing

/// A database of its own with tables and the partitions of now.
func withStore(
    _ schemas: String..., partitions: [Partitions] = [],
    configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresPool) async throws -> Void
) async throws {
    try await withPool(on: nil, configure) { (pool: PostgresPool) async throws in
        for schema in schemas { try await pool.runScript(schema) }
        let day = Day(holding: try await databaseNow(pool).microseconds)
        for statement in partitions.flatMap({ $0.creating(on: day) }) { try await pool.runScript(statement) }
        try await body(pool)
    }
}

private let now = PostgresStatement("select now()", readOnly: true)

/// The database's clock.
func databaseNow(_ pool: PostgresPool) async throws -> PostgresTimestamp {
    try #require(try await pool.query(now).first).decode(PostgresTimestamp.self)
}

/// One number that a statement gives.
func number(_ text: StaticString, _ pool: PostgresPool) async throws -> Int64 {
    try #require(try await pool.query(PostgresStatement(text)).first).decode(Int64.self)
}

/// Waits, by looking again and again, for what another task brings about.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Random numbers that come again with the same seed. Source: splitmix64 by Sebastiano Vigna.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
