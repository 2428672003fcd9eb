internal import PricingDomain
internal import PricingMessages
internal import RPC
internal import RPCMessages
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// The refusal of a change or quote.
    ///
    /// - Parameter container: Where in the request the fields at fault are, such as `rule`; empty: at its top.
    init(_ refusal: PricingRefusal, in container: String = "") {
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
        case .listNotFound: "list-not-found"
        case .ruleNotFound: "rule-not-found"
        case .couponNotFound: "coupon-not-found"
        case .kitNotFound: "kit-not-found"
        case .holdNotFound: "hold-not-found"
        case .redemptionNotFound: "redemption-not-found"
        case .versionConflict: "version-conflict"
        case .invalidValue: "invalid-value"
        case .invalidAmount: "invalid-amount"
        case .unknownCurrency: "unknown-currency"
        case .datesInverted: "dates-inverted"
        case .listsOverlap: "lists-overlap"
        case .tiersNotMonotone: "tiers-not-monotone"
        case .underFloor: "under-floor"
        case .kitInvalid: "kit-invalid"
        case .noPrice: "no-price"
        case .noRate: "no-rate"
        case .priceChanged: "price-changed"
        case .budgetExhausted: "budget-exhausted"
        case .notInForce: "not-in-force"
        case .redemptionConflict: "redemption-conflict"
        case .holdDecided: "hold-decided"
        case .tooMany: "too-many"
        case .inUse: "in-use"
        case .duplicateEntry: "duplicate-entry"
        case .nothingToUndo: "nothing-to-undo"
        case .unspecified, .unrecognized: "unspecified"
        }
    }

    /// The status of a call that is refused for it, and the class of the problem.
    var status: (StatusCode, Reason) {
        switch self {
        case .listNotFound, .ruleNotFound, .couponNotFound, .kitNotFound, .holdNotFound, .redemptionNotFound:
            (.notFound, .notFound)
        case .versionConflict: (.aborted, .versionMismatch)
        case .listsOverlap, .priceChanged, .budgetExhausted, .notInForce, .redemptionConflict, .holdDecided, .tooMany,
            .inUse, .nothingToUndo:
            (.failedPrecondition, .conflict)
        case .invalidValue, .invalidAmount, .unknownCurrency, .datesInverted, .tiersNotMonotone, .underFloor,
            .kitInvalid, .noPrice, .noRate, .duplicateEntry:
            (.invalidArgument, .fieldInvalid)
        case .unspecified, .unrecognized: (.internal, .internal)
        }
    }
}
