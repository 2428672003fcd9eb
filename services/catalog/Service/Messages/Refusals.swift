internal import CatalogDomain
internal import CatalogMessages
internal import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// The refusal of a change.
    ///
    /// - Parameter container: Where in the request the fields at fault are, such as `product`; empty: at its top.
    init(_ refusal: CatalogRefusal, in container: String = "") {
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

extension RefusalReason {
    /// The name in a problem: that of the proto's value, in lower case with hyphens.
    var name: String {
        switch self {
        case .productNotFound: "product-not-found"
        case .versionConflict: "version-conflict"
        case .invalidProduct: "invalid-product"
        case .gtinCheckDigit: "gtin-check-digit"
        case .gtinTaken: "gtin-taken"
        case .kitInvalid: "kit-invalid"
        case .lifeCycle: "life-cycle"
        case .supersessionCycle: "supersession-cycle"
        case .invalidFitment: "invalid-fitment"
        case .fitmentNotFound: "fitment-not-found"
        case .fitmentOfProduct: "fitment-of-product"
        case .tooMany: "too-many"
        case .vinInvalid: "vin-invalid"
        case .vehicleNotFound: "vehicle-not-found"
        case .supersessionNotFound: "supersession-not-found"
        case .nothingToUndo: "nothing-to-undo"
        case .unspecified, .unrecognized: "unspecified"
        }
    }

    /// The status of a call that is refused for it, and the class of the problem.
    var status: (StatusCode, Reason) {
        switch self {
        case .productNotFound, .fitmentNotFound, .vehicleNotFound, .supersessionNotFound: (.notFound, .notFound)
        case .versionConflict: (.aborted, .versionMismatch)
        case .gtinTaken: (.alreadyExists, .conflict)
        case .fitmentOfProduct, .tooMany, .nothingToUndo: (.failedPrecondition, .conflict)
        case .invalidProduct, .gtinCheckDigit, .kitInvalid, .lifeCycle, .supersessionCycle, .invalidFitment,
            .vinInvalid:
            (.invalidArgument, .fieldInvalid)
        case .unspecified, .unrecognized: (.internal, .internal)
        }
    }
}
