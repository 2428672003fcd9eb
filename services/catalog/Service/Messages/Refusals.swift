internal import CatalogDomain
internal import CatalogMessages
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
