internal import InventoryMessages
internal import Jobs

extension FileJobState {
    /// A job's state as messages have it.
    init(_ job: Job) {
        self =
            switch job.state {
            case .queued: .queued
            case .running: .running
            case .cancelling: .cancelling
            case .succeeded: .succeeded
            case .failed: .failed
            case .cancelled: .cancelled
            }
    }
}

extension FileJobProblem {
    /// Why a job failed, as messages have it.
    init(_ failure: JobFailure) { self.init(code: failure.code, message: failure.message) }
}
