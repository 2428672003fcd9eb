extension WorkingSet {
    mutating func reserve(_ order: ReserveOrder, _ command: Command) throws(Refusal) -> Answer {
        if let existing = self.reservation(order.id) {
            throw Refusal(
                existing.state == .released ? .reservationReleased : .reservationExists, field: "reservationId")
        }
        let plan = try self.plan(order.lines, order.rules)
        if !order.isConfirmed { try self.checkHolds(plan, by: command.actor) }
        for allocation in plan.allocations {
            let item = try self.loadedItem(allocation.sku)
            let position = try self.level(item, allocation.location)
            try self.post(
                allocation.quantity, at: position, lot: allocation.lot, from: .available, to: .reserved, .reserved,
                field: "lines[\(allocation.line)].quantity", overdraws: allocation.backordered > 0)
        }
        let made = Reservation(
            id: order.id, state: order.isConfirmed ? .confirmed : .held,
            expiresAt: order.isConfirmed ? nil : self.now.adding(seconds: order.holdTime.seconds),
            createdAt: self.now, changedAt: self.now, allocations: plan.allocations, unfilled: plan.unfilled,
            reference: command.reference, version: 1, holder: self.rules.holdCaps.isSet ? command.actor : nil)
        return Answer(reservation: order.id, changedReservation: made, choices: plan.choices)
    }

    mutating func extend(_ id: ReservationID, _ time: HoldTime) throws(Refusal) -> Answer {
        var reservation = try self.living(id)
        guard reservation.state == .held else { throw Refusal(.reservationConfirmed, field: "reservationId") }
        let expiresAt = self.now.adding(seconds: time.seconds)
        guard expiresAt <= reservation.createdAt.adding(seconds: InventoryLimits.maximumHeldSeconds) else {
            throw Refusal(.expiryOutOfRange, field: "holdFor")
        }
        guard reservation.expiresAt.map({ $0 < expiresAt }) ?? true else { return Answer(reservation: id) }
        reservation.expiresAt = expiresAt
        return self.answer(changing: reservation)
    }

    mutating func confirm(_ id: ReservationID) throws(Refusal) -> Answer {
        var reservation = try self.living(id)
        guard reservation.state == .held else { return Answer(reservation: id) }
        reservation.state = .confirmed
        reservation.expiresAt = nil
        return self.answer(changing: reservation)
    }

    mutating func commit(_ id: ReservationID, _ portions: [ReservationPortion]) throws(Refusal) -> Answer {
        if portions.isEmpty, self.reservation(id)?.state == .committed { return Answer(reservation: id) }
        var reservation = try self.living(id)
        try self.settle(&reservation, portions, .committed)
        return self.answer(changing: reservation)
    }

    /// Gives units back. One that has ended already stays as it is; an id that is not known is recorded, so that a
    /// reserve command that comes late, behind its own cancellation, is refused. Portions are given back of what there is.
    mutating func release(
        _ id: ReservationID, _ portions: [ReservationPortion], _ command: Command
    ) throws(Refusal) -> Answer {
        guard var reservation = self.reservation(id) else {
            guard portions.isEmpty else { throw Refusal(.unknownReservation, field: "reservationId") }
            let made = Reservation(
                id: id, state: .released, expiresAt: nil, createdAt: self.now, changedAt: self.now, allocations: [],
                reference: command.reference, version: 1)
            return Answer(reservation: id, changedReservation: made)
        }
        guard reservation.state != .committed else { throw Refusal(.reservationCommitted, field: "reservationId") }
        guard reservation.holdsUnits else { return Answer(reservation: id) }
        try self.settle(&reservation, portions, .released)
        return self.answer(changing: reservation)
    }

    mutating func expire(_ id: ReservationID) throws(Refusal) -> Answer {
        guard var reservation = self.reservation(id) else {
            throw Refusal(.unknownReservation, field: "reservationId")
        }
        guard reservation.state == .held, reservation.hasExpired(at: self.now) else {
            return Answer(reservation: id, isRecorded: false)
        }
        try self.settle(&reservation, [], .expired)
        return self.answer(changing: reservation)
    }

    /// A reservation that still holds its units by right.
    private func living(_ id: ReservationID) throws(Refusal) -> Reservation {
        guard let reservation = self.reservation(id) else {
            throw Refusal(.unknownReservation, field: "reservationId")
        }
        guard !reservation.hasExpired(at: self.now) else { throw Refusal(.reservationExpired, field: "reservationId") }
        switch reservation.state {
        case .held, .confirmed: return reservation
        case .committed: throw Refusal(.reservationCommitted, field: "reservationId")
        case .released: throw Refusal(.reservationReleased, field: "reservationId")
        case .expired: throw Refusal(.reservationExpired, field: "reservationId")
        }
    }

    /// The item of units that are held already, known or not.
    func loadedItem(_ sku: SKU) throws(Refusal) -> Int {
        guard let item = self.index(of: sku) else { throw Refusal(.notLoaded, field: "reservationId", sku: sku) }
        return item
    }

    private func answer(changing reservation: Reservation) -> Answer {
        var changed = reservation
        changed.changedAt = self.now
        changed.version += 1
        return Answer(reservation: changed.id, changedReservation: changed)
    }
}
