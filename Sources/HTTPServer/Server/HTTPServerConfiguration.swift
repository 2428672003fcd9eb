public import NIOCore
public import NIOHTTP1

/// How a server listens and what it does by itself.
public struct HTTPServerConfiguration: Sendable {
    /// The address to listen on; only this host can reach the default.
    public var host: String
    /// The port to listen on; 0 takes a free one.
    public var port: Int
    /// What is allowed.
    public var limits = HTTPServerLimits()
    /// TLS, or `nil` for plain text.
    public var certificate: HTTPCertificateFiles?
    /// Headers that every answer carries, as they are: a handler must not set them again.
    public var commonHeaders: HTTPHeaders = [:]
    /// What a refused request is answered with.
    public var refusalContent: @Sendable (HTTPRefusal) -> HTTPRefusalContent = HTTPRefusalContent.plainText
    /// Asked before each request is given to the handler, with the number of those that are under way beside it: a
    /// refusal sheds it. Called on the event loop.
    public var admission: (@Sendable (_ request: HTTPRequest, _ underWay: Int) -> HTTPRefusal?)?
    /// How long a drain may take before what is left is cut off.
    public var drainTime = TimeAmount.seconds(20)

    /// The defaults: any free port of this host, plain text.
    public init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
    }
}

/// The hook for metrics and logs. Called on event loops, so it must not block.
public protocol HTTPServerObserver: Sendable {
    /// A connection was opened or closed.
    func connectionsChanged(by change: Int)
    /// A connection was closed at once because of ``HTTPServerLimits/maximumConnections`` or
    /// ``HTTPServerLimits/maximumConnectionsPerAddress``.
    func connectionRefused()
    /// An idle connection was closed to make room for another.
    func connectionDisplaced()
    /// The server answered a request itself.
    func refused(_ refusal: HTTPRefusal)
    /// The server cut a connection in the middle of an answer.
    func cut(_ reason: HTTPCutReason)
}

/// Why a connection was cut in the middle of an answer.
public enum HTTPCutReason: String, Sendable, Hashable {
    /// The client took no bytes for ``HTTPServerLimits/stallTime``.
    case stalled
    /// The answer was not taken whole by the end of ``HTTPServerLimits/requestTime``.
    case late
    /// The body of the request broke off, or was refused, when its answer had begun.
    case brokenBody = "broken-body"
    /// The handler let go of a streamed answer before its end.
    case abandoned
    /// A drain took too long.
    case drained
}
