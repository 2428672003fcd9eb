internal import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// A field of the request is wrong in a way that its proto rules cannot say.
    init(field: String, _ reason: String, expected: String) {
        self.init(
            .invalidArgument, "\(field) \(reason); expected \(expected)",
            problem: Problem(
                type: "field-invalid", reason: .fieldInvalid,
                fields: [FieldProblem(field: field, reason: reason, expected: expected)]))
    }

    static let callerWithoutBrand = RPCError(
        .permissionDenied, "the caller belongs to no brand", type: "brand-missing", reason: .scopeMissing)

    /// What the database failed with. Its text stays in the log, as it may hold what callers must not see.
    init(storage error: PostgresError) {
        switch error.retry {
        case .safe, .outcomeUnknown:
            // Every method of the service may be repeated, so an unknown outcome is found out by another try.
            self.init(.unavailable, "the database does not answer", type: "unavailable", reason: .unavailable)
        case .never:
            self.init(.internal, "the database refused", type: "internal", reason: .internal)
        }
    }
}
