internal import NIOCore

/// What an asynchronous handler knows of its call, and can say beside its response.
public struct ServerContext: Sendable {
    private let call: ServerCall

    @usableFromInline
    init(_ call: ServerCall) { self.call = call }

    /// The method that was called.
    public var method: MethodDescriptor { self.call.method.descriptor }
    /// On whose behalf the call is made.
    public var caller: CallerIdentity { self.call.arrival.caller.identity }
    /// The request's metadata.
    public var metadata: Metadata { self.call.arrival.metadata }
    /// The trace that the call belongs to.
    public var trace: TraceContext? { self.call.arrival.trace }

    /// The time that is left; `nil` where there is no deadline.
    public var remaining: Duration? {
        guard self.call.arrival.deadline != .distantFuture else { return nil }
        return Duration(max(.zero, self.call.arrival.deadline - .now()))
    }

    /// Sends metadata before the first response message. Later it has no effect.
    ///
    /// For server-streaming and bidirectional calls; a unary call has trailing metadata only.
    public func sendInitial(_ metadata: Metadata) async {
        await self.onEventLoop { $0.initialMetadata = metadata }
    }

    /// Sends metadata with the status at the end of the call.
    public func sendTrailing(_ metadata: Metadata) async {
        await self.onEventLoop { $0.trailingMetadata = metadata }
    }

    private func onEventLoop(_ body: @escaping @Sendable (ServerCall) -> Void) async {
        guard !self.call.isInEventLoop else { return body(self.call) }
        await withUnsafeContinuation { continuation in
            self.call.onEventLoop { call in
                body(call)
                continuation.resume()
            }
        }
    }
}
