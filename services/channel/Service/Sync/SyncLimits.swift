/// Limits of how connections are worked for.
enum SyncLimits {
    /// Connections that one process works for at once.
    static let connections = 400
    /// Calls of one connection that are under way at once.
    static let callsInFlight = 4
    /// The most rows that are read of one lane at once.
    static let rowsPerLane = 1_000
    /// How long a worker that was woken waits for more, so that what happens together is sent together, in milliseconds.
    static let paceMilliseconds: Int64 = 5
    /// How soon after a push a platform's notification is taken for its echo, in seconds: then it is read that much later.
    static let echoSeconds: Int64 = 30
    /// How long stock to zero that was sent while its listing is in a bulk waits before it is sent again, in milliseconds:
    /// the bulk may have undone it.
    static let bulkMilliseconds: Int64 = 30_000
    /// How often it is asked at the most whether bulks that a process left behind have ended, and how long is waited then, in
    /// milliseconds.
    static let earlierBulkTries = 120
    static let earlierBulkMilliseconds: Int64 = 30_000
    /// Prices that are asked for at once.
    static let pricesAtOnce = 500
    /// Tries of a call with a code that nobody knows, before it counts as refused.
    static let unknownTries: Int32 = 8
    /// After how long a worker looks without being woken, in microseconds.
    static let lookMicroseconds: Int64 = 1_000_000
    /// How long a row waits for a reading that its platform's answer asks for, in milliseconds, before it is sent anyway.
    static let staleMilliseconds: Int64 = 60_000
    /// How long an amount that was changed while it was under way waits for the event of the change, in milliseconds.
    static let settleMilliseconds: Int64 = 2_000
    /// How long more than is shown waits for orders that may explain why less is, in seconds, where orders are asked for.
    static let raiseSeconds: Int64 = 900
    /// The same where orders only come by notifications.
    static let raiseWithoutPollSeconds: Int64 = 60
    /// How often it is looked whether those orders came, in milliseconds.
    static let raiseLookMilliseconds: Int64 = 500
    /// How often what is left of the platform's limits is written down, in microseconds.
    static let quotaMicroseconds: Int64 = 5_000_000
    /// How often an unchanged health is written down, in microseconds.
    static let healthMicroseconds: Int64 = 10_000_000
    /// The most bytes that are kept of what a platform said.
    static let errorBytes = 1_000
    /// How long another service that does not answer is left alone, in milliseconds.
    static let askAgainMilliseconds: Int64 = 1_000
    /// How soon a listing is read back after a call whose outcome is not known, in seconds.
    static let unknownReadSeconds: Int64 = 5
}
