internal import NIOCore

/// When a load test's parts begin and end, in nanoseconds of ``now``.
struct LoadTimes: Sendable {
    /// When the first calls are due.
    var start: UInt64
    /// The calls that are due then are measured; no call begins behind it.
    var measured: Range<UInt64>

    init(_ plan: LoadPlan, start: UInt64) {
        self.start = start
        let begin = start + UInt64(plan.warmUpSeconds * 1e9)
        self.measured = begin..<(begin + UInt64(plan.durationSeconds * 1e9))
    }

    /// A clock that never goes back: that of the event loops' timers.
    @Sendable static func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }
}
