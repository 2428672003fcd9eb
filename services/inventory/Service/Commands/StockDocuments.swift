internal import InventoryDomain
internal import InventoryMessages
internal import RPC

/// A document that sets stock and settings of one SKU, whichever message it stands in.
struct StockDocumentFields {
    var expectedVersion: UInt64?
    var sku: String
    var warehouses: [WarehouseStock]
    var dropShip: Bool?
    var reorderThreshold: Int64?
    var reorderQuantity: Int64?
    var safetyBuffer: Int64?
    var channelBuffers: [InventoryMessages.ChannelBuffer]

    /// What it asks for.
    func update() throws(RPCError) -> ItemUpdate {
        var levels: [LevelUpdate] = []
        for (number, warehouse) in self.warehouses.enumerated() {
            levels.append(try Self.level(warehouse, field: "warehouses[\(number)]"))
        }
        var buffers: [InventoryDomain.ChannelBuffer] = []
        for (number, buffer) in self.channelBuffers.enumerated() {
            buffers.append(try InventoryDomain.ChannelBuffer.of(buffer, field: "channelBuffers[\(number)]"))
        }
        return ItemUpdate(
            sku: try SKU.of(self.sku), expectedVersion: try .of(self.expectedVersion), levels: levels,
            reorderThreshold: try Self.count(self.reorderThreshold, field: "reorderThreshold"),
            reorderQuantity: try Self.count(self.reorderQuantity, field: "reorderQuantity"),
            safetyBuffer: try Self.count(self.safetyBuffer, field: "safetyBuffer"), channelBuffers: buffers,
            isDropShip: self.dropShip)
    }

    private static func count(_ units: Int64?, field: String) throws(RPCError) -> UnitCount? {
        guard let units else { return nil }
        return try UnitCount.of(units, field: field)
    }

    private static func level(_ warehouse: WarehouseStock, field: String) throws(RPCError) -> LevelUpdate {
        let location = try LocationID.of(warehouse.locationID, field: "\(field).locationId")
        switch (warehouse.stockAvailable, warehouse.onHand) {
        case (let units?, nil):
            let count = try UnitCount.of(units, field: "\(field).stockAvailable")
            return LevelUpdate(location: location, target: .available(count))
        case (nil, let units?):
            return LevelUpdate(
                location: location, target: .onHand(try UnitCount.of(units, field: "\(field).onHand")))
        case (nil, nil):
            throw RPCError(
                field: "\(field).stockAvailable", "is missing", expected: "one of stockAvailable and onHand")
        case (_?, _?):
            throw RPCError(
                field: "\(field).stockAvailable", "stands beside onHand",
                expected: "one of stockAvailable and onHand")
        }
    }
}

extension StockDocumentFields {
    init(_ request: UpdateStockRequest) {
        self.init(
            expectedVersion: request.expectedVersion, sku: request.sku, warehouses: request.warehouses,
            dropShip: request.dropShip, reorderThreshold: request.reorderThreshold,
            reorderQuantity: request.reorderQuantity, safetyBuffer: request.safetyBuffer,
            channelBuffers: request.channelBuffers)
    }

    init(_ document: StockDocument) {
        self.init(
            expectedVersion: document.expectedVersion, sku: document.sku, warehouses: document.warehouses,
            dropShip: document.dropShip, reorderThreshold: document.reorderThreshold,
            reorderQuantity: document.reorderQuantity, safetyBuffer: document.safetyBuffer,
            channelBuffers: document.channelBuffers)
    }
}

extension InventoryDomain.ChannelBuffer {
    /// The buffer in a field.
    static func of(_ buffer: InventoryMessages.ChannelBuffer, field: String) throws(RPCError) -> Self {
        Self(
            channel: try RPCError.naming("\(field).channel") { () throws(InvalidValue) in
                try ChannelID(buffer.channel)
            },
            quantity: try UnitCount.of(buffer.quantity, field: "\(field).quantity"))
    }
}
