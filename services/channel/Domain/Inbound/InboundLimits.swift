/// Limits of what platforms tell us, and of what they are told of orders.
public enum InboundLimits {
    /// How often a message or task is tried before it is a dead letter.
    public static let maximumTries = 20
    /// How often a task is tried whose fault no table has.
    public static let maximumUnknownTries = 8
    /// The tries that are counted at the most while one of our own services cannot be reached: that makes no dead letter.
    public static let unreachedTries = 7
    /// The shortest pause before something is tried again, in milliseconds.
    public static let shortestPauseMilliseconds: Int64 = 1_000
    /// The longest pause that a platform may ask for, in milliseconds: an hour.
    public static let longestAskedMilliseconds: Int64 = 3_600_000
    /// How long what came for a connection that is not worked for is left alone, in milliseconds.
    public static let idleMilliseconds: Int64 = 30_000
    /// How long what a process took is its own, unless it renews that, in milliseconds.
    public static let claimMilliseconds: Int64 = 15_000
    /// How long after it was taken, or renewed, it is renewed, in milliseconds.
    public static let renewalMilliseconds: Int64 = 5_000
    /// The messages that a process works on at once.
    public static let messagesAtOnce = 16
    /// The connections whose platforms a process asks for orders at once.
    public static let pollsAtOnce = 8
    /// The orders of one page that are taken; platforms give at most 250.
    public static let ordersPerPage = 1_000
    /// The longest id or topic that a platform may give, in bytes.
    public static let idBytes = 128
    /// The longest token of a page, in bytes.
    public static let pageTokenBytes = 4_096
    /// The most headers of a notification that are kept.
    public static let headers = 64
    /// The most bytes of the headers of a notification that are kept.
    public static let headerBytes = 16_384
    /// The most bytes that are kept of a problem's text.
    public static let detailBytes = 2_000
    /// The dead letters that one call puts back.
    public static let replaysPerCall: Int64 = 10_000
    /// How long messages that are dealt with are kept, in days: repeats of them are recognised for so long.
    public static let retentionDays: Int64 = 30
    /// How long dead letters and what platforms were told are kept, in days: longer than events.
    public static let longRetentionDays: Int64 = 400
    /// How often a connection asks for orders that says nothing else, in milliseconds.
    public static let pollMilliseconds: Int64 = 60_000
    /// How far behind the last change each question begins of a connection that says nothing else, in milliseconds.
    public static let overlapMilliseconds: Int64 = 300_000
    /// The shortest and longest time between two questions, in milliseconds.
    public static let pollRangeMilliseconds: ClosedRange<Int64> = 1_000...86_400_000
    /// The shortest and longest overlap, in milliseconds: platforms list changes some seconds after they happen.
    public static let overlapRangeMilliseconds: ClosedRange<Int64> = 10_000...86_400_000
}

extension String {
    /// The text as rows hold it: without NUL, which PostgreSQL has no place for, and cut to a number of bytes.
    public func kept(bytes: Int) -> String {
        var kept = self.contains("\0") ? self.filter { $0 != "\0" } : self
        while kept.utf8.count > bytes { kept.removeLast(max(1, (kept.utf8.count - bytes) / 4)) }
        return kept
    }
}
