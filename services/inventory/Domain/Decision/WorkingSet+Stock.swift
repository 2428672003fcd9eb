extension WorkingSet {
    /// Carries out what a command asks for, or says why not. What was done before a refusal is taken back by the caller.
    mutating func carryOut(_ command: Command) throws(Refusal) -> Answer {
        switch command.action {
        case .update(let update): try self.update(update, command)
        case .adjust(let place, let delta, let reason): try self.adjust(place, delta, reason)
        case .expect(let place, let delta): try self.expect(place, delta)
        case .receive(let place, let quantity): try self.receive(place, quantity)
        case .transfer(let place, let destination, let quantity): try self.transfer(place, destination, quantity)
        case .receiveTransfer(let place, let arrived, let lost): try self.receiveTransfer(place, arrived, lost)
        case .count(let place, let count): try self.count(place, count, command)
        case .quarantine(let place, let quantity): try self.quarantine(place, quantity)
        case .releaseQuarantine(let place, let quantity, let isWriteOff):
            try self.releaseQuarantine(place, quantity, isWriteOff)
        case .reserve(let order): try self.reserve(order, command)
        case .extend(let id, let time): try self.extend(id, time)
        case .confirm(let id): try self.confirm(id)
        case .commit(let id, let portions): try self.commit(id, portions)
        case .release(let id, let portions): try self.release(id, portions, command)
        case .expire(let id): try self.expire(id)
        case .expireLot(let place): try self.expireLot(place)
        }
    }

    private mutating func adjust(
        _ place: Place, _ delta: UnitDelta, _ reason: AdjustmentReason
    ) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        let lot = try self.lot(place.lot, at: position, isMade: delta.units > 0)
        let outside = reason.counterState
        if delta.units > 0 {
            try self.post(
                delta.units, at: position, lot: lot, from: outside, to: .available, reason.movementReason,
                field: "delta")
        } else {
            try self.take(
                -delta.units, at: position, lot: lot, from: .available, to: outside, reason.movementReason,
                field: "delta", reasonIfMissing: .belowReserved)
        }
        return Answer(item: item)
    }

    private mutating func expect(_ place: Place, _ delta: UnitDelta) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        if delta.units > 0 {
            try self.post(delta.units, at: position, from: .supplier, to: .incoming, .expected, field: "delta")
        } else {
            try self.post(-delta.units, at: position, from: .incoming, to: .supplier, .expected, field: "delta")
        }
        return Answer(item: item)
    }

    private mutating func receive(_ place: Place, _ quantity: Quantity) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        let lot = try self.lot(place.lot, at: position, isMade: true)
        let announced = min(quantity.units, self.balance(position).incoming)
        try self.post(announced, at: position, lot: lot, from: .incoming, to: .available, .received)
        try self.post(quantity.units - announced, at: position, lot: lot, from: .supplier, to: .available, .received)
        return Answer(item: item)
    }

    private mutating func transfer(
        _ place: Place, _ destination: LocationID, _ quantity: Quantity
    ) throws(Refusal) -> Answer {
        guard place.location != destination else {
            throw Refusal(.sameLocation, field: "toLocationId", sku: place.sku, location: destination)
        }
        let item = try self.stockItem(place.sku)
        let start = try self.level(item, place.location, field: "fromLocationId")
        let end = try self.level(item, destination, field: "toLocationId")
        let lot = try self.lot(place.lot, at: start, isMade: false)
        try self.take(quantity.units, at: start, lot: lot, from: .available, to: .transfer, .transferred)
        try self.post(quantity.units, at: end, from: .transfer, to: .inTransit, .transferred)
        return Answer(item: item)
    }

    private mutating func receiveTransfer(
        _ place: Place, _ arrived: UnitCount, _ lost: UnitCount
    ) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        let underway = self.balance(position).inTransit
        guard arrived.units + lost.units <= underway else {
            throw Refusal(
                .insufficientStock, field: "quantity", sku: place.sku, location: place.location, available: underway)
        }
        let lot = try self.lot(place.lot, at: position, isMade: true)
        try self.post(arrived.units, at: position, lot: lot, from: .inTransit, to: .available, .transferReceived)
        try self.post(lost.units, at: position, from: .inTransit, to: .lost, .transferLost, field: "lost")
        return Answer(item: item)
    }

    private mutating func count(_ place: Place, _ count: UnitCount, _ command: Command) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        let lot = try self.lot(place.lot, at: position, isMade: true)
        // Of a lot that is named, its own numbers are meant.
        let before = lot.flatMap { self.lot($0, at: position)?.balance } ?? self.balance(position)
        let variance = count.units - before.onHand
        try self.post(variance, at: position, lot: lot, from: .lost, to: .available, .counted, field: "counted")
        try self.take(
            -variance, at: position, lot: lot, from: .available, to: .lost, .counted, field: "counted",
            overdraws: true)
        if variance < 0, count.units < before.reserved {
            self.draft.events.append(
                .shortageRecorded(place, onHand: count.units, reserved: before.reserved, command: command.id))
        }
        return Answer(item: item, variance: variance)
    }

    private mutating func quarantine(_ place: Place, _ quantity: Quantity) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        let lot = try self.lot(place.lot, at: position, isMade: false)
        try self.take(quantity.units, at: position, lot: lot, from: .available, to: .quarantined, .quarantined)
        return Answer(item: item)
    }

    private mutating func releaseQuarantine(
        _ place: Place, _ quantity: Quantity, _ isWriteOff: Bool
    ) throws(Refusal) -> Answer {
        let item = try self.stockItem(place.sku)
        let position = try self.level(item, place.location)
        let lot = try self.lot(place.lot, at: position, isMade: false)
        try self.take(
            quantity.units, at: position, lot: lot, from: .quarantined, to: isWriteOff ? .lost : .available,
            isWriteOff ? .quarantineWrittenOff : .quarantineReleased)
        return Answer(item: item)
    }
}

extension AdjustmentReason {
    /// Where adjusted units come from or go to.
    var counterState: StockState {
        switch self {
        case .correction: .correction
        case .damaged, .lost, .found: .lost
        case .returned, .sold: .shipped
        }
    }

    /// What stands in the movement.
    var movementReason: MovementReason {
        switch self {
        case .correction: .adjustedCorrection
        case .damaged: .adjustedDamaged
        case .lost: .adjustedLost
        case .found: .adjustedFound
        case .returned: .adjustedReturned
        case .sold: .adjustedSold
        }
    }
}
