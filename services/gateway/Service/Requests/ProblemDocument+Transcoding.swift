internal import GatewayDomain
internal import RPC
internal import RPCMessages
internal import Transcoding
internal import Wire

extension ProblemDocument {
    /// A request that is no message.
    init(_ error: TranscodingError) {
        switch error.code {
        case .malformedJSON: self.init(400, "json-malformed", error.message)
        case .tooLarge: self.init(413, "content-too-large", error.message)
        case .invalidFields:
            self.init(400, "field-invalid", error.message, errors: error.fields.map { ProblemError($0) })
        default: self = .fault
        }
    }

    /// A key that is refused, or that cannot be looked at now.
    init(verifying error: RPCError) {
        let type = error.problem?.type ?? ""
        switch error.code {
        case .unauthenticated: self.init(401, type.isEmpty ? "credential-invalid" : type, error.message)
        case .resourceExhausted: self = .overloaded
        default: self.init(503, "identity-unavailable", error.message, retryAfterSeconds: 1)
        }
    }
}

extension ProblemError {
    init(_ fault: FieldFault) {
        let place: Place =
            switch fault.source {
            case .body: .body(pointer: fault.pointer)
            case .path: .path(fault.field)
            case .query: .query(fault.field)
            }
        self.init(place, fault.reason, expected: fault.expected)
    }
}
