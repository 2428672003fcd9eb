internal import NIOCore

/// One timer for all commands of a connection. Bound to the event loop.
///
/// It is set when a command finds it at rest, and looks for the oldest one when it fires: so a command costs no timer,
/// and an answer takes none back.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class CommandTimer: NIOScheduledCallbackHandler, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var callback: NIOScheduledCallback?
    /// What is due, and when to fire next; `nil` rests until ``arm(_:)``.
    var onFire: (_ now: NIODeadline) -> NIODeadline? = { _ in nil }

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Fires at that time, unless it is set already.
    @inline(__always)
    func arm(_ deadline: NIODeadline) {
        if self.callback == nil { self.schedule(deadline) }
    }

    private func schedule(_ deadline: NIODeadline) {
        // An event loop that is shutting down takes no timers; its connections are being closed anyway.
        self.callback = try? self.eventLoop.scheduleCallback(at: deadline, handler: self)
    }

    /// Rests until ``arm(_:)``.
    func stop() {
        self.callback?.cancel()
        self.callback = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        self.callback = nil
        if let next = self.onFire(.now()) { self.arm(next) }
    }
}
