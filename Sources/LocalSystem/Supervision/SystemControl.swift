internal import Foundation

/// What can be done with a system from outside of its supervisor.
public struct SystemControl: Sendable {
    /// How long a system may take to stop before it is hurried.
    static let stopLimit: Duration = .seconds(60)
    /// How long it may take then, before it is killed.
    static let hurriedStopLimit: Duration = .seconds(15)
    private static let pollInterval: Duration = .milliseconds(20)

    /// How a stop went.
    public enum Stop: Sendable, Hashable {
        /// Nothing ran.
        case nothingRan
        /// The supervisor stopped everything.
        case stopped
        /// The supervisor was gone, and so many processes that it had left were ended.
        case endedLeftovers(Int)
    }

    private let folder: DataFolder
    private let limits: LeftoverLimits

    /// The system of a folder.
    public init(_ folder: DataFolder) { self.init(folder, limits: LeftoverLimits()) }

    init(_ folder: DataFolder, limits: LeftoverLimits) {
        self.folder = folder
        self.limits = limits
    }

    /// Ends the system, in peace where that can be done, and waits until nothing runs.
    ///
    /// - Throws: ``SystemError``.
    public func stop() async throws(SystemError) -> Stop {
        guard let record = try SystemRecord.read(self.folder) else { return .nothingRan }
        guard let supervisor = record.supervisor, supervisor.isRunning else { return try await self.endLeftovers() }
        guard supervisor.send(SIGTERM) || !supervisor.isRunning else {
            throw SystemError(
                .didNotStop,
                "no permission to stop process \(supervisor.processID), which runs the system in \(self.folder.path); "
                    + "do it as the user who started it")
        }
        if await self.hasEnded(supervisor, within: Self.stopLimit) { return .stopped }
        // The second signal ends everything at once.
        supervisor.send(SIGTERM)
        if await self.hasEnded(supervisor, within: Self.hurriedStopLimit) { return .stopped }
        supervisor.send(SIGKILL)
        _ = await self.hasEnded(supervisor, within: Self.hurriedStopLimit)
        return try await self.endLeftovers()
    }

    /// Removes all data of the system.
    ///
    /// - Throws: ``SystemError`` where it runs, or the folder is no system's.
    public func reset() throws(SystemError) {
        guard self.folder.exists else {
            throw SystemError(.notRunning, "\(self.folder.path) holds no system; nothing was removed")
        }
        // Held to the end, so that nobody starts what is being removed.
        let lock = try FolderLock(self.folder)
        if let record = try SystemRecord.read(self.folder), !record.runningProcesses.isEmpty {
            throw SystemError(
                .held,
                "processes of the system in \(self.folder.path) still run; end them with `driveline down --data "
                    + "\(self.folder.path)`")
        }
        try self.folder.remove()
        _ = lock
    }

    private func endLeftovers() async throws(SystemError) -> Stop {
        let lock = try FolderLock(self.folder)
        defer { _ = lock }
        // Read again: somebody may have been faster.
        guard let record = try SystemRecord.read(self.folder) else { return .nothingRan }
        return .endedLeftovers(try await record.endLeftovers(self.folder, within: self.limits))
    }

    private func hasEnded(_ process: ProcessIdentity, within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while process.isRunning {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: Self.pollInterval)
        }
        return true
    }
}
