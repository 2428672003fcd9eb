/// Keeps calls from a platform that fails, and tries now and then whether it works again. Has no clock: all times are given,
/// in microseconds.
///
/// What counts as a failure is that the platform did not answer or failed itself; not what it refuses or throttles.
public struct CircuitBreaker: Hashable, Sendable {
    /// Failures in a row that open it.
    public static let failuresInRow = 5
    /// Calls of a window of which half must have failed to open it.
    public static let windowCalls = 20
    /// How long calls are remembered, in microseconds.
    public static let windowMicroseconds: Int64 = 10_000_000
    /// How long it is open the first time, in microseconds; so much longer each further time. There is one platform and no
    /// other to turn to, and each second that it is left alone stock there may be wrong; one call tries it.
    public static let openMicroseconds: Int64 = 5_000_000
    /// The longest that it is open, in microseconds.
    public static let longestOpenMicroseconds: Int64 = 30_000_000
    /// Successes one behind the other that close it.
    public static let successesToClose = 3
    /// How long it must have been closed for the next opening to count as the first, in microseconds.
    public static let forgivenMicroseconds: Int64 = 600_000_000
    /// Calls that are remembered, at the most.
    public static let maximumRemembered = 1_024

    /// Whether calls go out.
    public enum State: Hashable, Sendable {
        /// They do.
        case closed
        /// None until then, in microseconds.
        case open(until: Int64)
        /// One at a time.
        case halfOpen
    }

    /// Whether a call may go out.
    public enum Decision: Hashable, Sendable {
        /// It may; its end is to be told.
        case go
        /// Not before then, in microseconds; nil: not before the call that is under way has ended.
        case wait(until: Int64?)
    }

    private struct Call: Hashable {
        var at: Int64
        var failed: Bool
    }

    /// As it was when something last happened.
    public private(set) var state = State.closed
    private var calls: [Call] = []
    private var failures = 0
    private var successes = 0
    private var isTrying = false
    private var timesOpened: Int64 = 0
    private var closedAt: Int64 = .min

    /// A closed one.
    public init() {}

    /// One that somebody else opened.
    public init(openUntil: Int64) {
        self.state = .open(until: openUntil)
        self.timesOpened = 1
    }

    /// Whether a call may go out now.
    public mutating func mayCall(at now: Int64) -> Decision {
        if case .open(let until) = self.state {
            guard until <= now else { return .wait(until: until) }
            self.state = .halfOpen
            self.successes = 0
            self.isTrying = false
        }
        guard self.state == .halfOpen else { return .go }
        guard !self.isTrying else { return .wait(until: nil) }
        self.isTrying = true
        return .go
    }

    /// A call was answered.
    public mutating func succeeded(at now: Int64) {
        self.failures = 0
        switch self.state {
        case .closed: self.remember(Call(at: now, failed: false))
        case .open: break
        case .halfOpen:
            self.isTrying = false
            self.successes += 1
            guard self.successes >= Self.successesToClose else { return }
            self.state = .closed
            self.closedAt = now
            self.calls = []
        }
    }

    /// A call ended without saying anything of the platform: it was cancelled, or not sent.
    public mutating func ended() { self.isTrying = false }

    /// A call failed.
    ///
    /// - Parameter chance: From 0 to 1, even: for how long it is open varies by a tenth each way.
    public mutating func failed(at now: Int64, chance: Double) {
        switch self.state {
        case .open: break
        case .halfOpen:
            self.isTrying = false
            self.open(at: now, chance)
        case .closed:
            self.failures += 1
            self.remember(Call(at: now, failed: true))
            let failed = self.calls.count(where: \.failed)
            let isHalf = self.calls.count >= Self.windowCalls && failed * 2 >= self.calls.count
            if self.failures >= Self.failuresInRow || isHalf { self.open(at: now, chance) }
        }
    }

    private mutating func open(at now: Int64, _ chance: Double) {
        if self.state == .closed, self.closedAt != .min, now - self.closedAt > Self.forgivenMicroseconds {
            self.timesOpened = 0
        }
        self.timesOpened = min(self.timesOpened + 1, Self.longestOpenMicroseconds / Self.openMicroseconds)
        let length = Double(self.timesOpened * Self.openMicroseconds)
        self.state = .open(until: now + Int64(length * (0.9 + 0.2 * min(max(chance, 0), 1))))
        self.calls = []
        self.failures = 0
    }

    private mutating func remember(_ call: Call) {
        self.calls.removeAll { $0.at < call.at - Self.windowMicroseconds }
        if self.calls.count >= Self.maximumRemembered { self.calls.removeFirst() }
        self.calls.append(call)
    }
}
