import Buckets
import Partitioning
import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct PartitionsTests {
    @Test("days are found by their date, and dates by their day")
    func days() {
        for (text, number) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-24", 20_781), ("1969-12-31", -1)] {
            #expect(Day(number: number).description == text)
        }
        for number in stride(from: -800_000, through: 800_000, by: 37) {
            let day = Day(number: number)
            #expect(Day(year: day.year, month: day.month, day: day.day) == day)
        }
        #expect(Day(holding: -1).number == -1)
        #expect(Day(holding: 86_400_000_000).number == 1)
    }

    @Test("partitions follow each other without a gap, over the end of a year too")
    func bounds() {
        let statements = Partitions(table: "event", period: .month, retained: 2).creating(
            on: Day(year: 2026, month: 11, day: 24))
        #expect(statements.count == 5)
        #expect(statements.last?.contains("event_202702") == true)
        #expect(statements.last?.contains("'2027-02-01 00:00:00+00') to ('2027-03-01 00:00:00+00'") == true)
    }

    @Test("partitions are left to the server's own vacuum unless they are not worth it")
    func vacuum() {
        let day = Day(year: 2026, month: 11, day: 24)
        let vacuumed = Partitions(table: "key", period: .day, retained: 2).creating(on: day)
        let others = Partitions(table: "key", period: .day, retained: 2, upkeep: .none).creating(on: day)
        #expect(others == vacuumed.map { $0 + " with (autovacuum_enabled = off)" })
        let coarse = Partitions(table: "key", period: .day, retained: 2, upkeep: .coarseStatistics).creating(on: day)
        #expect(zip(coarse, vacuumed).allSatisfy { $0.hasPrefix($1 + "; ") })
    }

    @Test("partitions by UUID have the milliseconds of their days as bounds")
    func uuidBounds() {
        let statements = Partitions(table: "job", period: .month, retained: 1, key: .uuid).creating(
            on: Day(year: 2026, month: 11, day: 24))
        let milliseconds = Int64(Day(year: 2026, month: 11, day: 1).number) * 86_400_000
        var random = SystemRandomNumberGenerator()
        let first = PostgresUUID(milliseconds: milliseconds, using: &random).description
        let before = PostgresUUID(milliseconds: milliseconds - 1, using: &random).description
        let bound = first.prefix(13) + "-0000-0000-000000000000"
        #expect(statements[1].contains("job_202611 partition of job for values from ('\(bound)')"))
        #expect(before < bound && bound < first)
    }

    @Test("only what is older than the retention is dropped, and only what is a partition's name")
    func dropping() {
        let partitions = Partitions(table: "key", period: .day, retained: 2)
        let existing = [
            "key_20261120", "key_20261121", "key_20261122", "key_20261123", "key_2026112x", "other_20200101",
        ]
        #expect(
            partitions.dropping(existing: existing, on: Day(year: 2026, month: 11, day: 24)) == [
                "drop table if exists key_20261120", "drop table if exists key_20261121",
            ])
    }

    @Test("a bucket never changes, and buckets are filled evenly")
    func buckets() {
        #expect(Bucket(brand: (1, 2), key: "BRK-1001").number == Bucket(brand: (1, 2), key: "BRK-1001").number)
        var counts = [Int](repeating: 0, count: Bucket.count)
        for number in 0..<64_000 { counts[Int(Bucket(brand: (7, 9), key: "SKU-\(number)").number)] += 1 }
        #expect(counts.allSatisfy { (800...1_200).contains($0) })
        #expect(Bucket(number: 64) == nil && Bucket(number: -1) == nil)
        #expect(Bucket.all.map(\.number) == Array(0..<64))
    }
}
