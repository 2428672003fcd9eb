internal import EchoMessages
package import RPC
internal import Wire

// Calls over ``Text``, as generated clients make them over their messages.
extension RPCClient {
    /// Makes a unary call.
    package func call(
        _ method: MethodDescriptor, _ text: String = "", options: CallOptions = CallOptions()
    ) async throws(RPCError) -> String {
        let response: Text = try await self.unary(method, Text(text: text), options: options)
        return response.text
    }

    /// Makes a server-streaming call.
    package func stream(
        _ method: MethodDescriptor, _ text: String = "", options: CallOptions = CallOptions()
    ) async throws(RPCError) -> ResponseStream<Text> {
        try await self.serverStreaming(method, Text(text: text), options: options)
    }

    /// Makes a client-streaming call.
    package func collect(
        _ method: MethodDescriptor, _ texts: [String], options: CallOptions = CallOptions()
    ) async throws(RPCError) -> String {
        let response: Text = try await self.clientStreaming(method, options: options) {
            (requests: RequestWriter<Text>) in
            for text in texts { try await requests.write(Text(text: text)) }
        }
        return response.text
    }

    /// Makes a bidirectional call.
    package func converse(
        _ method: MethodDescriptor, options: CallOptions = CallOptions()
    ) async throws(RPCError) -> BidirectionalCall<Text, Text> {
        try await self.bidirectional(method, options: options)
    }
}

/// What a call fails with; `nil` where it does not.
package func failure(of call: () async throws -> Void) async -> RPCError? {
    do {
        try await call()
        return nil
    } catch let error as RPCError {
        return error
    } catch {
        return RPCError(.unknown, "\(error)")
    }
}
