/// A part of the system as it is run: a server or a service.
///
/// One attempt after another: ``start()``, then ``exit()`` when it became ready. ``stop()`` and ``kill()`` may come at
/// any time, also while it starts.
protocol PartRunner: Sendable {
    /// What the plan calls it.
    var name: String { get }
    /// Where others reach it, for people.
    var address: String { get }
    /// Where it answers probes.
    var adminPort: Int? { get }
    /// How long it may take to become ready when the system starts.
    var readinessLimit: Duration { get }
    /// Its process, while there is one.
    var processID: Int32? { get }

    /// Starts it and returns when it is ready.
    ///
    /// - Throws: ``SystemError`` where it ended before, could not start, or was stopped; nothing of it runs then.
    func start() async throws(SystemError)
    /// Waits for its end, and says how it ended.
    func exit() async -> String
    /// Ends it in peace, and by force when that takes too long.
    func stop() async
    /// Ends it at once.
    func kill() async
    /// Keeps its log within bounds, where somebody else writes it.
    func rotateLog()
}

extension PartRunner {
    var adminPort: Int? { nil }
    func rotateLog() {}
}
