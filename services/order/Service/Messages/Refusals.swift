internal import OrderDomain
internal import OrderMessages
internal import RPC
internal import RPCMessages
internal import Refusals
internal import WellKnownMessages
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// After how long it is worth asking for an order that still goes on by itself.
    private static let pendingPause = ProtoDuration(seconds: 1)

    /// The refusal of an order or of a change.
    ///
    /// - Parameter container: Where in the request the fields at fault are, such as `options`; empty: at its top.
    init(_ refusal: OrderRefusal, in container: String = "") {
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
                retryAfter: refusal.reason == .stillPending ? Self.pendingPause : nil, version: refusal.currentVersion))
    }
}

extension RefusalReason {
    /// The name in a problem: that of the proto's value, in lower case with hyphens.
    var name: String {
        switch self {
        case .orderNotFound: "order-not-found"
        case .returnNotFound: "return-not-found"
        case .claimNotFound: "claim-not-found"
        case .settlementNotFound: "settlement-not-found"
        case .shipmentNotFound: "shipment-not-found"
        case .orderAmbiguous: "order-ambiguous"
        case .invalidValue: "invalid-value"
        case .invalidAmount: "invalid-amount"
        case .unknownCurrency: "unknown-currency"
        case .dateOutOfRange: "date-out-of-range"
        case .totalMismatch: "total-mismatch"
        case .noPrice: "no-price"
        case .unknownSku: "unknown-sku"
        case .priceChanged: "price-changed"
        case .couponRefused: "coupon-refused"
        case .insufficientStock: "insufficient-stock"
        case .orderExists: "order-exists"
        case .commandIDReused: "command-id-reused"
        case .stateNotAllowed: "state-not-allowed"
        case .quantityExceeded: "quantity-exceeded"
        case .refundExceeded: "refund-exceeded"
        case .windowClosed: "window-closed"
        case .unknownLine: "unknown-line"
        case .duplicateEntry: "duplicate-entry"
        case .noSubstitute: "no-substitute"
        case .versionConflict: "version-conflict"
        case .tooMany: "too-many"
        case .keyRequired: "key-required"
        case .stillPending: "still-pending"
        case .recordInvalid: "record-invalid"
        case .unspecified, .unrecognized: "unspecified"
        }
    }

    /// The status of a call that is refused for it, and the class of the problem.
    var status: (StatusCode, Reason) {
        switch self {
        case .orderNotFound, .returnNotFound, .claimNotFound, .settlementNotFound, .shipmentNotFound:
            (.notFound, .notFound)
        case .orderAmbiguous, .priceChanged, .couponRefused, .insufficientStock, .orderExists, .stateNotAllowed,
            .quantityExceeded, .refundExceeded, .windowClosed, .noSubstitute, .tooMany:
            (.failedPrecondition, .conflict)
        case .invalidValue, .invalidAmount, .unknownCurrency, .dateOutOfRange, .totalMismatch, .noPrice, .unknownSku,
            .unknownLine, .duplicateEntry:
            (.invalidArgument, .fieldInvalid)
        case .commandIDReused:
            (.invalidArgument, .idempotencyKeyReused)
        case .versionConflict:
            (.aborted, .versionMismatch)
        case .keyRequired:
            (.invalidArgument, .idempotencyKeyRequired)
        case .stillPending:
            (.unavailable, .unavailable)
        case .recordInvalid, .unspecified, .unrecognized: (.internal, .internal)
        }
    }
}
