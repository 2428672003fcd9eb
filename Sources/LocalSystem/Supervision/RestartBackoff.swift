/// How long a part that died waits before it starts again: twice as long each time, up to a cap, and at random between
/// half of that and all of it, so that parts which died together do not start together for ever.
struct RestartBackoff: Sendable {
    /// Before the first restart, in milliseconds.
    static let firstMilliseconds = 500
    /// Never longer, in milliseconds.
    static let maximumMilliseconds = 30_000

    /// The milliseconds before a restart.
    ///
    /// - Parameter failures: How often the part has died in a row, from 1.
    static func milliseconds(
        failures: Int, using generator: inout some RandomNumberGenerator
    ) -> Int {
        // Seven doublings pass the cap; more could overflow.
        let doublings = min(max(failures, 1) - 1, 7)
        let full = min(self.firstMilliseconds << doublings, self.maximumMilliseconds)
        return Int.random(in: full / 2...full, using: &generator)
    }
}
