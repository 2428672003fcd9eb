/// Commands that travel together: one request of the pool's or of a transaction's, and what becomes of it.
///
/// Touched on the reactor's thread only.
final class Flight {
    /// What is at stake when the connection is lost before the answer.
    enum Effect: Hashable {
        /// Reads only: may be sent again.
        case none
        /// Within a transaction that is not committed here: the server undoes it.
        case uncommitted
        /// May be committed before the answer arrives.
        case committing
    }

    let commands: [PostgresCommand]
    let effect: Effect
    private let completion: (Result<[PostgresRows], PostgresError>) -> Void
    /// Called before the completion, for whoever keeps account of it.
    var ending: (() -> Void)?
    private var rows: [PostgresRows] = []
    private var error: PostgresError?
    private var isSkipped = false
    private var isCompleted = false
    /// When the answer must be there, by ``ReactorTimers/now()``.
    let deadline: UInt64

    init(
        _ commands: [PostgresCommand], effect: Effect, deadline: UInt64,
        completion: @escaping (Result<[PostgresRows], PostgresError>) -> Void
    ) {
        self.commands = commands
        self.effect = effect
        self.deadline = deadline
        self.completion = completion
    }

    /// Whether it may share its sync with others.
    var isGroupable: Bool { self.effect == .none && self.commands.count == 1 }

    func answered(_ rows: PostgresRows) { self.rows.append(rows) }
    func failed(_ error: PostgresError) { self.error = self.error ?? error }
    func skipped() { self.isSkipped = true }

    /// Its group's end was answered.
    ///
    /// - Returns: true when it did not run because of another one in its group, and is to be sent again.
    func ended() -> Bool {
        if let error = self.error {
            self.complete(.failure(error))
        } else if self.isSkipped {
            self.isSkipped = false
            self.rows = []
            return true
        } else {
            self.complete(.success(self.rows))
        }
        return false
    }

    /// The connection is lost.
    func lost(_ message: String, isSent: Bool) {
        if let error = self.error {
            self.complete(.failure(error))
        } else {
            let mayHaveCommitted = isSent && self.effect == .committing
            self.complete(.failure(.connectionLost(message, mayHaveCommitted: mayHaveCommitted)))
        }
    }

    func complete(_ result: Result<[PostgresRows], PostgresError>) {
        guard !self.isCompleted else { return }
        self.isCompleted = true
        self.ending?()
        self.ending = nil
        self.completion(result)
    }
}
