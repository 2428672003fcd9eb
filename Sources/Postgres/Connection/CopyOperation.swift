/// One COPY on a connection: its state, and who waits for its next step.
///
/// Touched on the reactor's thread only.
final class CopyOperation {
    /// What its user asks for, one step at a time.
    enum Step: Sendable {
        case start(PostgresStatement, CopyMachine.Direction, isCommitting: Bool)
        case write([UInt8])
        /// The rows are complete.
        case finish
        /// The rows are not complete, and none are to be kept.
        case giveUp
        case read
    }

    /// What a step gave.
    enum Answer: Sendable {
        case started(CopyMachine.Format)
        /// The operating system has taken all of it.
        case written
        case chunk([UInt8])
        case ended(rows: Int)
    }

    typealias Completion = (Result<Answer, PostgresError>) -> Void

    var machine: CopyMachine
    /// Something came while rows were sent that is no whole notice, nor a notification.
    var isSuspectedToHaveFailed = false
    /// How it ended, for steps that are asked for later.
    private(set) var outcome: Result<Answer, PostgresError>?
    private(set) var deadline: UInt64?
    private var completion: Completion?

    init(_ direction: CopyMachine.Direction, isCommitting: Bool) {
        self.machine = CopyMachine(direction, isCommitting: isCommitting)
    }

    var isStreaming: Bool { self.machine.phase == .streaming }
    var isAwaited: Bool { self.completion != nil }

    /// A step's answer is to be there by the deadline, in ``ReactorTimers/now()``.
    func wait(until deadline: UInt64, _ completion: @escaping Completion) {
        self.deadline = deadline
        self.completion = completion
    }

    /// Ends the step that waits, if there is one.
    func complete(_ result: Result<Answer, PostgresError>) {
        guard let completion = self.completion else { return }
        self.completion = nil
        self.deadline = nil
        completion(result)
    }

    func end(_ result: Result<Answer, PostgresError>) {
        self.outcome = result
        self.complete(result)
    }

    /// The connection is lost.
    func lost(_ message: String) {
        self.end(
            .failure(
                self.machine.failure ?? .connectionLost(message, mayHaveCommitted: self.machine.mayHaveCommitted)))
    }
}
