internal import NIOCore
public import ProtobufC

/// Where a streaming handler writes its responses.
public struct ResponseWriter<Response: Message>: Sendable {
    private let call: ServerCall

    @usableFromInline
    init(_ call: ServerCall) { self.call = call }

    /// Writes a response, and returns when the connection has taken it.
    ///
    /// Waits while the caller has given no credit, or reads more slowly than the handler writes.
    ///
    /// - Throws: ``RPCError``: CANCELLED, DEADLINE_EXCEEDED or UNAVAILABLE when nobody waits for the response any
    ///   more.
    public func write(_ response: Response) async throws(RPCError) {
        let call = self.call
        if call.isInEventLoop, try self.writeNow(response) { return }
        let body = try encodedBuffer(response)
        let error = await withUnsafeContinuation { (writer: OutboundQueue.Writer) in
            call.onEventLoop { $0.connection.send($0, body, writer) }
        }
        if let error { throw error }
    }

    /// Writes without waiting, if nothing stands in the way.
    private func writeNow(_ response: Response) throws(RPCError) -> Bool {
        let arena = self.call.borrowArena()
        defer { self.call.returnArena() }
        let isSent: Bool?
        do throws(EncodingError) {
            isSent = self.call.connection.sendNow(self.call, try response.encoded(in: arena))
        } catch {
            throw RPCError(error, of: Response.fullName)
        }
        guard let isSent else { throw self.call.connection.abandoned(self.call) }
        return isSent
    }
}

/// A message's bytes in a buffer of its own, for messages that have to wait.
func encodedBuffer<M: Message>(_ message: M) throws(RPCError) -> ByteBuffer {
    do throws(EncodingError) {
        return ByteBuffer(bytes: try message.encodedBytes())
    } catch {
        throw RPCError(error, of: M.fullName)
    }
}
