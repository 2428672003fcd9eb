public import ProtobufC
public import RPCMessages
public import Wire

/// How a call failed. It travels: what a handler throws is what its caller catches.
public struct RPCError: Error, Sendable, Hashable {
    /// The class of the failure.
    public var code: StatusCode
    /// What happened, for people.
    public var message: String
    /// What happened, for programs.
    public var problem: Problem?
    /// The response's trailing metadata.
    public var metadata: Metadata

    /// A failure.
    ///
    /// - Precondition: `code` is not OK, which is no failure.
    public init(_ code: StatusCode, _ message: String, problem: Problem? = nil, metadata: Metadata = Metadata()) {
        precondition(code != .ok, "OK is no error")
        self.code = code
        self.message = message
        self.problem = problem
        self.metadata = metadata
    }

    /// A failure with a reason for programs.
    ///
    /// - Parameters:
    ///   - type: A stable name of the kind of problem, lower case with hyphens.
    ///   - reason: Its class.
    public init(_ code: StatusCode, _ message: String, type: String, reason: Reason) {
        self.init(code, message, problem: Problem(type: type, reason: reason))
    }

    /// What a handler threw: an `RPCError` as it is, a cancellation as CANCELLED, anything else as INTERNAL without
    /// its text, which may hold what callers must not see.
    public init(handlerError error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case is CancellationError: self = RPCError(.cancelled, "the call was cancelled")
        default: self = RPCError(.internal, "the handler failed", type: "internal", reason: .internal)
        }
    }

    /// A request's body is not its message.
    public init(_ error: DecodingError, of message: String) {
        switch error {
        case .malformed:
            self.init(
                .invalidArgument, "the body is not a \(message)", type: "message-malformed", reason: .messageMalformed)
        case .tooLarge:
            self.init(
                .resourceExhausted, "the \(message) is too large", type: "message-too-large", reason: .messageTooLarge)
        case .invalidText(let violations):
            self.init(violations, of: message)
        }
    }

    /// A response cannot be encoded.
    public init(_ error: EncodingError, of message: String) {
        self.init(
            .resourceExhausted, "the \(message) is too large", type: "message-too-large", reason: .messageTooLarge)
    }

    /// Fields of a request are not as they should be.
    public init(_ violations: FieldViolations, of message: String) {
        let fields = violations.elements.map {
            FieldProblem(field: $0.field, reason: $0.reason, expected: $0.expected)
        }
        let first = violations.elements.first.map { "\($0.field) \($0.reason); expected \($0.expected)" }
        self.init(
            .invalidArgument,
            "\(message): \(first ?? "a field is invalid")",
            problem: Problem(type: "field-invalid", reason: .fieldInvalid, fields: fields)
        )
    }

    /// A field of a request is wrong in a way that the rules of its proto cannot say.
    ///
    /// - Parameters:
    ///   - field: Its path.
    ///   - reason: What is wrong, as it goes on behind the field: `is no vehicle`.
    ///   - expected: What would be valid, without "expected".
    public init(field: String, _ reason: String, expected: String) {
        self.init(
            .invalidArgument, "\(field) \(reason); expected \(expected)",
            problem: Problem(
                type: "field-invalid", reason: .fieldInvalid,
                fields: [FieldProblem(field: field, reason: reason, expected: expected)]))
    }

    /// Whether the server says that another try, elsewhere or later, may succeed.
    public var invitesRetry: Bool {
        guard self.code == .unavailable || self.code == .resourceExhausted else { return false }
        guard let reason = self.problem?.reason else { return self.code == .unavailable }
        return reason == .overloaded || reason == .unavailable
    }
}

extension RPCError: CustomStringConvertible {
    /// The code and the message.
    public var description: String { "\(self.code): \(self.message)" }
}
