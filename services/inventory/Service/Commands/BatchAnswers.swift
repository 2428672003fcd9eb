internal import InventoryDomain
internal import InventoryMessages
internal import RPC

/// Hands answers to the calls of one batch, which share an event loop: those of one transaction in one hop.
final class BatchAnswers: AnswerReceiver {
    private let replies: BatchReplies<CommandResponse>
    private let ownField: @Sendable (String) -> String

    /// - Parameters:
    ///   - replies: A command's place is its call's index among them.
    ///   - ownField: What requests of the calls' method call a field that a refusal names.
    init(_ replies: BatchReplies<CommandResponse>, ownField: @escaping @Sendable (String) -> String) {
        self.replies = replies
        self.ownField = ownField
    }

    func received(_ answers: [(place: Int, answer: CommandAnswer)]) {
        self.replies.onEventLoop {
            for (place, answer) in answers {
                switch answer {
                case .accepted(let bytes): self.replies.respond(to: place, encoded: bytes.span.bytes)
                case .refused(let refusal):
                    self.replies.fail(place, RPCError(refusal, field: self.ownField(refusal.field)))
                case .failed(let error): self.replies.fail(place, error)
                }
            }
        }
    }
}
