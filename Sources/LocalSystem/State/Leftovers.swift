internal import Foundation

/// How long what a killed supervisor has left may take to end.
struct LeftoverLimits: Sendable {
    /// By itself. A supervisor that was killed leaves somebody behind who ends its children; only when that one was
    /// killed too they go on.
    var alone: Duration = .seconds(3)
    /// When it is asked to.
    var asked: Duration = .seconds(15)
    /// When it is killed.
    var killed: Duration = .seconds(5)
}

extension SystemRecord {
    private static let pollInterval: Duration = .milliseconds(20)

    /// Ends what is left of a system whose supervisor is gone, and forgets it. The caller holds the folder's lock.
    ///
    /// Only processes that are the very ones of the record are touched, never others that have their numbers now.
    ///
    /// - Returns: How many were still there.
    /// - Throws: ``SystemError`` with code `didNotStop` where one outlives even SIGKILL.
    func endLeftovers(
        _ folder: DataFolder, within limits: LeftoverLimits = LeftoverLimits()
    ) async throws(SystemError) -> Int {
        let left = self.parts.filter { $0.process?.isRunning == true }
        // Their children are not in the record, and those of a killed PostgreSQL no longer hang on it.
        let all = left.compactMap(\.process).flatMap { [$0] + $0.descendants }
        if await !Self.haveEnded(all, within: limits.alone) {
            // Services before the servers that they stand on, as far as asking goes.
            for part in left.reversed() { part.process?.send(part.name == "postgres" ? SIGINT : SIGTERM) }
            if await !Self.haveEnded(all, within: limits.asked) {
                for process in all { process.send(SIGKILL) }
                guard await Self.haveEnded(all, within: limits.killed) else {
                    let numbers = all.filter(\.isRunning).map { "\($0.processID)" }.joined(separator: ", ")
                    throw SystemError(
                        .didNotStop,
                        "processes \(numbers) are left of a killed system and cannot be ended; do it as the user who "
                            + "started it")
                }
            }
        }
        try? FileManager.default.removeItem(at: folder.record)
        return left.count
    }

    private static func haveEnded(_ processes: [ProcessIdentity], within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while processes.contains(where: \.isRunning) {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: self.pollInterval)
        }
        return true
    }
}
