/// What goes wrong in a shop on purpose. The defaults are a platform that works.
public struct Faults: Codable, Sendable, Hashable {
    /// Begins the random numbers, so that a run can be repeated.
    public var seed: UInt64 = 1
    /// Whether every request is told to slow down.
    public var throttled = false
    /// The share of requests, of 1, that is answered with 500 before anything is done.
    public var error500Rate = 0.0
    /// Whether an idempotency key whose request was answered with 500 is used up.
    public var error500UsesUpKeys = false
    /// How long answers take, in milliseconds.
    public var answerDelayMilliseconds = 0
    /// Whether the delay comes before the work rather than behind it.
    public var delaysBeforeActing = false
    /// The share of requests, of 1, that is delayed.
    public var answerDelayRate = 1.0
    /// The share of requests, of 1, that is done, and whose connection is cut in the place of an answer.
    public var answerLostRate = 0.0
    /// Every how many rows of a bulk one is refused; 0 for none.
    public var refusedRowInterval = 0
    /// How late notifications are, in milliseconds.
    public var notificationDelayMilliseconds = 0
    /// The share of notifications that is sent twice.
    public var notificationDuplicateRate = 0.0
    /// The share of notifications that is never sent.
    public var notificationDropRate = 0.0
    /// Within how many milliseconds notifications come in any order.
    public var notificationReorderMilliseconds = 0
    /// Whether the shop's tokens are no longer taken: 401.
    public var tokenRevoked = false
    /// Whether the platform's published limits hold.
    public var limitsEnabled = false
    /// The points that may be used at once where limits hold.
    public var limitPoints = 2_000
    /// The points that come back each second where limits hold.
    public var limitPointsPerSecond = 100
    /// How long work behind an answer waits, and then takes, in milliseconds; `nil` for 2,000.
    public var processingMilliseconds: Int?
    /// How long access tokens are good, in seconds; `nil` for as long as the platform has it.
    public var accessTokenSeconds: Int?
    /// How feeds end: `nil` for well, `FATAL`, `CANCELLED`, `STUCK_IN_QUEUE` or `STUCK_IN_PROGRESS`.
    public var feedEnd: String?
    /// Every how many messages of a feed one is missing in its report; `nil` for none.
    public var missingReportInterval: Int?
    /// How reports are compressed: `nil` for not, `GZIP`, or `UNANNOUNCED` for GZIP that is not told.
    public var reportCompression: String?

    /// A platform that works.
    public init() {}

    /// How long work behind an answer waits, and then takes.
    public var processingDelay: Int { self.processingMilliseconds ?? 2_000 }
}
