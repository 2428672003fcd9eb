internal import NIOCore

/// One timer for many deadlines. Bound to the event loop.
///
/// It fires at the earliest deadline it was told of; its owner then looks for what is due and says what comes next.
/// Deadlines are never taken back: most calls end long before theirs, and NIO's way to cancel a timer searches all
/// timers of the loop.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class DeadlineTimer: NIOScheduledCallbackHandler, @unchecked Sendable {
    /// Deadlines that are closer together than this do not move the timer.
    private static let resolution = TimeAmount.milliseconds(1)

    private let eventLoop: any EventLoop
    private var onFire: (_ now: NIODeadline) -> NIODeadline
    private var callback: NIOScheduledCallback?
    private var deadline = NIODeadline.distantFuture
    private var isStopped = false

    /// - Parameter onFire: Does what is due and returns the next deadline, or `.distantFuture`; kept until ``stop()``.
    init(_ eventLoop: any EventLoop, onFire: @escaping (_ now: NIODeadline) -> NIODeadline) {
        self.eventLoop = eventLoop
        self.onFire = onFire
    }

    /// Has the timer fire at a deadline at the latest.
    @inline(__always)
    func arm(_ deadline: NIODeadline) {
        // The subtraction cannot underflow into the far future: a deadline is never near zero.
        guard deadline < self.deadline - DeadlineTimer.resolution, !self.isStopped else { return }
        self.schedule(deadline)
    }

    private func schedule(_ deadline: NIODeadline) {
        self.callback?.cancel()
        // An event loop that is shutting down takes no timers; its connections are being closed anyway.
        self.callback = try? self.eventLoop.scheduleCallback(at: deadline, handler: self)
        self.deadline = deadline
    }

    /// Fires no more, and lets go of what it would have called.
    func stop() {
        self.isStopped = true
        self.onFire = { _ in .distantFuture }
        self.callback?.cancel()
        self.callback = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        self.callback = nil
        self.deadline = .distantFuture
        guard !self.isStopped else { return }
        let next = self.onFire(.now())
        if next < .distantFuture { self.arm(max(next, .now() + DeadlineTimer.resolution)) }
    }
}
