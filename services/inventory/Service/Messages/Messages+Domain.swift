internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import WellKnownMessages

// What the domain decides, as messages tell it. Both have words in common, so that all are written with their module.

extension InventoryMessages.WarehouseStock {
    /// A level, with all its numbers.
    init(_ level: InventoryDomain.Level) {
        self.init(level.balance, at: level.location)
        self.version = UInt64(clamping: level.version)
    }

    /// The numbers of a location.
    init(_ balance: InventoryDomain.Balance, at location: InventoryDomain.LocationID) {
        self.init(
            locationID: location.description, stockAvailable: balance.available, onHand: balance.onHand,
            reserved: balance.reserved, incoming: balance.incoming, inTransit: balance.inTransit,
            quarantined: balance.quarantined, shortage: balance.shortage)
    }
}

extension InventoryMessages.Reservation {
    /// A reservation with all that it holds.
    init(_ reservation: InventoryDomain.Reservation) {
        self.init(
            reservationID: reservation.id.description,
            state: InventoryMessages.ReservationState(rawValue: Int32(reservation.state.rawValue)),
            expiresAt: reservation.expiresAt?.protobuf, createdAt: reservation.createdAt.protobuf,
            changedAt: reservation.changedAt.protobuf,
            allocations: reservation.allocations.map { InventoryMessages.Allocation($0, in: reservation.state) },
            unfilled: reservation.unfilled.map { InventoryMessages.UnfilledLine($0) },
            reference: reservation.reference, version: UInt64(clamping: reservation.version))
    }
}

extension InventoryMessages.Allocation {
    /// Units of a line, in a reservation of that state: what portions left became what the state says.
    init(_ allocation: InventoryDomain.Allocation, in state: InventoryDomain.ReservationState = .held) {
        let ended = state == .held || state == .confirmed ? 0 : allocation.remaining
        self.init(
            line: UInt32(clamping: allocation.line), sku: allocation.sku.description,
            locationID: allocation.location.description, quantity: allocation.quantity,
            backordered: allocation.backordered, kitSku: allocation.kit?.description ?? "",
            committed: allocation.committed + (state == .committed ? ended : 0),
            released: allocation.released + (state == .committed ? 0 : ended),
            lotID: allocation.lot?.description ?? "")
    }
}

extension InventoryMessages.UnfilledLine {
    /// What a partial reservation left out.
    init(_ line: InventoryDomain.UnfilledLine) {
        self.init(line: UInt32(clamping: line.line), sku: line.sku.description, quantity: line.quantity)
    }
}

extension InventoryMessages.CommandResponse {
    /// The first answer to a command: what its record holds. A repeat's has one field more.
    init(_ receipt: InventoryDomain.Receipt, to command: InventoryDomain.CommandID) {
        self.init(
            commandID: command.description,
            effect: InventoryMessages.Effect(rawValue: Int32(receipt.effect.rawValue)),
            items: receipt.items.map {
                InventoryMessages.ItemVersion(sku: $0.sku.description, version: UInt64(clamping: $0.version))
            },
            reservation: receipt.reservation.map { InventoryMessages.Reservation($0) },
            explanation: receipt.choices.map(\.description), variance: receipt.variance)
    }

    /// The bytes of the field that tells a repeat from a first answer: behind an encoded answer they make it one.
    static let repeatedAnswerField: [UInt8] = [5 << 3, 1]
}

extension InventoryMessages.Refusal {
    /// Why a command was refused.
    ///
    /// - Parameters:
    ///   - place: Where in the call's JSON the command is.
    ///   - field: What the command itself calls the field at fault; nil: what the refusal does.
    init(_ refusal: InventoryDomain.Refusal, at place: JSONPointer = JSONPointer(), field: String? = nil) {
        let field = field ?? refusal.field
        let reason = InventoryMessages.RefusalReason(rawValue: refusal.reason.rawValue)
        self.init(
            reason: reason, field: field,
            message: refusal.description, sku: refusal.sku?.description ?? "",
            locationID: refusal.location?.description ?? "", available: refusal.available,
            currentVersion: refusal.currentVersion.map { UInt64(clamping: $0) }, type: refusal.reason.name,
            status: UInt32(reason.httpStatus ?? 500), pointer: place.appending(field: field).description)
    }
}
