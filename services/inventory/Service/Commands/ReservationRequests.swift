internal import InventoryDomain
internal import InventoryMessages
internal import RPC

// What the requests on reservations ask for.

extension ReserveRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        let reservation = self.reservationID.isEmpty ? id.description : self.reservationID
        return .reserve(
            ReserveOrder(
                id: try ReservationID.of(reservation), lines: try ReserveLine.lines(self.lines),
                rules: try InventoryDomain.AllocationRules.of(self.rules), holdTime: try HoldTime.of(self.holdFor),
                isConfirmed: self.confirmed))
    }
}

extension ExtendReservationRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .extend(try ReservationID.of(self.reservationID), try HoldTime.of(self.holdFor))
    }
}

extension ConfirmReservationRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action { .confirm(try ReservationID.of(self.reservationID)) }
}

extension CommitReservationRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .commit(
            try ReservationID.of(self.reservationID),
            portions: try InventoryDomain.ReservationPortion.portions(self.portions))
    }
}

extension ReleaseReservationRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .release(
            try ReservationID.of(self.reservationID),
            portions: try InventoryDomain.ReservationPortion.portions(self.portions))
    }
}

extension InventoryDomain.ReservationPortion {
    /// The portions of a request.
    static func portions(_ portions: [InventoryMessages.ReservationPortion]) throws(RPCError) -> [Self] {
        var read: [Self] = []
        read.reserveCapacity(portions.count)
        for (number, portion) in portions.enumerated() {
            let field = "portions[\(number)]"
            let location: LocationID? =
                portion.locationID.isEmpty
                ? nil : try LocationID.of(portion.locationID, field: "\(field).locationId")
            read.append(
                Self(
                    line: Int(portion.line), sku: try SKU.of(portion.sku, field: "\(field).sku"), location: location,
                    quantity: try Quantity.of(portion.quantity, field: "\(field).quantity")))
        }
        return read
    }
}

extension ReserveLine {
    /// The lines of a request.
    static func lines(_ lines: [ReservationLine]) throws(RPCError) -> [ReserveLine] {
        var read: [ReserveLine] = []
        read.reserveCapacity(lines.count)
        for (number, line) in lines.enumerated() {
            let location: LocationID? =
                line.locationID.isEmpty
                ? nil : try LocationID.of(line.locationID, field: "lines[\(number)].locationId")
            read.append(
                ReserveLine(
                    sku: try SKU.of(line.sku, field: "lines[\(number)].sku"),
                    quantity: try Quantity.of(line.quantity, field: "lines[\(number)].quantity"), location: location))
        }
        return read
    }
}

extension InventoryDomain.AllocationRules {
    /// The rules of a request; absent: the defaults.
    static func of(_ rules: InventoryMessages.AllocationRules?) throws(RPCError) -> Self {
        guard let rules else { return Self() }
        let strategy: InventoryDomain.AllocationStrategy
        if rules.strategy == .unspecified {
            strategy = .priority
        } else if let named = Int16(exactly: rules.strategy.rawValue)
            .flatMap({ InventoryDomain.AllocationStrategy(rawValue: $0) })
        {
            strategy = named
        } else {
            throw RPCError(
                field: "rules.strategy", "has the unknown number \(rules.strategy.rawValue)",
                expected: "one of those in the API's description")
        }
        return Self(
            strategy: strategy, destinationRegion: rules.destinationRegion,
            destinationCountry: rules.destinationCountry, isPartial: rules.partial,
            keepsLinesWhole: rules.wholeLines,
            backorderCap: try UnitCount.of(rules.backorderCap, field: "rules.backorderCap"))
    }
}
