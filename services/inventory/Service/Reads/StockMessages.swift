internal import InventoryDomain
internal import InventoryMessages
internal import ProtobufC

/// Stock as messages have it.
enum StockMessages {
    /// An item with all that is known of it.
    static func item(_ item: InventoryDomain.StockItem, changedAt: Timestamp) -> InventoryMessages.StockItem {
        InventoryMessages.StockItem(
            sku: item.sku.description,
            warehouses: item.levels.sorted { $0.location < $1.location }.map {
                WarehouseStock($0)
            },
            dropShip: item.settings.isDropShip,
            reorderThreshold: item.settings.reorderThreshold.units,
            reorderQuantity: item.settings.reorderQuantity.units,
            safetyBuffer: item.settings.safetyBuffer.units,
            version: UInt64(item.version),
            channelBuffers: item.settings.channelBuffers.map {
                InventoryMessages.ChannelBuffer(channel: $0.channel.description, quantity: $0.quantity.units)
            },
            changedAt: changedAt.protobuf)
    }

    /// An item as the document that updates take.
    static func document(_ item: InventoryDomain.StockItem) -> InventoryMessages.StockItem {
        InventoryMessages.StockItem(
            sku: item.sku.description,
            warehouses: item.levels.sorted { $0.location < $1.location }.map {
                WarehouseStock(locationID: $0.location.description, stockAvailable: $0.balance.available)
            },
            dropShip: item.settings.isDropShip, reorderThreshold: item.settings.reorderThreshold.units)
    }

    /// A kit: at each location that has all components, the whole kits that they give.
    static func kit(
        _ sku: SKU, _ components: [InventoryDomain.KitComponent], _ items: [SKU: InventoryDomain.StockItem]
    ) -> InventoryMessages.StockItem {
        var units: [LocationID: [SKU: Int64]] = [:]
        for component in components {
            for level in items[component.sku]?.levels ?? [] {
                units[level.location, default: [:]][component.sku] = level.balance.available
            }
        }
        let warehouses = units.sorted { $0.key < $1.key }.compactMap { location, units in
            InventoryDomain.Availability.kits(components) { units[$0] }.map {
                WarehouseStock(locationID: location.description, stockAvailable: $0.count)
            }
        }
        return InventoryMessages.StockItem(sku: sku.description, warehouses: warehouses)
    }

    /// A message's bytes.
    static func encode(_ message: some Message, in arena: Arena) throws(EncodingError) -> [UInt8] {
        let encoded = try message.encoded(in: arena)
        return [UInt8](unsafeUninitializedCapacity: encoded.maximumByteCount) { buffer, count in
            count = encoded.pack(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
