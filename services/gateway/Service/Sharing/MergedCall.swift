internal import NIOCore
internal import RPC
internal import Wire

/// One call made to several processes at once, whose answers become one. Bound to an event loop.
///
/// All must answer: a list that leaves out what cannot be reached would say that it is not there.
///
/// `@unchecked`: everything is touched on the event loop only.
final class MergedCall: @unchecked Sendable {
    typealias Completion = @Sendable (Result<ByteBuffer, RPCError>) -> Void

    private let request: ByteBuffer
    private let merge: ListMerge
    private var completion: Completion?
    private var answers: [ByteBuffer] = []
    private var calls: [EncodedCall] = []
    private var count = 0

    init(_ request: ByteBuffer, _ merge: ListMerge, _ completion: @escaping Completion) {
        self.request = request
        self.merge = merge
        self.completion = completion
    }

    /// Makes the calls.
    func start(
        _ clients: [RPCClient], _ method: MethodDescriptor, _ options: CallOptions, on eventLoop: any EventLoop
    ) {
        self.count = clients.count
        for client in clients {
            self.calls.append(
                client.unary(method, encoded: self.request, options: options, on: eventLoop) { self.ended($0) })
        }
    }

    /// Gives all of them up.
    func cancel() {
        for call in self.calls { call.cancel() }
    }

    private func ended(_ result: Result<ByteBuffer, RPCError>) {
        switch result {
        case .failure(let error):
            self.complete(.failure(error))
            self.cancel()
        case .success(let answer):
            self.answers.append(answer)
            guard self.answers.count == self.count else { return }
            guard let page = self.merge.page(of: self.answers, for: self.request) else {
                return self.complete(.failure(RPCError(.internal, "what was answered is no list")))
            }
            self.complete(.success(page))
        }
    }

    private func complete(_ result: Result<ByteBuffer, RPCError>) {
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }
}
