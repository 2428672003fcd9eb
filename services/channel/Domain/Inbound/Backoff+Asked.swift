extension Backoff {
    /// The wait, in milliseconds, where a platform may ask for a longer one: at least a second.
    ///
    /// - Parameters:
    ///   - tries: How many have failed: 1 or more.
    ///   - asked: What the platform asks for, in milliseconds; nil: nothing. More than an hour counts as an hour.
    ///   - chance: From 0 to 1, even.
    ///   - limit: The longest wait that nobody asked for, in milliseconds.
    public static func milliseconds(
        tries: Int, asked: Int64?, chance: Double, limit: Int64 = longestMilliseconds
    ) -> Int64 {
        max(
            Self.milliseconds(tries: Int64(tries), chance: chance, limit: limit),
            min(max(InboundLimits.shortestPauseMilliseconds, asked ?? 0), InboundLimits.longestAskedMilliseconds))
    }
}
