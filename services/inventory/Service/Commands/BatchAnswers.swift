internal import InventoryMessages
internal import RPC
internal import Synchronization

/// Hands answers to the calls of one batch, which share an event loop: those of one transaction in one hop.
final class BatchAnswers: AnswerReceiver {
    private let replies = Mutex<[Reply<CommandResponse>]>([])

    /// Adds a call.
    ///
    /// - Returns: Its place.
    func add(_ reply: Reply<CommandResponse>) -> Int {
        self.replies.withLock { replies in
            replies.append(reply)
            return replies.count - 1
        }
    }

    func received(_ answers: [(place: Int, answer: CommandAnswer)]) {
        guard let first = answers.first else { return }
        let replies = self.replies.withLock { $0 }
        replies[first.place].onEventLoop {
            for (place, answer) in answers {
                switch answer {
                case .accepted(let bytes): replies[place].respond(encoded: bytes)
                case .refused(let refusal): replies[place].fail(RPCError(refusal))
                case .failed(let error): replies[place].fail(error)
                }
            }
        }
    }
}
