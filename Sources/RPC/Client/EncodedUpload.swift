public import NIOCore
internal import Wire

/// A call of many encoded requests and one encoded response. Dropping it cancels the call, unless it has ended.
///
/// One task may write while another waits for the response, which may come before all has been written.
public struct EncodedUpload: Sendable {
    let handle: StreamHandle

    /// Sends an encoded request, and returns when the connection has taken it; waits while the server gives no credit.
    ///
    /// - Throws: ``RPCError`` where the call is over; ``response()`` says how it ended.
    public func write(_ request: ByteBuffer) async throws(RPCError) {
        if let error = await self.handle.send(request, isEnd: false) { throw error }
    }

    /// Ends the client's side. Without effect where the call is over.
    public func finish() async { _ = await self.handle.send(nil, isEnd: true) }

    /// Waits for the response.
    ///
    /// - Throws: ``RPCError``: what the server answered, or what broke the call off.
    public func response() async throws(RPCError) -> ByteBuffer {
        guard let response = try await self.handle.next() else {
            throw RPCError(.internal, "the server answered OK without a message")
        }
        return response
    }

    /// Gives the call up: whoever waits for the response is told CANCELLED.
    public func cancel() { self.handle.cancel(RPCError(.cancelled, "the call was cancelled")) }
}

extension RPCClient {
    /// Makes a call with many encoded requests and one response, which stays encoded. It is never repeated by itself.
    ///
    /// - Parameter eventLoop: Where the call is made; one of the client's group.
    public func clientStreaming(
        _ method: MethodDescriptor, options: CallOptions = CallOptions(), on eventLoop: any EventLoop
    ) -> EncodedUpload {
        EncodedUpload(handle: self.start(method, first: nil, options, self.pool(on: eventLoop)))
    }
}
