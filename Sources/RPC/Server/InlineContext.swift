internal import NIOCore
public import ProtobufC
internal import Wire

/// What an inline handler knows of its call.
public struct InlineContext: ~Copyable {
    private let connection: ServerConnection
    private let call: UnopenedCall
    @usableFromInline let arena: Arena

    init(_ connection: ServerConnection, _ call: UnopenedCall, arena: Arena) {
        self.connection = connection
        self.call = call
        self.arena = arena
    }

    /// On whose behalf the call is made.
    public var caller: CallerIdentity { self.call.arrival.caller.identity }
    /// The request's metadata.
    public var metadata: Metadata { self.call.arrival.metadata }

    @usableFromInline
    func answer(_ response: borrowing EncodedMessage) { self.connection.answer(self.call, response) }

    @usableFromInline
    func fail(_ error: RPCError) { self.connection.refuse(self.call.header.stream, error) }
}
