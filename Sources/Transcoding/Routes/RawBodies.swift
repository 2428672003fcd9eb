/// Which bodies of a route are bytes that are passed through, and what they may be: the `raw` of `(driveline.http)`.
public struct RawBodies: Sendable, Hashable {
    /// The message that a request's field is filled with, by what the request says beside its body.
    public static let requestHead = "driveline.raw.v1.RequestHead"
    /// The message in which an answer says what it is beside its body.
    public static let answerHead = "driveline.raw.v1.AnswerHead"

    /// The media types that the request's body may have, in lower case; empty: the body is not raw.
    public let consumes: [String]
    /// The most bytes of the request's body.
    public let maximumBytes: Int
    /// The headers that are handed over, in lower case; `*` stands for all.
    public let headers: [String]
    /// The field of the response that the answer's body is made of; empty: the answer is JSON.
    public let answer: String
    /// The media type of the answer, unless it names another one.
    public let produces: String

    init(_ description: RawDescription) {
        self.consumes = description.consumes
        self.maximumBytes = description.maximumBytes
        self.headers = description.headers
        self.answer = description.answer
        self.produces = description.produces
    }
}

extension Route {
    /// How the caller of a route proves who it is.
    public enum Authentication: Hashable, Sendable {
        /// By an API key.
        case key
        /// Anyone may call.
        case none
        /// By a signature of the body, which the handler verifies.
        case signature

        init(_ number: UInt64) {
            switch number {
            case 1: self = .none
            case 2: self = .signature
            default: self = .key
            }
        }
    }
}
