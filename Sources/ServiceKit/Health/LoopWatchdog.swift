internal import NIOCore
internal import Synchronization

/// Notices an event loop that has stopped turning, because a handler blocks it or waits for a lock.
final class LoopWatchdog: Sendable {
    /// How often a loop is asked for a sign of life.
    static let interval: TimeAmount = .milliseconds(500)
    /// How long a loop may be silent before the process counts as dead: far more than a busy machine takes.
    static let maximumSilence: TimeAmount = .seconds(10)

    private final class Loop: Sendable {
        let lastTurn: Atomic<UInt64>
        init(_ now: NIODeadline) { self.lastTurn = Atomic(now.uptimeNanoseconds) }
    }

    private let loops: [Loop]
    private let tasks: [RepeatedTask]
    private let now: @Sendable () -> NIODeadline

    /// Watches the loops of a group until ``stop()``.
    ///
    /// - Parameter now: The clock, another one in tests.
    init(_ group: any EventLoopGroup, now: @escaping @Sendable () -> NIODeadline = { .now() }) {
        self.now = now
        var loops: [Loop] = []
        var tasks: [RepeatedTask] = []
        for eventLoop in group.makeIterator() {
            let loop = Loop(now())
            loops.append(loop)
            tasks.append(
                eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) { _ in
                    loop.lastTurn.store(now().uptimeNanoseconds, ordering: .relaxed)
                })
        }
        self.loops = loops
        self.tasks = tasks
    }

    /// Whether each loop has turned of late.
    var isLive: Bool {
        let now = self.now()
        return self.loops.allSatisfy { loop in
            let lastTurn = NIODeadline.uptimeNanoseconds(loop.lastTurn.load(ordering: .relaxed))
            return now - lastTurn < Self.maximumSilence
        }
    }

    /// Ends the watch.
    func stop() {
        for task in self.tasks { task.cancel() }
    }
}
