/// Decides whether an address is worth trying: a pure state machine.
///
/// It opens after failures in a row, or when half of many calls fail; while open it lets nothing through. Then single
/// probes decide whether it closes. Each opening in a row lasts longer.
public struct CircuitBreaker: Sendable, Hashable {
    /// When a breaker opens and closes.
    public struct Configuration: Sendable, Hashable {
        /// Failures in a row that open it.
        public var consecutiveFailures = 5
        /// The least number of calls in a window before the ratio counts.
        public var minimumCalls = 20
        /// The share of failures in a window that opens it, in percent.
        public var failurePercent = 50
        /// The length of a window in nanoseconds.
        public var windowNanoseconds: UInt64 = 10_000_000_000
        /// How long the first opening lasts, in nanoseconds; the n-th in a row lasts n times as long.
        public var openNanoseconds: UInt64 = 30_000_000_000
        /// The longest opening in nanoseconds.
        public var maximumOpenNanoseconds: UInt64 = 300_000_000_000
        /// Probes in a row that must succeed to close it.
        public var successesToClose = 3

        /// The defaults.
        public init() {}
    }

    private enum State: Sendable, Hashable {
        case closed
        case open(untilNanoseconds: UInt64)
        case probing(successes: Int, isProbeOut: Bool)
    }

    private let configuration: Configuration
    private var state = State.closed
    private var failuresInRow = 0
    private var openingsInRow: UInt64 = 0
    private var windowStartNanoseconds: UInt64 = 0
    private var callsInWindow = 0
    private var failuresInWindow = 0

    /// A breaker that is closed.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Whether a call may be made now.
    public func allows(at nanoseconds: UInt64) -> Bool {
        switch self.state {
        case .closed: true
        case .open(let until): nanoseconds >= until
        case .probing(_, let isProbeOut): !isProbeOut
        }
    }

    /// A call is being made.
    ///
    /// - Precondition: ``allows(at:)``, unless nothing else could be tried.
    public mutating func began(at nanoseconds: UInt64) {
        switch self.state {
        case .closed: break
        case .open: self.state = .probing(successes: 0, isProbeOut: true)
        case .probing(let successes, _): self.state = .probing(successes: successes, isProbeOut: true)
        }
    }

    /// A call came back with an answer, whatever it says of the request.
    public mutating func succeeded(at nanoseconds: UInt64) {
        self.count(isFailure: false, at: nanoseconds)
        self.failuresInRow = 0
        guard case .probing(let successes, _) = self.state else { return }
        if successes + 1 >= self.configuration.successesToClose {
            self.state = .closed
            self.openingsInRow = 0
            self.callsInWindow = 0
            self.failuresInWindow = 0
        } else {
            self.state = .probing(successes: successes + 1, isProbeOut: false)
        }
    }

    /// A call failed because the server could not be reached, was too slow, or is broken.
    public mutating func failed(at nanoseconds: UInt64) {
        self.count(isFailure: true, at: nanoseconds)
        self.failuresInRow += 1
        if case .probing = self.state { return self.open(at: nanoseconds) }
        guard case .closed = self.state else { return }
        let isRatioReached =
            self.callsInWindow >= self.configuration.minimumCalls
            && self.failuresInWindow * 100 >= self.callsInWindow * self.configuration.failurePercent
        if self.failuresInRow >= self.configuration.consecutiveFailures || isRatioReached { self.open(at: nanoseconds) }
    }

    /// A call was given up before it told anything: if it was a probe, the next may be one.
    public mutating func abandoned() {
        if case .probing(let successes, true) = self.state {
            self.state = .probing(successes: successes, isProbeOut: false)
        }
    }

    private mutating func open(at nanoseconds: UInt64) {
        self.openingsInRow += 1
        let duration = min(
            self.configuration.openNanoseconds * self.openingsInRow, self.configuration.maximumOpenNanoseconds)
        self.state = .open(untilNanoseconds: nanoseconds + duration)
        self.failuresInRow = 0
    }

    private mutating func count(isFailure: Bool, at nanoseconds: UInt64) {
        if nanoseconds &- self.windowStartNanoseconds >= self.configuration.windowNanoseconds {
            self.windowStartNanoseconds = nanoseconds
            self.callsInWindow = 0
            self.failuresInWindow = 0
        }
        self.callsInWindow += 1
        self.failuresInWindow += isFailure ? 1 : 0
    }
}
