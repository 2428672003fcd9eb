/// Keeps retries from multiplying the load of servers that are failing because of load.
///
/// Every first try adds a tenth of a token, every retry takes one; a few are granted per second, so that a client
/// that calls rarely may retry too. All arithmetic is in integers, scaled by 1000.
public struct RetryBudget: Sendable, Hashable {
    /// Tokens that a first try adds, times 1000.
    public static let scaledTokensPerCall = 100
    /// Tokens that a second adds, times 1000.
    public static let scaledTokensPerSecond = 3_000
    /// The most tokens that are saved up, times 1000.
    public static let maximumScaledTokens = 100_000

    private var scaledTokens: Int = RetryBudget.scaledTokensPerSecond
    private var refilledNanoseconds: UInt64

    /// A budget that starts with a second's worth.
    public init(nanoseconds: UInt64) { self.refilledNanoseconds = nanoseconds }

    /// A call is tried for the first time.
    public mutating func called() { self.add(RetryBudget.scaledTokensPerCall) }

    /// Takes what a retry costs.
    ///
    /// - Parameter isTimeout: A try that timed out costs double: it tells most of overload.
    /// - Returns: Whether there was enough.
    public mutating func takeRetry(isTimeout: Bool, at nanoseconds: UInt64) -> Bool {
        self.refill(at: nanoseconds)
        let cost = isTimeout ? 2_000 : 1_000
        guard self.scaledTokens >= cost else { return false }
        self.scaledTokens -= cost
        return true
    }

    private mutating func refill(at nanoseconds: UInt64) {
        let elapsedMilliseconds = (nanoseconds &- self.refilledNanoseconds) / 1_000_000
        guard elapsedMilliseconds > 0, elapsedMilliseconds < 1_000_000_000 else { return }
        self.refilledNanoseconds += elapsedMilliseconds * 1_000_000
        self.add(Int(elapsedMilliseconds) * RetryBudget.scaledTokensPerSecond / 1_000)
    }

    private mutating func add(_ tokens: Int) {
        self.scaledTokens = min(self.scaledTokens + tokens, RetryBudget.maximumScaledTokens)
    }
}

/// How long to wait before a try: full jitter under an exponential ceiling, so that clients that failed together do
/// not return together.
public struct Backoff: Sendable, Hashable {
    /// The ceiling before the first retry, in milliseconds.
    public var baseMilliseconds: UInt64
    /// The highest ceiling, in milliseconds.
    public var maximumMilliseconds: UInt64

    /// For retries of calls.
    public static let retry = Backoff(baseMilliseconds: 50, maximumMilliseconds: 2_000)
    /// For reconnecting: a service that died is back within a second or two, and a try costs a packet.
    public static let reconnect = Backoff(baseMilliseconds: 50, maximumMilliseconds: 2_000)

    /// The wait before the n-th retry, counted from 1.
    public func milliseconds(retry: Int, using generator: inout some RandomNumberGenerator) -> UInt64 {
        let doublings = UInt64(min(max(retry - 1, 0), 20))
        let ceiling = min(self.maximumMilliseconds, self.baseMilliseconds << doublings)
        return UInt64.random(in: 0...ceiling, using: &generator)
    }
}
