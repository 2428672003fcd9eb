internal import RPC
internal import RPCMessages
internal import Wire

/// How a call ended.
public enum CallEnding: Sendable, Hashable {
    /// It was carried out.
    case answered
    /// It was refused for a reason that a sound service may have; nothing was carried out.
    case refused(String)
    /// The service said that it has too much to do; nothing was carried out.
    case overloaded(String)
    /// Anything else.
    case failed(String)

    /// Whether it is known that nothing was carried out.
    var isWithoutEffect: Bool {
        switch self {
        case .refused, .overloaded: true
        case .answered, .failed: false
        }
    }

    /// How a call that threw ended.
    ///
    /// - Parameter expected: The types of problem that are right for the call.
    init(_ error: RPCError, expected: Set<String>) {
        let type = error.problem?.type ?? ""
        if expected.contains(type) {
            self = .refused(type)
        } else if error.code == .resourceExhausted {
            self = .overloaded(type.isEmpty ? "\(error.code)" : type)
        } else {
            self = .failed(type.isEmpty ? "\(error.code)" : "\(error.code) \(type)")
        }
    }
}

extension RPCError {
    /// Whether it is known that the server has not carried the call out: it said no. Where it did not answer, or broke
    /// down, it may have.
    var saysNo: Bool {
        switch self.code {
        case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .resourceExhausted, .failedPrecondition,
            .aborted, .outOfRange, .unimplemented, .unauthenticated:
            true
        default: false
        }
    }
}
