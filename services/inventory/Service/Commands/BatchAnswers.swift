internal import InventoryMessages
internal import RPC

/// Hands answers to the calls of one batch, which share an event loop: those of one transaction in one hop.
final class BatchAnswers: AnswerReceiver {
    private let replies: BatchReplies<CommandResponse>

    /// - Parameter replies: A command's place is its call's index among them.
    init(_ replies: BatchReplies<CommandResponse>) { self.replies = replies }

    func received(_ answers: [(place: Int, answer: CommandAnswer)]) {
        self.replies.onEventLoop {
            for (place, answer) in answers {
                switch answer {
                case .accepted(let bytes): self.replies.respond(to: place, encoded: bytes.span.bytes)
                case .refused(let refusal): self.replies.fail(place, RPCError(refusal))
                case .failed(let error): self.replies.fail(place, error)
                }
            }
        }
    }
}
