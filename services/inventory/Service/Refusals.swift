internal import InventoryDomain
internal import RPC
internal import RPCMessages
internal import WellKnownMessages
internal import Wire

/// What callers are told when they are refused.
extension RPCError {
    /// The refusal of a command.
    ///
    /// - Parameter field: What the command itself calls the field at fault; nil: what the refusal does.
    init(_ refusal: InventoryDomain.Refusal, field: String? = nil) {
        let (code, reason) = refusal.reason.status
        let field = field ?? refusal.field
        let fields =
            field.isEmpty
            ? [] : [FieldProblem(field: field, reason: refusal.description, expected: "")]
        self.init(
            code, refusal.description,
            problem: Problem(
                type: refusal.reason.name, reason: reason, fields: fields,
                version: refusal.currentVersion.map { UInt64(clamping: $0) }))
    }

    /// Too many commands wait already.
    static let overloaded = RPCError(
        .resourceExhausted, "more commands wait than can be carried out soon; try again later",
        problem: Problem(
            type: "overloaded", reason: .overloaded,
            retryAfter: ProtoDuration(
                seconds: 0, nanos: Int32(EngineLimits.retryAfterMilliseconds) * 1_000_000)))

    /// A commit got no answer, and asking after it got none either.
    static let outcomeUnknown = RPCError(
        .unavailable,
        "the database does not answer, and it is not known whether the command was carried out; send it again under the same id",
        type: "outcome-unknown", reason: .unavailable)
}

extension InventoryDomain.RefusalReason {
    /// The name in a problem: that of the proto's value, in lower case with hyphens.
    var name: String {
        switch self {
        case .insufficientStock: "insufficient-stock"
        case .belowReserved: "below-reserved"
        case .unknownLocation: "unknown-location"
        case .inactiveLocation: "inactive-location"
        case .unknownSKU: "unknown-sku"
        case .isKit: "is-kit"
        case .versionConflict: "version-conflict"
        case .versionRequired: "version-required"
        case .unknownReservation: "unknown-reservation"
        case .reservationExpired: "reservation-expired"
        case .reservationReleased: "reservation-released"
        case .reservationCommitted: "reservation-committed"
        case .reservationConfirmed: "reservation-confirmed"
        case .reservationExists: "reservation-exists"
        case .commandIDReused: "command-id-reused"
        case .quantityOutOfRange: "quantity-out-of-range"
        case .lineCount: "line-count"
        case .duplicateLine: "duplicate-line"
        case .sameLocation: "same-location"
        case .expiryOutOfRange: "expiry-out-of-range"
        case .tooManyLocations: "too-many-locations"
        case .notLoaded: "not-loaded"
        case .notHeld: "not-held"
        case .unknownLot: "unknown-lot"
        case .lotExpiryDiffers: "lot-expiry-differs"
        case .tooManyLots: "too-many-lots"
        case .tooManyHolds: "too-many-holds"
        }
    }

    /// The status of a call that is refused for it, and the class of the problem.
    var status: (StatusCode, Reason) {
        switch self {
        case .insufficientStock, .belowReserved, .reservationExpired, .reservationReleased, .reservationCommitted,
            .reservationConfirmed, .notHeld, .tooManyHolds:
            (.failedPrecondition, .conflict)
        case .reservationExists: (.alreadyExists, .conflict)
        case .versionConflict: (.aborted, .versionMismatch)
        case .versionRequired: (.failedPrecondition, .versionRequired)
        case .unknownReservation: (.notFound, .notFound)
        case .commandIDReused: (.invalidArgument, .idempotencyKeyReused)
        case .unknownLocation, .inactiveLocation, .unknownSKU, .isKit, .quantityOutOfRange, .lineCount,
            .duplicateLine, .sameLocation, .expiryOutOfRange, .tooManyLocations,
            .unknownLot, .lotExpiryDiffers, .tooManyLots:
            (.invalidArgument, .fieldInvalid)
        case .notLoaded: (.unavailable, .unavailable)
        }
    }
}
