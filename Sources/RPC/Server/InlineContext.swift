internal import NIOCore
public import ProtobufC
internal import Wire

/// What an inline handler knows of its call.
///
/// Nothing in it is counted: it cannot leave the handler, and the connection outlives that.
public struct InlineContext: ~Copyable, ~Escapable {
    private unowned(unsafe) let connection: ServerConnection
    private let call: UnsafePointer<UnopenedCall>
    @usableFromInline let arena: Arena

    @_lifetime(borrow connection)
    init(_ connection: borrowing ServerConnection, _ call: UnsafePointer<UnopenedCall>, arena: Arena) {
        self.connection = copy connection
        self.call = call
        self.arena = arena
    }

    /// On whose behalf the call is made.
    public var caller: CallerIdentity { self.call.pointee.arrival.caller.identity }
    /// The request's metadata.
    public var metadata: Metadata { self.call.pointee.arrival.metadata }

    @usableFromInline
    func answer(_ response: borrowing EncodedMessage) {
        guard response.maximumByteCount <= WireLimits.fragmentBytes else {
            return self.connection.answer(self.call.pointee, response)
        }
        self.connection.frames.write(FrameHeader(.response, stream: self.call.pointee.header.stream), response)
    }
}
