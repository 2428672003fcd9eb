import DrivelineTesting
import Synchronization
import Testing

/// What happened, in order.
private final class Diary: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { self.entries.withLock { $0 } }

    func note(_ entry: String) { self.entries.withLock { $0.append(entry) } }
}

@Suite(.timeLimit(.minutes(5))) struct ManualClockTests {
    @Test("Sleepers wake when their time has come, and not before")
    func advance() async throws {
        let clock = ManualClock()
        let diary = Diary()
        await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    diary.note("\(seconds)")
                }
            }
            await clock.untilSleeping(3)
            #expect(clock.nextWake == ManualClock.Instant(sinceStart: .seconds(1)))
            clock.advance(by: .milliseconds(999))
            #expect(clock.sleeperCount == 3)
            #expect(clock.advanceToNext())
            #expect(clock.now.sinceStart == .seconds(1))
            #expect(clock.sleeperCount == 2)
            #expect(diary.all.count <= 1)
            clock.advance(by: .seconds(10))
            #expect(clock.sleeperCount == 0)
            #expect(clock.now.sinceStart == .seconds(11))
            #expect(!clock.advanceToNext())
        }
        #expect(Set(diary.all) == ["1", "2", "3"])
    }

    @Test("A sleep until a time that has passed returns at once, and time never goes back")
    func past() async throws {
        let clock = ManualClock(now: ManualClock.Instant(sinceStart: .seconds(60)))
        try await clock.sleep(until: ManualClock.Instant(sinceStart: .seconds(60)))
        clock.advance(to: ManualClock.Instant(sinceStart: .seconds(10)))
        #expect(clock.now.sinceStart == .seconds(60))
    }

    @Test("A cancelled sleeper wakes with an error, whether it slept already or not")
    func cancellation() async throws {
        let clock = ManualClock()
        let sleeping = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.untilSleeping()
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
        for _ in 0..<1_000 {
            let task = Task { try await clock.sleep(for: .seconds(1)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(clock.sleeperCount == 0)
    }

    @Test("Tasks that live by the clock take their turns in the order of their times, whatever the machine does")
    func run() async throws {
        let clock = ManualClock()
        let diary = Diary()
        let tasks = [2, 3].map { period in
            Task {
                while true {
                    try await clock.sleep(for: .seconds(period))
                    diary.note("\(period) at \(clock.now.sinceStart.components.seconds)")
                }
            }
        }
        let isIdle = await clock.run(tasks: 2) { clock.now.sinceStart >= .seconds(9) }
        #expect(isIdle)
        for task in tasks { task.cancel() }
        let bySecond = Dictionary(grouping: diary.all) { $0.split(separator: " ").last ?? "" }
        #expect(bySecond.keys.compactMap { Int($0) }.sorted() == [2, 3, 4, 6, 8, 9])
        #expect(bySecond["6"]?.sorted() == ["2 at 6", "3 at 6"])
        let one = Task { while true { try await clock.sleep(for: .seconds(1)) } }
        let neverIdle = await clock.run(maximumSteps: 10) { false }
        #expect(!neverIdle)
        one.cancel()
    }
}
