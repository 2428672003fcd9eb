public import NIOCore
public import NIOHTTP1

/// A request that the server answers itself, because of its form, a limit, or load; its connection is closed after.
public struct HTTPRefusal: Error, Sendable, Hashable {
    /// Why a request is refused.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// 400: the request is no HTTP, or could mean different things to different readers.
        public static let malformed = Code("malformed")
        /// 400: the body's coding is broken.
        public static let malformedBody = Code("malformed-body")
        /// 408: the head or the body came too slowly.
        public static let tooSlow = Code("too-slow")
        /// 413: the body, or what it inflates to, has too many bytes.
        public static let bodyTooLarge = Code("body-too-large")
        /// 414: the target has too many bytes.
        public static let targetTooLong = Code("target-too-long")
        /// 415: the body has a content coding other than gzip.
        public static let codingUnsupported = Code("coding-unsupported")
        /// 417: an expectation other than `100-continue`.
        public static let expectationUnknown = Code("expectation-unknown")
        /// 431: the header fields are too many or have too many bytes.
        public static let headersTooLarge = Code("headers-too-large")
        /// 500: the handler's answer cannot be sent.
        public static let answerInvalid = Code("answer-invalid")
        /// 503: too much is under way.
        public static let overloaded = Code("overloaded")
        /// 504: the handler did not answer in time.
        public static let notAnswered = Code("not-answered")

        /// The name, lower case with hyphens.
        public var description: String { self.name }
    }

    /// Why.
    public let code: Code
    /// The status of the answer.
    public let status: HTTPResponseStatus
    /// What is wrong and what would be right, for people.
    public let detail: String
    /// What `Retry-After` says, in seconds.
    public let retryAfterSeconds: Int?

    /// A refusal.
    public init(_ code: Code, _ status: HTTPResponseStatus, _ detail: String, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.status = status
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }

    static func malformed(_ detail: String) -> HTTPRefusal { HTTPRefusal(.malformed, .badRequest, detail) }
}

/// The headers and the body of the answer to a refused request. The server adds the status, Date, Content-Length,
/// Connection and Retry-After.
public struct HTTPRefusalContent: Sendable {
    /// The headers, above all the content type.
    public var headers: HTTPHeaders
    /// The body.
    public var body: ByteBuffer

    /// Headers and a body.
    public init(headers: HTTPHeaders, body: ByteBuffer) {
        self.headers = headers
        self.body = body
    }

    /// The detail as plain text.
    public static func plainText(_ refusal: HTTPRefusal) -> HTTPRefusalContent {
        HTTPRefusalContent(
            headers: ["Content-Type": "text/plain; charset=utf-8"], body: ByteBuffer(string: refusal.detail + "\n"))
    }
}
