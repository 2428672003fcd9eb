/// How long to wait before something is tried again: longer each time, and by chance, so that what failed together does
/// not come back together. Source: "Exponential Backoff And Jitter", full jitter.
public enum RetryPause {
    /// The longest first pause, in milliseconds.
    static let firstMilliseconds: Int64 = 1_000

    /// A pause in milliseconds, at least half a second.
    ///
    /// - Parameters:
    ///   - tries: How often it was tried in vain.
    ///   - wanted: How long the platform asks us to wait, in milliseconds; nil: it did not say.
    public static func milliseconds(
        afterTries tries: Int, wanted: Int64? = nil, using generator: inout some RandomNumberGenerator
    ) -> Int64 {
        let most = min(Self.firstMilliseconds << Int64(max(0, min(tries, 20))), InboundLimits.longestPauseMilliseconds)
        let chosen = Int64.random(in: 500...most, using: &generator)
        return max(chosen, min(max(0, wanted ?? 0), InboundLimits.longestWantedPauseMilliseconds))
    }
}
