/// Who is told what came of a batch.
enum Answer {
    /// A closure, which runs within the read that brought the last reply.
    case completion((borrowing RedisOutcome) -> Void)
    /// A task.
    case waiter(Waiter)

    @inline(__always)
    func complete(_ outcome: borrowing RedisOutcome) {
        switch self {
        case .completion(let completion): completion(outcome)
        case .waiter(let waiter): waiter.complete(outcome)
        }
    }
}

/// A task that waits for its replies.
///
/// Who gives up is told so at once and forgets its replies; its place in the queue stays, so that they are not taken for
/// another's. A waiter is known by its identity, so no number can ever name another command.
///
/// `@unchecked`: everything that changes is touched on the event loop only, but for what is set before it gets there.
class Waiter: @unchecked Sendable {
    private enum State {
        case onTheWay
        case placed
        case cancelled
        case over
    }

    private var state = State.onTheWay

    /// It has come to its connection; false if it was cancelled before, and has been told so now.
    final func begin() -> Bool {
        guard self.state == .cancelled else {
            self.state = .placed
            return true
        }
        self.state = .over
        self.finish(RedisOutcome(failure: .cancelled(mayHaveRun: false)))
        return false
    }

    /// All replies are there, or none will come.
    final func complete(_ outcome: borrowing RedisOutcome) {
        guard self.state == .placed else { return }
        self.state = .over
        self.finish(outcome)
    }

    /// The task was cancelled. One that is still on its way to the connection is told there.
    final func cancel() {
        switch self.state {
        case .onTheWay: self.state = .cancelled
        case .placed: self.complete(RedisOutcome(failure: .cancelled(mayHaveRun: true)))
        case .cancelled, .over: break
        }
    }

    fileprivate func finish(_ outcome: borrowing RedisOutcome) {}
}

/// A task that waits for a value made of its replies.
final class ValueWaiter<Value: Sendable>: Waiter, @unchecked Sendable {
    typealias Continuation = UnsafeContinuation<Result<Value, RedisError>, Never>

    private var continuation: Continuation?
    private let convert: @Sendable (borrowing RedisReplies) throws(RedisError) -> Value

    init(_ convert: @escaping @Sendable (borrowing RedisReplies) throws(RedisError) -> Value) {
        self.convert = convert
    }

    /// Who waits; set before the waiter is submitted.
    func await(_ continuation: Continuation) { self.continuation = continuation }

    override fileprivate func finish(_ outcome: borrowing RedisOutcome) {
        let continuation = self.continuation
        self.continuation = nil
        do throws(RedisError) {
            continuation?.resume(returning: .success(try self.convert(try outcome.get())))
        } catch {
            continuation?.resume(returning: .failure(error))
        }
    }
}
