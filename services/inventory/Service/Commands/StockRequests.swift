internal import InventoryDomain
internal import InventoryMessages
internal import RPC

// What the requests on stock ask for.

extension SetStockRequest: CommandRequest {
    /// It is the short form of an update of one level, whose fields are its own.
    static func ownField(_ field: String) -> String {
        let prefix = "warehouses[0]."
        return field.hasPrefix(prefix) ? String(field.dropFirst(prefix.count)) : field
    }

    func action(_ id: CommandID) throws(RPCError) -> Action {
        let target: StockTarget
        switch self.amount {
        case .onHand(let units): target = .onHand(try UnitCount.of(units, field: "onHand"))
        case .stockAvailable(let units): target = .available(try UnitCount.of(units, field: "stockAvailable"))
        case nil: throw RPCError(field: "onHand", "is missing", expected: "onHand or stockAvailable")
        }
        let expectation: InventoryDomain.VersionExpectation
        switch self.versionExpectation {
        case .expectedVersion(let version): expectation = try .of(version)
        case .anyVersion(true): expectation = .any
        case .anyVersion(false), nil:
            throw RPCError(
                field: "expectedVersion", "is missing",
                expected: "the SKU's version that this builds on, or anyVersion with true")
        }
        return .update(
            ItemUpdate(
                sku: try SKU.of(self.sku), expectedVersion: expectation,
                levels: [LevelUpdate(location: try LocationID.of(self.locationID), target: target)]))
    }
}

extension AdjustStockRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        guard
            let reason = Int16(exactly: self.reason.rawValue).flatMap({ InventoryDomain.AdjustmentReason(rawValue: $0) }
            )
        else {
            throw RPCError(
                field: "reason", "has the unknown number \(self.reason.rawValue)",
                expected: "one of those in the API's description")
        }
        return .adjust(
            try Place.of(self.sku, self.locationID, lot: self.lot), try UnitDelta.of(self.delta), reason)
    }
}

extension ExpectStockRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .expect(try Place.of(self.sku, self.locationID), try UnitDelta.of(self.delta))
    }
}

extension ReceiveStockRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .receive(try Place.of(self.sku, self.locationID, lot: self.lot), try Quantity.of(self.quantity))
    }
}

extension TransferStockRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .transfer(
            try Place.of(self.sku, self.fromLocationID, field: "fromLocationId", lotID: self.lotID),
            to: try LocationID.of(self.toLocationID, field: "toLocationId"), try Quantity.of(self.quantity))
    }
}

extension ReceiveTransferRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .receiveTransfer(
            try Place.of(self.sku, self.locationID, lot: self.lot),
            arrived: try UnitCount.of(self.quantity, field: "quantity"),
            lost: try UnitCount.of(self.lost, field: "lost"))
    }
}

extension CountStockRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .count(
            try Place.of(self.sku, self.locationID, lot: self.lot), try UnitCount.of(self.counted, field: "counted"))
    }
}

extension QuarantineStockRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .quarantine(try Place.of(self.sku, self.locationID, lotID: self.lotID), try Quantity.of(self.quantity))
    }
}

extension ReleaseQuarantineRequest: CommandRequest {
    func action(_ id: CommandID) throws(RPCError) -> Action {
        .releaseQuarantine(
            try Place.of(self.sku, self.locationID, lotID: self.lotID), try Quantity.of(self.quantity),
            isWriteOff: self.writeOff)
    }
}

extension InventoryDomain.VersionExpectation {
    /// The version that a writer knows; absent: whatever it is.
    static func of(_ version: UInt64?) throws(RPCError) -> Self {
        guard let version else { return .any }
        guard let exact = Int64(exactly: version) else {
            throw RPCError(
                field: "expectedVersion", "is \(version)", expected: "0 to \(InventoryLimits.maximumUnits)")
        }
        return .exactly(exact)
    }
}
