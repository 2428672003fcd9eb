/// What waiting for feeds needs of time: the adapter's only clock, so that tests have their own.
struct AmazonClock: Sendable {
    /// Milliseconds since whenever; never less than before.
    let now: @Sendable () -> Int64
    /// Waits so many milliseconds, or throws where the task is cancelled.
    let pause: @Sendable (Int64) async throws -> Void

    /// The machine's, which goes on whatever the time of day is set to.
    static var machine: AmazonClock {
        let start = ContinuousClock.now
        return AmazonClock(
            now: { Int64(start.duration(to: .now) / .milliseconds(1)) },
            pause: { try await Task.sleep(for: .milliseconds($0)) })
    }
}
