public import RPCMessages
internal import WellKnownMessages
public import Wire

/// Finds the HTTP status of a problem: that on the value of the refusal's own enum, on that of its reason, or the one
/// that its RPC status has.
public struct ProblemStatuses: Sendable {
    private let statuses: [String: Int]

    /// - Parameter statuses: The `(driveline.http_status)` options by the types of problems, as a schema has them.
    public init(_ statuses: [String: Int]) { self.statuses = statuses }

    /// The status of a call that failed.
    public func status(_ code: StatusCode, _ problem: Problem?) -> Int {
        if let problem {
            if let status = self.statuses[problem.type], Self.isRefusal(status) { return status }
            if let name = problem.reason.typeName, let status = self.statuses[name], Self.isRefusal(status) {
                return status
            }
        }
        return Self.status(of: code)
    }

    private static func isRefusal(_ status: Int) -> Bool { (400...599).contains(status) }

    /// The HTTP status that stands for an RPC status by itself.
    public static func status(of code: StatusCode) -> Int {
        switch code {
        case .cancelled: 499
        case .invalidArgument, .outOfRange: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .alreadyExists, .failedPrecondition, .aborted: 409
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .unimplemented: 501
        case .unavailable: 503
        case .unauthenticated: 401
        default: 500
        }
    }
}

extension ProblemDocument {
    /// The types that clients give to what they find on the way to a server, and whose texts name addresses.
    private static let transportTypes: Set<String> = [
        "connection-failed", "connection-lost", "name-unresolved", "server-leaving", "unavailable",
    ]

    /// What a call failed with, as far as the caller may know of it.
    ///
    /// - Parameters:
    ///   - message: The failure's words. Those of our own faults are not passed on.
    ///   - place: Where in the request a field of the message comes from.
    public init(
        _ code: StatusCode, _ message: String, _ problem: Problem?, statuses: ProblemStatuses,
        place: (String) -> ProblemError.Place
    ) {
        let status = statuses.status(code, problem)
        let type = problem.flatMap { Self.typeName($0) } ?? Self.typeName(of: code)
        switch status {
        // The caller has proved who it is to the gateway: that a service does not believe that is a fault of ours.
        case 401: self = .serviceUnavailable
        case 503 where Self.transportTypes.contains(type): self = .serviceUnavailable
        case 503: self = ProblemDocument(status, type, message)
        case 504:
            self = ProblemDocument(
                status, "deadline-exceeded",
                "the answer did not come in time; whether the request was carried out is not known")
        case 501: self = ProblemDocument(status, "not-implemented", "this is not available at the moment")
        case 500...: self = .fault
        default:
            self = ProblemDocument(status, type, message, version: problem?.version)
            self.errors =
                problem?.fields.map { ProblemError(place($0.field), $0.reason, expected: $0.expected) } ?? []
        }
        self.retryAfterSeconds = Self.retryAfterSeconds(self.status, problem) ?? self.retryAfterSeconds
    }

    private static func retryAfterSeconds(_ status: Int, _ problem: Problem?) -> Int? {
        let isWaited = status == 429 || status == 503 || problem?.reason == .callInFlight
        guard let wait = problem?.retryAfter else { return isWaited ? 1 : nil }
        let seconds = wait.seconds.addingReportingOverflow(wait.nanos > 0 ? 1 : 0)
        return max(1, Int(clamping: seconds.overflow ? wait.seconds : seconds.partialValue))
    }

    /// The type's name, where it is one that can stand in a URI.
    private static func typeName(_ problem: Problem) -> String? {
        let type = problem.type
        let isName =
            (1...self.maximumTypeLength).contains(type.utf8.count)
            && type.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        return isName ? type : problem.reason.typeName
    }

    /// The type of a failure that names none.
    private static func typeName(of code: StatusCode) -> String {
        switch code {
        case .invalidArgument, .outOfRange: "request-invalid"
        case .notFound: "not-found"
        case .alreadyExists: "already-exists"
        case .permissionDenied: "permission-denied"
        case .resourceExhausted: "quota-exhausted"
        case .failedPrecondition, .aborted: "conflict"
        case .cancelled: "cancelled"
        case .unavailable: "unavailable"
        default: "internal"
        }
    }
}

extension Reason {
    /// The name of the value in the form of a problem's type; `nil` for none.
    var typeName: String? {
        switch self {
        case .fieldInvalid: "field-invalid"
        case .messageMalformed: "message-malformed"
        case .messageTooLarge: "message-too-large"
        case .unauthenticated: "unauthenticated"
        case .scopeMissing: "scope-missing"
        case .notFound: "not-found"
        case .methodUnknown: "method-unknown"
        case .alreadyExists: "already-exists"
        case .conflict: "conflict"
        case .versionMismatch: "version-mismatch"
        case .versionRequired: "version-required"
        case .idempotencyKeyRequired: "idempotency-key-required"
        case .idempotencyKeyReused: "idempotency-key-reused"
        case .callInFlight: "call-in-flight"
        case .rateLimited: "rate-limited"
        case .overloaded: "overloaded"
        case .unavailable: "unavailable"
        case .deadlineExceeded: "deadline-exceeded"
        case .cancelled: "cancelled"
        case .internal: "internal"
        case .unspecified, .unrecognized: nil
        }
    }
}
