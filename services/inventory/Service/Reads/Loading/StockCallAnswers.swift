internal import InventoryMessages
internal import NIOCore
internal import RPC
internal import Synchronization

/// Carries answers to the event loop of their calls: those that come together in one go.
final class StockCallAnswers: Sendable {
    private typealias Given = (reply: Reply<StockItem>, answer: StockAnswer)

    private let eventLoop: any EventLoop
    private let given = Mutex<[Given]>([])

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Answers a call, from any thread.
    func give(_ answer: StockAnswer, to reply: Reply<StockItem>) {
        let isFirst = self.given.withLock { given in
            given.append((reply, answer))
            return given.count == 1
        }
        if isFirst { self.eventLoop.execute { self.answer() } }
    }

    private func answer() {
        let given = self.given.withLock { given in
            let taken = given
            given = []
            return taken
        }
        for (reply, answer) in given {
            switch answer {
            case .encoded(let bytes): reply.respond(encoded: bytes.span.bytes)
            case .unknown: reply.fail(.skuNotFound)
            case .failed(let error): reply.fail(error)
            }
        }
    }
}
