internal import Idempotency
internal import IdentityDomain
internal import RPC
internal import RPCMessages
internal import Scopes
internal import ServiceKit
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// The request for a key breaks a rule.
    init(_ fault: KeyRules.Fault) {
        switch fault {
        case .unknownScope(let scope, let index):
            let nearest = EditDistance.nearest(to: scope, among: Scopes.all)
            self.init(
                field: "scopes[\(index)]", "is no scope: \(scope.debugDescription)",
                expected: nearest.map { "perhaps \($0)" } ?? "one of \(Scopes.all.joined(separator: ", "))")
        case .scopeNotHeld(let scope, let index):
            self.init(
                .permissionDenied, "the caller does not hold \(scope) and cannot hand it out",
                problem: Problem(
                    type: "scope-not-held", reason: .scopeMissing,
                    fields: [
                        FieldProblem(
                            field: "scopes[\(index)]", reason: "is not held by the caller",
                            expected: "a scope that the caller holds")
                    ]))
        case .expiryPassed:
            self.init(field: "expiresAt", "has passed", expected: "a time in the future, or none")
        }
    }

    /// Another brand's key is answered with exactly this, too.
    static let keyNotFound = RPCError(
        .notFound, "there is no such key", type: "key-not-found", reason: .notFound)

    static let brandNotFound = RPCError(
        .notFound, "there is no such brand", type: "brand-not-found", reason: .notFound)

    static let slugTaken = RPCError(
        .alreadyExists, "another brand has this slug", type: "brand-exists", reason: .alreadyExists)

    /// What an earlier use of an idempotency key means for this one; `nil` where there was none or it was answered.
    init?(_ claim: IdempotencyClaim) {
        switch claim {
        case .new, .answered: return nil
        case .otherRequest:
            self.init(
                .invalidArgument, "the idempotency key was used with another request",
                type: "idempotency-key-reused", reason: .idempotencyKeyReused)
        // One request stands in no batch with itself, but would be under way like any other.
        case .inFlight, .repeated:
            self.init(
                .aborted, "a request with this idempotency key is under way", type: "call-in-flight",
                reason: .callInFlight)
        }
    }

    /// The idempotency key is missing or cannot be one.
    init(_ error: IdempotencyKeyError) {
        switch error {
        case .empty:
            self.init(
                .invalidArgument, "the method needs an idempotency key, in the metadata \(Metadata.idempotencyKey)",
                type: "idempotency-key-required", reason: .idempotencyKeyRequired)
        case .tooLong, .notVisibleASCII:
            self.init(
                field: Metadata.idempotencyKey, "is no idempotency key",
                expected: "1 to \(IdempotencyKey.maximumLength) visible ASCII characters")
        case .scopeTooLong(let limit):
            self.init(
                .permissionDenied, "the caller's name has more than \(limit) bytes", type: "principal-too-long",
                reason: .scopeMissing)
        }
    }
}
