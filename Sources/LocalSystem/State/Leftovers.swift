internal import Foundation

extension SystemRecord {
    /// How long processes without a supervisor may take to end by themselves. A supervisor that was killed leaves
    /// somebody behind who ends its children; only when that one was killed too they go on.
    static let selfEndLimit: Duration = .seconds(3)
    /// How long they may take when they are asked to.
    static let askedEndLimit: Duration = .seconds(15)
    /// How long they may take when they are killed.
    static let killedEndLimit: Duration = .seconds(5)
    private static let pollInterval: Duration = .milliseconds(20)

    /// Ends what is left of a system whose supervisor is gone, and forgets it. The caller holds the folder's lock.
    ///
    /// Only processes that are the very ones of the record are touched, never others that have their numbers now.
    ///
    /// - Returns: How many were still there.
    /// - Throws: ``SystemError`` with code `didNotStop` where one outlives even SIGKILL.
    func endLeftovers(_ folder: DataFolder) async throws(SystemError) -> Int {
        let left = self.parts.filter { $0.process?.isRunning == true }
        // Their children are not in the record, and those of a killed PostgreSQL no longer hang on it.
        let all = left.compactMap(\.process).flatMap { [$0] + $0.descendants }
        if await !Self.haveEnded(all, within: Self.selfEndLimit) {
            // Services before the servers that they stand on, as far as asking goes.
            for part in left.reversed() { part.process?.send(part.name == "postgres" ? SIGINT : SIGTERM) }
            if await !Self.haveEnded(all, within: Self.askedEndLimit) {
                for process in all { process.send(SIGKILL) }
                guard await Self.haveEnded(all, within: Self.killedEndLimit) else {
                    let numbers = all.filter(\.isRunning).map { "\($0.processID)" }.joined(separator: ", ")
                    throw SystemError(
                        .didNotStop, "processes \(numbers) are left of a killed system and cannot be ended; end them as "
                            + "the user who started it")
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
