import InventoryDomain
import TestSupport
import Testing

@testable import InventoryService

@Suite("What is known of the database's clock between two readings") struct DatabaseClockTests {
    private static let begin = ContinuousClock.now

    private func instant(_ microseconds: Int64) -> ContinuousClock.Instant {
        Self.begin.advanced(by: .microseconds(microseconds))
    }

    @Test("nothing is told before the first reading, and none that is older than a second")
    func age() {
        var estimate = ClockEstimate()
        #expect(estimate.now(at: self.instant(0)) == nil)
        estimate.read(Timestamp(microseconds: 5_000_000), asked: self.instant(0), answered: self.instant(400))
        #expect(estimate.now(at: self.instant(400)) == Timestamp(microseconds: 5_000_000))
        #expect(estimate.now(at: self.instant(1_000_400)) == Timestamp(microseconds: 5_999_000))
        #expect(estimate.now(at: self.instant(1_000_401)) == nil)
    }

    @Test("a reading whose answer took long does not set it back")
    func slowAnswer() {
        var estimate = ClockEstimate()
        estimate.read(Timestamp(microseconds: 1_000), asked: self.instant(900), answered: self.instant(1_000))
        estimate.read(Timestamp(microseconds: 2_000), asked: self.instant(1_900), answered: self.instant(9_000))
        #expect(estimate.now(at: self.instant(9_000)) == Timestamp(microseconds: 8_992))
    }

    @Test("a clock that was set back is followed")
    func setBack() {
        var estimate = ClockEstimate()
        estimate.read(Timestamp(microseconds: 60_000_000), asked: self.instant(0), answered: self.instant(100))
        estimate.read(Timestamp(microseconds: 1_000), asked: self.instant(1_000), answered: self.instant(1_100))
        #expect(estimate.now(at: self.instant(1_100)) == Timestamp(microseconds: 1_000))
    }

    @Test("no time is too long, and no reading too late")
    func extremes() {
        var estimate = ClockEstimate()
        estimate.read(Timestamp(microseconds: .max), asked: self.instant(0), answered: self.instant(0))
        #expect(estimate.now(at: self.instant(0)) == Timestamp(microseconds: .max))
        #expect(estimate.now(at: self.instant(900_000)) == nil)
        #expect(estimate.now(at: self.instant(-5)) == Timestamp(microseconds: .max))
        estimate.read(Timestamp(microseconds: .min), asked: self.instant(1), answered: self.instant(2))
        #expect(estimate.now(at: self.instant(2)) == Timestamp(microseconds: .min))
    }

    /// The database's clock as it is: it goes a little faster or slower than this process's.
    private struct TrueClock {
        var moment = 1_000_000.0
        var instant: Int64 = 0

        mutating func pass(_ microseconds: Int64, rate: Double) {
            self.instant += microseconds
            self.moment += Double(microseconds) * rate
        }

        var reading: Timestamp { Timestamp(microseconds: Int64(self.moment)) }
    }

    @Test("random readings of a clock that is slowed and hurried: never later than it is, never back")
    func history() {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<200 {
            var clock = TrueClock()
            var estimate = ClockEstimate()
            var last = Timestamp(microseconds: 0)
            for _ in 0..<200 {
                let rate = Double.random(in: 0.9995...1.0005, using: &random)
                let asked = self.instant(clock.instant)
                clock.pass(.random(in: 0...20_000, using: &random), rate: rate)
                let reading = clock.reading
                clock.pass(.random(in: 0...20_000, using: &random), rate: rate)
                // Another transaction may ask while this reading is on its way.
                self.expect(estimate, clock, notBefore: &last)
                estimate.read(reading, asked: asked, answered: self.instant(clock.instant))
                for longest: Int64 in [1_000, 100_000, 900_000] {
                    clock.pass(.random(in: 0...longest, using: &random), rate: rate)
                    self.expect(estimate, clock, notBefore: &last)
                }
            }
        }
    }

    private func expect(_ estimate: ClockEstimate, _ clock: TrueClock, notBefore last: inout Timestamp) {
        guard let now = estimate.now(at: self.instant(clock.instant)) else { return }
        #expect(now <= clock.reading && now >= last)
        last = now
    }
}
