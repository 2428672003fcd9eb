internal import ChannelDomain
internal import ChannelMessages
internal import RPC
internal import RPCMessages
internal import Refusals
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// The refusal of a change or question.
    ///
    /// - Parameter container: Where in the request the fields at fault are, such as `connection`; empty: at its top.
    init(_ refusal: ChannelRefusal, in container: String = "") {
        let (code, reason) = refusal.reason.status
        self.init(
            code, refusal.description,
            problem: Problem(
                type: refusal.reason.name, reason: reason,
                fields: refusal.faults.map {
                    FieldProblem(
                        field: container.isEmpty ? $0.field : "\(container).\($0.field)", reason: $0.reason,
                        expected: $0.expected)
                },
                version: refusal.currentVersion))
    }
}

extension RefusalReason {
    /// The name in a problem: that of the proto's value, in lower case with hyphens.
    var name: String {
        switch self {
        case .connectionNotFound: "connection-not-found"
        case .listingNotFound: "listing-not-found"
        case .messageNotFound: "message-not-found"
        case .unknownPlatform: "unknown-platform"
        case .invalidValue: "invalid-value"
        case .platformFixed: "platform-fixed"
        case .versionConflict: "version-conflict"
        case .stateNotAllowed: "state-not-allowed"
        case .unknownSku: "unknown-sku"
        case .tooMany: "too-many"
        case .invalidPageToken: "invalid-page-token"
        case .platformFailed: "platform-failed"
        case .signatureInvalid: "signature-invalid"
        case .duplicateEntry: "duplicate-entry"
        case .notOffered: "not-offered"
        case .unspecified, .unrecognized: "unspecified"
        }
    }

    /// The status of a call that is refused for it, and the class of the problem.
    var status: (StatusCode, Reason) {
        switch self {
        case .connectionNotFound, .listingNotFound, .messageNotFound: (.notFound, .notFound)
        case .platformFixed, .stateNotAllowed, .tooMany: (.failedPrecondition, .conflict)
        case .unknownPlatform, .invalidValue, .unknownSku, .duplicateEntry, .invalidPageToken, .notOffered:
            (.invalidArgument, .fieldInvalid)
        case .versionConflict: (.aborted, .versionMismatch)
        case .platformFailed: (.unavailable, .unavailable)
        case .signatureInvalid: (.unauthenticated, .unauthenticated)
        case .unspecified, .unrecognized: (.internal, .internal)
        }
    }
}
