internal import NIOCore
public import ProtobufC
internal import Wire

/// What an inline handler knows of its call.
///
/// Nothing in it is counted: it cannot leave the handler, and the connection outlives that.
public struct InlineContext: ~Copyable, ~Escapable {
    private unowned(unsafe) let connection: ServerConnection
    private unowned(unsafe) let method: ServerMethod
    private unowned(unsafe) let knownCaller: KnownCaller
    private unowned(unsafe) let details: RequestDetails?
    private let header: FrameHeader
    private let deadline: NIODeadline
    private let time: NIODeadline
    @usableFromInline let arena: Arena

    @inline(__always)
    @_lifetime(borrow connection)
    init(
        _ connection: borrowing ServerConnection, _ method: borrowing ServerMethod, _ header: FrameHeader,
        _ arrival: borrowing CallArrival, arena: Arena
    ) {
        self.connection = copy connection
        self.method = copy method
        self.knownCaller = arrival.caller
        self.details = arrival.details
        self.header = header
        self.deadline = arrival.deadline
        self.time = arrival.time
        self.arena = arena
    }

    /// On whose behalf the call is made.
    public var caller: CallerIdentity { self.knownCaller.identity }
    /// The request's metadata.
    public var metadata: Metadata { self.details?.metadata ?? Metadata() }

    @usableFromInline
    func answer(_ response: borrowing EncodedMessage) {
        guard response.maximumByteCount <= WireLimits.fragmentBytes else { return self.answerInPieces(response.buffer) }
        self.connection.frames.write(FrameHeader(.response, stream: self.header.stream), response)
    }

    private func answerInPieces(_ body: ByteBuffer) {
        let arrival = CallArrival(
            caller: self.knownCaller, deadline: self.deadline, time: self.time, details: self.details)
        self.connection.answerInPieces(UnopenedCall(method: self.method, header: self.header, arrival: arrival), body)
    }
}
