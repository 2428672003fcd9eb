internal import InventoryMessages
internal import RPC
internal import Synchronization

/// Carries answers to the event loop of their calls, which came together: those that come together in one go.
final class StockCallAnswers: Sendable {
    private typealias Given = (call: Int, answer: StockAnswer)

    private let replies: StockReads.StockReplies
    private let given = Mutex<[Given]>([])

    init(_ replies: StockReads.StockReplies) { self.replies = replies }

    /// Answers a call, from any thread.
    func give(_ answer: StockAnswer, to call: Int) {
        let isFirst = self.given.withLock { given in
            given.append((call, answer))
            return given.count == 1
        }
        if isFirst { self.replies.onEventLoop { self.answer() } }
    }

    private func answer() {
        let given = self.given.withLock { given in
            let taken = given
            given = []
            return taken
        }
        for (call, answer) in given {
            switch answer {
            case .encoded(let bytes): self.replies.respond(to: call, encoded: bytes.span.bytes)
            case .unknown: self.replies.fail(call, .skuNotFound)
            case .failed(let error): self.replies.fail(call, error)
            }
        }
    }
}
