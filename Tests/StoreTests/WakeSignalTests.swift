import Testing
import Waking

@Suite(.timeLimit(.minutes(5))) struct WakeSignalTests {
    static let longMilliseconds: Int64 = 3_600_000

    @Test("all who wait are woken, and a wake between looking and waiting is not lost")
    func wakes() async {
        let signal = WakeSignal()
        let seen = signal.count
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { await signal.wait(past: seen, milliseconds: Self.longMilliseconds) } }
            signal.wake()
        }
        #expect(signal.count == seen + 1)
    }

    @Test("who waits goes on when the time is over, or when the task is cancelled")
    func ends() async {
        let signal = WakeSignal()
        await signal.wait(past: signal.count, milliseconds: 1)
        let waiting = Task { await signal.wait(past: signal.count, milliseconds: Self.longMilliseconds) }
        waiting.cancel()
        await waiting.value
    }

    @Test("of wakes, waits and cancellations in any interleaving, none hangs")
    func interleavings() async {
        let signal = WakeSignal()
        await withTaskGroup(of: Void.self) { group in
            for round in 0..<500 {
                let seen = signal.count
                group.addTask {
                    let waiting = Task { await signal.wait(past: seen, milliseconds: Self.longMilliseconds) }
                    if round % 3 == 0 { waiting.cancel() } else { signal.wake() }
                    await waiting.value
                }
            }
        }
    }
}
