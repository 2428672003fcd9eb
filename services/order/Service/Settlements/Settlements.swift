internal import Logging

/// Settlements of marketplaces: begun, looked at, accepted. Their files are read by jobs, see ``OrderJobs``.
public struct Settlements: OrderCalls {
    let files: OrderJobs
    let logger: Logger

    /// - Parameter files: Whose jobs read settlements.
    init(_ files: OrderJobs) {
        self.files = files
        self.logger = files.logger
    }
}
