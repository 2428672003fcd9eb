public import Postgres
public import RPC
internal import RPCMessages
internal import Wire

/// What callers of every service are told in the same words.
extension RPCError {
    /// The call needs a brand, and its caller has none.
    public static let callerWithoutBrand = RPCError(
        .permissionDenied, "the caller belongs to no brand", type: "brand-missing", reason: .scopeMissing)

    /// What the database failed with. Its text is for the log alone, as it may hold what callers must not see.
    ///
    /// For methods that may be repeated: an unknown outcome is found out by another try, which the error invites.
    public init(storage error: PostgresError) {
        switch error.retry {
        case .safe, .outcomeUnknown:
            self.init(.unavailable, "the database does not answer", type: "unavailable", reason: .unavailable)
        case .never:
            self.init(.internal, "the database refused", type: "internal", reason: .internal)
        }
    }
}
