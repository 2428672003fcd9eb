import Testing
import Wire

@Suite("Counting events by the second")
struct RateWindowTests {
    @Test("The limit's last event is taken, the next is not")
    func limit() {
        var window = RateWindow(limit: 3)
        let start: UInt64 = 5_000_000_000
        #expect(window.record(at: start) == true)
        #expect(window.record(at: start) == true)
        #expect(window.record(at: start + 999_999_999) == true)
        #expect(window.record(at: start + 999_999_999) == false)
        #expect(window.record(at: start + 999_999_999) == false)
    }

    @Test("A second after the window began a new one begins")
    func newWindow() {
        var window = RateWindow(limit: 1)
        #expect(window.record(at: 7_000_000_000) == true)
        #expect(window.record(at: 7_999_999_999) == false)
        #expect(window.record(at: 8_000_000_000) == true)
        #expect(window.record(at: 8_999_999_999) == false)
        #expect(window.record(at: 20_000_000_000) == true)
    }

    @Test("Resetting forgets the window's events")
    func reset() {
        var window = RateWindow(limit: 1)
        #expect(window.record(at: 2_000_000_000) == true)
        window.reset()
        #expect(window.record(at: 2_000_000_001) == true)
        #expect(window.record(at: 2_000_000_002) == false)
    }

    @Test("A limit of zero takes nothing")
    func none() {
        var window = RateWindow(limit: 0)
        #expect(window.record(at: 9_000_000_000) == false)
    }

    @Test("No second between two windows' beginnings holds more than the limit", arguments: Seeds.fresh(5))
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var window = RateWindow(limit: 10)
        var now: UInt64 = 1_000_000_000
        var taken: [UInt64] = []
        for _ in 0..<5_000 {
            now += UInt64.random(in: 0...150_000_000, using: &random)
            if window.record(at: now) { taken.append(now) }
        }
        // Windows are aligned to events, so any second touches at most two of them.
        for (index, time) in taken.enumerated() where index >= 20 {
            #expect(time - taken[index - 20] >= 1_000_000_000, "seed \(seed)")
        }
    }
}
