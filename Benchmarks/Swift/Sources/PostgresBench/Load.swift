import Postgres

/// What came of the queries.
struct Counts: Sendable {
    var queries = 0
    var errors = 0

    mutating func add(_ other: Counts) {
        self.queries += other.queries
        self.errors += other.errors
    }
}

/// Closed loops: each asks again when it has its answer, until the time is over.
struct Load: Sendable {
    /// Rows of one update.
    static let batchRows = 256
    static let valueBytes = 96
    /// Queries between two looks at the clock: a caller has better things to do.
    static let queriesBetweenLooks = 16

    static let select = PostgresStatement("select value from item where id = $1", readOnly: true)
    static let update = PostgresStatement(
        """
        update stock set on_hand = on_hand + change.delta from unnest($1::bigint[], $2::bigint[]) as change (id, delta) \
        where stock.id = change.id
        """)

    let pool: PostgresPool
    let rows: Int
    let end: ContinuousClock.Instant

    func run(_ form: Form, outstanding: Int) async -> Counts {
        switch form {
        case .select: await self.selects(seed: 1)
        case .update: await self.updates(seed: 1)
        case .pipeline:
            await withTaskGroup(of: Counts.self) { group in
                for seed in 0..<outstanding { group.addTask { await self.selects(seed: UInt64(seed)) } }
                return await group.reduce(into: Counts()) { $0.add($1) }
            }
        }
    }

    private func selects(seed: UInt64) async -> Counts {
        var counts = Counts()
        var random = SplitMix(state: seed)
        repeat {
            for _ in 0..<Self.queriesBetweenLooks {
                counts.queries += 1
                if await !self.isRight(Int64(random.next(below: self.rows))) { counts.errors += 1 }
            }
        } while ContinuousClock.now < self.end
        return counts
    }

    private func isRight(_ id: Int64) async -> Bool {
        guard let row = try? await self.pool.query(Self.select, id).first else { return false }
        return (try? row.decode(String.self).utf8.count) == Self.valueBytes
    }

    private func updates(seed: UInt64) async -> Counts {
        var counts = Counts()
        var random = SplitMix(state: seed)
        let deltas = [Int64](repeating: 1, count: Self.batchRows)
        let step = self.rows / Self.batchRows
        repeat {
            // Ascending and different, so that neither deadlocks nor two changes of one row come into it.
            let ids = (0..<Self.batchRows).map { Int64($0 * step + random.next(below: step)) }
            counts.queries += 1
            let changed = try? await self.pool.query(Self.update, ids, deltas).affected
            if changed != Self.batchRows { counts.errors += 1 }
        } while ContinuousClock.now < self.end
        return counts
    }
}

/// The same numbers as the peer in C draws.
struct SplitMix {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(limit))
    }
}
