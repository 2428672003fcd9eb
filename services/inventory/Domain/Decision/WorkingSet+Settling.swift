/// What becomes of units that a reservation holds.
enum Settlement {
    /// They are shipped.
    case committed
    /// They are given back.
    case released
    /// They are given back by expiry.
    case expired

    /// The state of a reservation whose last units it takes.
    fileprivate var ending: ReservationState {
        switch self {
        case .committed: .committed
        case .released: .released
        case .expired: .expired
        }
    }

    fileprivate var destination: StockState { self == .committed ? .shipped : .available }

    fileprivate var reason: MovementReason {
        switch self {
        case .committed: .committed
        case .released: .released
        case .expired: .expired
        }
    }
}

extension WorkingSet {
    /// Ships or gives back portions of what a reservation holds, or all of it where none are named; whatever takes the
    /// last unit ends it.
    ///
    /// The allocations of one that is ended whole stay as they are: its state says what became of what remained.
    mutating func settle(
        _ reservation: inout Reservation, _ portions: [ReservationPortion], _ settlement: Settlement
    ) throws(Refusal) {
        guard !portions.isEmpty else {
            for allocation in reservation.allocations {
                try self.post(allocation.remaining, of: allocation, settlement, field: "reservationId")
            }
            return Self.end(&reservation, settlement)
        }
        guard portions.count <= InventoryLimits.maximumLines else { throw Refusal(.lineCount, field: "portions") }
        var taken = [Int64](repeating: 0, count: reservation.allocations.count)
        for (number, portion) in portions.enumerated() { try Self.choose(portion, number, reservation, &taken) }
        for (index, units) in taken.enumerated() where units > 0 {
            try self.post(units, of: reservation.allocations[index], settlement, field: "portions")
            if settlement == .committed {
                reservation.allocations[index].committed += units
            } else {
                reservation.allocations[index].released += units
            }
        }
        if reservation.allocations.allSatisfy({ $0.remaining == 0 }) { Self.end(&reservation, settlement) }
    }

    private static func end(_ reservation: inout Reservation, _ settlement: Settlement) {
        reservation.state = settlement.ending
        reservation.expiresAt = nil
    }

    /// Adds to what is taken of each allocation the units of one portion.
    private static func choose(
        _ portion: ReservationPortion, _ number: Int, _ reservation: Reservation, _ taken: inout [Int64]
    ) throws(Refusal) {
        var missing = portion.quantity.units
        for (index, allocation) in reservation.allocations.enumerated() where missing > 0 {
            guard allocation.line == portion.line, allocation.sku == portion.sku,
                portion.location == nil || portion.location == allocation.location
            else { continue }
            let units = min(missing, allocation.remaining - taken[index])
            taken[index] += units
            missing -= units
        }
        guard missing == 0 else {
            throw Refusal(
                .notHeld, field: "portions[\(number)].quantity", sku: portion.sku, location: portion.location,
                available: portion.quantity.units - missing)
        }
    }

    private mutating func post(
        _ units: Int64, of allocation: Allocation, _ settlement: Settlement, field: @autoclosure () -> String
    ) throws(Refusal) {
        guard units > 0 else { return }
        let item = try self.loadedItem(allocation.sku)
        guard let level = self.items[item].item.index(of: allocation.location) else {
            throw Refusal(.notLoaded, field: "reservationId", sku: allocation.sku, location: allocation.location)
        }
        let position = LevelPosition(item: item, level: level)
        if settlement == .committed, allocation.lot == nil {
            try self.shipUnlotted(units, at: position, settlement.reason, field: field())
        } else {
            try self.post(
                units, at: position, lot: allocation.lot, from: .reserved, to: settlement.destination,
                settlement.reason, field: field())
        }
    }
}
