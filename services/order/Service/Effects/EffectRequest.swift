internal import InventoryMessages
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import PricingMessages
internal import ProtobufC

/// An effect as the service that is to bring it about is asked for it.
enum EffectRequest: Hashable, Sendable {
    case commitReservation(CommitReservationRequest)
    case releaseReservation(ReleaseReservationRequest)
    case reverseRedemption(ReverseRedemptionRequest)
    case restock(AdjustStockRequest)
    /// Units that came back are taken into stock first, and then set aside.
    case quarantine(QuarantineStockRequest)
    /// An order without charge is placed by this service itself, for the return or claim that the request names.
    case replace(ExchangeReturnRequest)

    /// The request of an effect.
    ///
    /// - Parameters:
    ///   - commandID: By which the other service recognises a repeat.
    ///   - reference: What the movements of stock are to name: the channel's order id.
    init(_ effect: OrderEffect, commandID: String, reference: String) {
        let context = CommandContext(source: .warehouse, reference: reference)
        switch effect {
        case .commitReservation(let id, let portions):
            self = .commitReservation(
                CommitReservationRequest(
                    commandID: commandID, context: context, reservationID: id, portions: portions.map(\.message)))
        case .releaseReservation(let id, let portions):
            self = .releaseReservation(
                ReleaseReservationRequest(
                    commandID: commandID, context: context, reservationID: id, portions: portions.map(\.message)))
        case .reverseRedemption(let id):
            self = .reverseRedemption(ReverseRedemptionRequest(redemptionID: id))
        case .restock(let units):
            self = .restock(
                AdjustStockRequest(
                    commandID: commandID, context: context, sku: units.sku, locationID: units.locationID,
                    delta: units.quantity, reason: .returned, lot: units.lot))
        case .quarantine(let units):
            self = .quarantine(
                QuarantineStockRequest(
                    commandID: commandID, context: context, sku: units.sku, locationID: units.locationID,
                    quantity: units.quantity, lotID: units.lotID))
        case .replace(let replacement):
            self = .replace(ExchangeReturnRequest(returnID: replacement.subject, items: replacement.items))
        }
    }

    /// What it does, for people.
    var description: String {
        switch self {
        case .commitReservation(let request): "ship what \(request.reservationID) holds"
        case .releaseReservation(let request): "give back what \(request.reservationID) holds"
        case .reverseRedemption(let request): "give back the uses of \(request.redemptionID)"
        case .restock(let request): "put \(request.delta) of \(request.sku) on the shelf at \(request.locationID)"
        case .quarantine(let request): "set \(request.quantity) of \(request.sku) aside at \(request.locationID)"
        case .replace(let request): "send parts for \(request.returnID)"
        }
    }
}

extension EffectRequest {
    /// Its number in rows.
    var kind: Int16 {
        switch self {
        case .commitReservation: 1
        case .releaseReservation: 2
        case .reverseRedemption: 3
        case .restock: 4
        case .quarantine: 5
        case .replace: 6
        }
    }

    /// Its request, encoded.
    func bytes(in arena: borrowing Arena) throws(EncodingError) -> [UInt8] {
        switch self {
        case .commitReservation(let request): try request.bytes(in: arena)
        case .releaseReservation(let request): try request.bytes(in: arena)
        case .reverseRedemption(let request): try request.bytes(in: arena)
        case .restock(let request): try request.bytes(in: arena)
        case .quarantine(let request): try request.bytes(in: arena)
        case .replace(let request): try request.bytes(in: arena)
        }
    }

    /// The effect of a row.
    init(kind: Int16, request bytes: [UInt8], in arena: Arena) throws(PostgresError) {
        let column = "order_effect.request"
        switch kind {
        case 1: self = .commitReservation(try CommitReservationRequest(stored: bytes, column: column, in: arena))
        case 2: self = .releaseReservation(try ReleaseReservationRequest(stored: bytes, column: column, in: arena))
        case 3: self = .reverseRedemption(try ReverseRedemptionRequest(stored: bytes, column: column, in: arena))
        case 4: self = .restock(try AdjustStockRequest(stored: bytes, column: column, in: arena))
        case 5: self = .quarantine(try QuarantineStockRequest(stored: bytes, column: column, in: arena))
        case 6: self = .replace(try ExchangeReturnRequest(stored: bytes, column: column, in: arena))
        default: throw .unexpectedValue(column: "order_effect.kind", reason: "\(kind) is none")
        }
    }
}

extension OrderEffect.Portion {
    fileprivate var message: ReservationPortion {
        ReservationPortion(
            line: UInt32(clamping: self.line), sku: self.sku, locationID: self.locationID, quantity: self.quantity)
    }
}

extension OrderEffect.Units {
    fileprivate var lot: LotReference? { self.lotID.isEmpty ? nil : LotReference(lotID: self.lotID) }
}

extension QuarantineStockRequest {
    /// What is to happen before: the units come into stock.
    var restock: AdjustStockRequest {
        AdjustStockRequest(
            commandID: self.commandID, context: self.context, sku: self.sku, locationID: self.locationID,
            delta: self.quantity, reason: .returned, lot: self.lotID.isEmpty ? nil : LotReference(lotID: self.lotID))
    }

    /// The same under an id of its own, to be sent behind ``restock``.
    var behindRestock: QuarantineStockRequest {
        var request = self
        request.commandID += ".1"
        return request
    }
}
