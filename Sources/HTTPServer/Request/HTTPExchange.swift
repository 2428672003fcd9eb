public import NIOCore
public import NIOHTTP1

/// A request that waits for its answer: the handle by which a handler takes the body and answers.
///
/// All of it can be called from anywhere. On the connection's event loop calls take effect at once; from elsewhere they
/// are handed over to it, in order. What comes after the answer, or after the client has gone, does nothing.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
public final class HTTPExchange: @unchecked Sendable {
    /// The connection's event loop.
    public let eventLoop: any EventLoop
    /// By when the request must be answered: the server answers 504 itself a little later.
    ///
    /// A streamed body moves it on with each of its parts; this is the deadline without them.
    public let deadline: NIODeadline

    let method: HTTPMethod
    let contentLength: Int?
    let coding: BodyCoding
    let isHTTP10: Bool
    let acceptEncoding: String?
    /// `nil` when the exchange is over.
    var connection: HTTPConnection?
    var body: RequestBody
    private var disconnectActions: [@Sendable () -> Void] = []
    private(set) var isDisconnected = false
    private var isUnderWay = false
    var waitingWriters: [StreamWaiter] = []
    var streamFraming = AnswerHead.Framing.chunked

    init(_ head: CheckedHead, _ connection: HTTPConnection, deadline: NIODeadline) {
        self.eventLoop = connection.loop.eventLoop
        self.deadline = deadline
        self.method = head.method
        if case .length(let length) = head.framing { self.contentLength = length } else { self.contentLength = nil }
        self.coding = head.coding
        self.isHTTP10 = head.isHTTP10
        self.acceptEncoding = head.acceptEncoding
        self.connection = connection
        self.body = RequestBody(isComplete: head.framing == .length(0))
    }

    /// Gives the whole body to a closure, on the event loop: at once where there is no body.
    ///
    /// A body with more bytes, inflated or not, is refused with 413 by the server, one that comes too slowly with 408,
    /// and one whose gzip is broken with 400; the closure is not called then. A client that waits for
    /// `100 Continue` is told to go on.
    ///
    /// - Parameters:
    ///   - limit: In bytes; ``HTTPServerLimits/maximumBodyBytes`` where it is `nil`.
    /// - Precondition: The body was not asked for before.
    public func collectBody(limit: Int? = nil, _ then: @escaping @Sendable (ByteBuffer) -> Void) {
        self.onLoop { exchange, connection in
            exchange.collect(limit ?? connection.core.limits.maximumBodyBytes, connection, then)
        }
    }

    /// The body in parts as they come, inflated where it is gzip; the server reads only as fast as they are taken.
    ///
    /// - Parameters:
    ///   - limit: In bytes; ``HTTPServerLimits/maximumStreamedBodyBytes`` where it is `nil`.
    /// - Precondition: The body was not asked for before.
    public func bodyChunks(limit: Int? = nil) -> HTTPBodyChunks {
        self.onLoop { exchange, connection in
            exchange.streamBody(limit ?? connection.core.limits.maximumStreamedBodyBytes, connection)
        }
        return HTTPBodyChunks(self)
    }

    /// Answers with a whole body.
    ///
    /// The server adds Date, Content-Length and Connection, and sends no body where the request is HEAD or the status
    /// has none. It compresses what is text or JSON, within ``HTTPServerLimits/compressedAnswerBytes``, where the
    /// client takes gzip and the headers name no coding. `Connection: close` among the headers closes the connection
    /// after the answer. Headers that cannot be sent become a 500.
    public func respond(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.onLoop { exchange, connection in connection.answer(exchange, status, headers, body) }
    }

    /// Begins an answer whose body is written part by part, without a deadline.
    ///
    /// It is sent in chunks, to HTTP/1.0 clients until the connection ends, and is not compressed.
    public func stream(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:]) -> HTTPResponseWriter {
        self.onLoop { exchange, connection in connection.beginStream(exchange, status, headers) }
        return HTTPResponseWriter(self)
    }

    /// Has a closure called on the event loop when the client has gone before its answer ended, or when the server
    /// has answered or cut it off in the handler's place: at once where it has already.
    public func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        let note = { @Sendable in
            if self.isDisconnected {
                action()
            } else if self.connection != nil {
                self.disconnectActions.append(action)
            }
        }
        if self.eventLoop.inEventLoop { note() } else { self.eventLoop.execute(note) }
    }
}

extension HTTPExchange {
    /// Runs on the event loop, unless the exchange is over.
    func onLoop(_ body: @escaping @Sendable (HTTPExchange, HTTPConnection) -> Void) {
        if self.eventLoop.inEventLoop {
            if let connection = self.connection { body(self, connection) }
        } else {
            self.eventLoop.execute {
                if let connection = self.connection { body(self, connection) }
            }
        }
    }

    /// Counts the request as one under way, or no longer: one whose body is awaited is none, or slow clients would
    /// take the room of all others.
    ///
    /// - Returns: Whether there is room for it.
    @discardableResult
    func setUnderWay(_ isUnderWay: Bool, _ connection: HTTPConnection) -> Bool {
        guard isUnderWay != self.isUnderWay else { return true }
        self.isUnderWay = isUnderWay
        if isUnderWay { return connection.core.requestBegan() }
        connection.core.requestEnded()
        return true
    }

    /// The answer has ended.
    func answered() { self.end(.ended) }

    /// There will be no answer by the handler.
    func lost(_ error: HTTPStreamError) {
        guard self.connection != nil else { return }
        self.isDisconnected = true
        let actions = self.disconnectActions
        self.end(error)
        for action in actions { action() }
    }

    private func end(_ error: HTTPStreamError) {
        guard let connection = self.connection else { return }
        self.setUnderWay(false, connection)
        self.connection = nil
        self.disconnectActions = []
        if self.body.heldBytes > 0 { connection.core.letGoOfBody(self.body.heldBytes) }
        self.body.end(error)
        let writers = self.waitingWriters
        self.waitingWriters = []
        for writer in writers { writer.resume(error) }
    }
}
