public import NIOHTTP1

/// What a request says before its body.
public struct HTTPRequest: Sendable {
    /// The method; any that the parser knows but CONNECT.
    public var method: HTTPMethod
    /// Path and query as they were sent, in visible ASCII: begins with a slash, or is `*` for OPTIONS. Of an absolute
    /// target, what follows the authority.
    public var target: String
    /// The header fields in the order in which they were sent.
    ///
    /// In HTTP/1.1 there is exactly one `Host`; the authority of an absolute target has taken its place. Bytes of a
    /// value that are not UTF-8 have become U+FFFD.
    public var headers: HTTPHeaders
    /// Whether the request came over TLS.
    public var isSecure: Bool
    /// The address of the peer without its port, for logs and limits; empty where it is not known.
    public var peer: String
    /// The bytes that the body has on its way: `nil` where they are not known before it ends, 0 without a body.
    public var contentLength: Int?

    /// A request, as tests of handlers make it.
    public init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], isSecure: Bool = false, peer: String = "",
        contentLength: Int? = 0
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.isSecure = isSecure
        self.peer = peer
        self.contentLength = contentLength
    }
}

/// Answers requests.
public protocol HTTPHandler: Sendable {
    /// Takes a request, before its body.
    ///
    /// Called on the connection's event loop, once for each request and one after the other on a connection, so it
    /// must not block. What it does not answer here it answers later, through the exchange, from anywhere; a request
    /// that is not answered in time is answered with 504 by the server.
    func receive(_ request: HTTPRequest, _ exchange: HTTPExchange)
}
