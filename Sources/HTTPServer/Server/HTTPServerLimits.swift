public import NIOCore
internal import NIOHTTP1

/// What a server allows: see `docs/http.md`.
public struct HTTPServerLimits: Sendable, Hashable {
    // MARK: Heads

    /// The bytes of a target, path and query together; 414 beyond.
    public var maximumTargetBytes = 8_192
    /// The bytes of all names and values of a request's header fields, and of its trailers; 431 beyond.
    public var maximumHeaderBytes = 16_384
    /// The header fields of a request, trailers included; 431 beyond.
    public var maximumHeaderFields = 100

    // MARK: Bodies

    /// The bytes of a collected body, where the handler says nothing else; 413 beyond.
    public var maximumBodyBytes = 1_048_576
    /// The bytes of a streamed body, where the handler says nothing else; 413 beyond.
    public var maximumStreamedBodyBytes = 268_435_456
    /// The bytes that may wait for the consumer of a streamed body before reading stops.
    public var streamedBodyBufferBytes = 65_536
    /// The bytes of all bodies that the server holds together; 503 for the request that would exceed it.
    public var maximumHeldBodyBytes = 67_108_864
    /// The bytes of an unread body that are read and dropped so that its connection can be kept.
    public var maximumDroppedBodyBytes = 65_536
    /// How many times larger a body may become when it is inflated, beyond its first 64 KiB; 413 beyond.
    public var maximumInflationRatio = 100

    // MARK: Answers

    /// The bytes of an answer that is compressed where the client takes gzip. Smaller ones gain nothing; larger ones
    /// would keep the event loop for too long.
    public var compressedAnswerBytes = 1_024...262_144
    /// The bytes of answers that may wait for the socket before the server reads no further request and writers wait.
    public var maximumWaitingAnswerBytes = 65_536

    // MARK: Counts

    /// The connections that are open at once. For one more the one on its event loop is closed that has been idle for
    /// longest; where none is idle, the new one is closed at once.
    public var maximumConnections = 4_096
    /// The connections of one IPv4 address, or of the first 64 bits of an IPv6 address, that are open at once; one more is
    /// closed at once. `nil`: as many as there may be, which behind a proxy is the only sense, since all are its own.
    public var maximumConnectionsPerAddress: Int?
    /// The requests that handlers work on at once, streamed bodies and answers included, but not those whose collected
    /// bodies are still to come; 503 with Retry-After beyond.
    public var maximumConcurrentRequests = 1_024

    // MARK: Times

    /// From a connection's beginning, TLS included, or a head's first byte, to the head's end; 408 beyond.
    public var headTime = TimeAmount.seconds(10)
    /// The time in which the next ``minimumBodyWindowBytes`` of a body must come, while the server reads it; 408 beyond.
    public var bodyWindowTime = TimeAmount.seconds(10)
    /// The bytes of a body, or its end, that must come in each ``bodyWindowTime``.
    public var minimumBodyWindowBytes = 1_024
    /// From a request's first byte to the end of its answer, streamed bodies and answers excepted.
    public var requestTime = TimeAmount.seconds(60)
    /// What is given to the handler beyond ``requestTime`` before the server answers 504 itself, or cuts the answer.
    public var answerGraceTime = TimeAmount.seconds(2)
    /// How long a connection stays open between two requests.
    public var idleTime = TimeAmount.seconds(75)
    /// How long a client may take none of the bytes that wait for it before it is cut off.
    public var stallTime = TimeAmount.seconds(30)
    /// How long bytes are read and dropped after the last answer of a connection, so that the client can read it.
    public var lingerTime = TimeAmount.seconds(2)
    /// How often connections are looked at for what is due: times are kept to within this.
    public var timeResolution = TimeAmount.milliseconds(250)

    /// The defaults.
    public init() {}
}

extension HTTPServerLimits {
    /// The bytes that are given to the parser at once while it is not known that they belong to a body, so that a
    /// client that sends very many small requests at once has only few of them parsed ahead.
    static let parsedAheadBytes = 4_096
    /// The bytes that are read from a socket at once.
    static let maximumReadBytes = 65_536

    /// The bytes of a head as it was sent, all separators and spaces included.
    var maximumRawHeadBytes: Int {
        self.maximumTargetBytes + self.maximumHeaderBytes + 4 * self.maximumHeaderFields + 256 + Self.parsedAheadBytes
    }

    /// The bytes that the framing of a chunked body may take.
    func maximumFramingBytes(body: Int) -> Int { 16_384 + 8 * body }

    /// What the parser is told. Wider than what is allowed, which is looked at, and told apart, when a head has come.
    var parser: NIOHTTPDecoderLimitConfiguration {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldCount = self.maximumHeaderFields
        configuration.maxHeaderListSize = self.maximumHeaderBytes + self.maximumTargetBytes
        configuration.maxHeaderFieldSize = max(self.maximumHeaderBytes, self.maximumTargetBytes)
        return configuration
    }
}
