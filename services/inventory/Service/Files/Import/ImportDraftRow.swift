internal import InventoryDomain
internal import Postgres

/// A draft as its row holds it: an item in one row, with an element of each array for a level or a lot.
enum ImportDraftRow {
    /// The columns of a draft's levels.
    private struct Levels {
        let locations: [String]
        let available: [Int64]
        let reserved: [Int64]
        let quarantined: [Int64]
        let inTransit: [Int64]
        let incoming: [Int64]
        let versions: [Int64]
        let sources: [Int16?]
        let writtenAt: [PostgresTimestamp?]

        /// Whether each level has all of its numbers.
        var isWhole: Bool {
            [
                self.available.count, self.reserved.count, self.quarantined.count, self.inTransit.count,
                self.incoming.count, self.versions.count, self.sources.count, self.writtenAt.count,
            ].allSatisfy { $0 == self.locations.count }
        }

        func levels() throws(PostgresError) -> [Level] {
            guard self.isWhole else { throw ImportDraftRow.damaged("location_ids") }
            var levels: [Level] = []
            for index in self.locations.indices {
                levels.append(
                    Level(
                        location: try LocationID.read(self.locations[index]),
                        balance: try StockReadStore.balance(
                            available: self.available[index], reserved: self.reserved[index],
                            quarantined: self.quarantined[index], inTransit: self.inTransit[index],
                            incoming: self.incoming[index]),
                        version: self.versions[index],
                        written: WriteMark.read(self.sources[index], self.writtenAt[index])))
            }
            return levels
        }
    }

    /// The columns of a draft's lots.
    private struct Lots {
        let locations: [String]
        let ids: [String]
        let expiresAt: [PostgresTimestamp?]
        let available: [Int64]
        let reserved: [Int64]
        let quarantined: [Int64]

        /// Whether each lot has all of its numbers.
        var isWhole: Bool {
            [
                self.ids.count, self.expiresAt.count, self.available.count, self.reserved.count, self.quarantined.count,
            ].allSatisfy { $0 == self.locations.count }
        }

        func lots() throws(PostgresError) -> [LocationID: [Lot]] {
            guard self.isWhole else { throw ImportDraftRow.damaged("lot_location_ids") }
            var lots: [LocationID: [Lot]] = [:]
            for index in self.locations.indices {
                lots[try LocationID.read(self.locations[index]), default: []].append(
                    Lot(
                        id: try LotID.read(self.ids[index]), expiresAt: self.expiresAt[index].map { Timestamp($0) },
                        balance: try StockReadStore.balance(
                            available: self.available[index], reserved: self.reserved[index],
                            quarantined: self.quarantined[index], inTransit: 0, incoming: 0)))
            }
            return lots
        }
    }

    /// The item of a row.
    ///
    /// - Parameter row: Position, settings, levels and lots, in the order of the table's columns.
    static func item(_ row: PostgresRow, of sku: SKU) throws(PostgresError) -> StockItem {
        let (
            _, version, threshold, quantity, buffer, isDropShip, channels, channelBuffers, reorderSource, reorderAt,
            buffersSource, buffersAt, dropShipSource, dropShipAt, locations, available, reserved, quarantined,
            inTransit,
            incoming, versions, sources, writtenAt, lotLocations, lotIDs, lotExpiresAt, lotAvailable, lotReserved,
            lotQuarantined
        ) = try row.decode(
            Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Bool.self, [String].self, [Int64].self,
            Int16?.self, PostgresTimestamp?.self, Int16?.self, PostgresTimestamp?.self, Int16?.self,
            PostgresTimestamp?.self, [String].self, [Int64].self, [Int64].self, [Int64].self, [Int64].self,
            [Int64].self,
            [Int64].self, [Int16?].self, [PostgresTimestamp?].self, [String].self, [String].self,
            [PostgresTimestamp?].self, [Int64].self, [Int64].self, [Int64].self)
        var settings = ItemSettings(
            reorderThreshold: try UnitCount.read(threshold, "reorder_threshold"),
            reorderQuantity: try UnitCount.read(quantity, "reorder_quantity"),
            safetyBuffer: try UnitCount.read(buffer, "safety_buffer"),
            channelBuffers: try ChannelBuffer.read(channels, channelBuffers), isDropShip: isDropShip)
        settings.reorderWritten = WriteMark.read(reorderSource, reorderAt)
        settings.buffersWritten = WriteMark.read(buffersSource, buffersAt)
        settings.dropShipWritten = WriteMark.read(dropShipSource, dropShipAt)
        let levels = Levels(
            locations: locations, available: available, reserved: reserved, quarantined: quarantined,
            inTransit: inTransit, incoming: incoming, versions: versions, sources: sources, writtenAt: writtenAt)
        let lots = Lots(
            locations: lotLocations, ids: lotIDs, expiresAt: lotExpiresAt, available: lotAvailable,
            reserved: lotReserved, quarantined: lotQuarantined)
        return try Self.item(sku, version, settings, try levels.levels(), try lots.lots())
    }

    private static func item(
        _ sku: SKU, _ version: Int64, _ settings: ItemSettings, _ levels: [Level], _ lots: [LocationID: [Lot]]
    ) throws(PostgresError) -> StockItem {
        do throws(InvalidValue) {
            var item = try StockItem(sku: sku, version: version, settings: settings, levels: levels)
            for (location, lots) in lots { item.attach(lots, at: location) }
            return item
        } catch {
            throw .unexpectedValue(error, column: "version")
        }
    }

    private static func damaged(_ column: String) -> PostgresError {
        .unexpectedValue(column: column, reason: "the arrays beside it have other lengths")
    }

    /// Drafts to be copied.
    static func copy(_ drafts: [ImportDraft], job: PostgresUUID) -> PostgresBinaryCopy {
        var copy = PostgresBinaryCopy(Self.copying, columns: 32)
        for draft in drafts {
            copy.beginRow()
            copy.append(draft.key.bucket)
            copy.append(draft.key.brand)
            copy.append(job)
            copy.append(draft.key.text)
            copy.append(draft.item.version)
            Self.append(draft.item.settings, to: &copy)
            Self.append(draft.item.levels, to: &copy)
            Self.append(draft.item.levels.flatMap { level in level.lots.map { (level.location, $0) } }, to: &copy)
        }
        return copy
    }

    private static func append(_ settings: ItemSettings, to copy: inout PostgresBinaryCopy) {
        copy.append(settings.reorderThreshold.units)
        copy.append(settings.reorderQuantity.units)
        copy.append(settings.safetyBuffer.units)
        copy.append(settings.isDropShip)
        copy.append(settings.channelBuffers.map(\.channel.description))
        copy.append(settings.channelBuffers.map(\.quantity.units))
        for mark in [settings.reorderWritten, settings.buffersWritten, settings.dropShipWritten] {
            if let mark {
                copy.append(mark.source.rawValue)
                copy.append(PostgresTimestamp(mark.at))
            } else {
                copy.appendNull()
                copy.appendNull()
            }
        }
    }

    private static func append(_ levels: [Level], to copy: inout PostgresBinaryCopy) {
        copy.append(levels.map(\.location.description))
        copy.append(levels.map(\.balance.available))
        copy.append(levels.map(\.balance.reserved))
        copy.append(levels.map(\.balance.quarantined))
        copy.append(levels.map(\.balance.inTransit))
        copy.append(levels.map(\.balance.incoming))
        copy.append(levels.map(\.version))
        copy.append(levels.map { $0.written?.source.rawValue })
        copy.append(levels.map { level in level.written.map { PostgresTimestamp($0.at) } })
    }

    private static func append(_ lots: [(location: LocationID, lot: Lot)], to copy: inout PostgresBinaryCopy) {
        copy.append(lots.map(\.location.description))
        copy.append(lots.map(\.lot.id.description))
        copy.append(lots.map { lot in lot.lot.expiresAt.map { PostgresTimestamp($0) } })
        copy.append(lots.map(\.lot.balance.available))
        copy.append(lots.map(\.lot.balance.reserved))
        copy.append(lots.map(\.lot.balance.quarantined))
    }

    private static let copying = PostgresStatement(
        """
        copy import_draft (bucket, brand_id, job_id, sku, version, reorder_threshold, reorder_quantity, safety_buffer,
            is_drop_ship, channels, channel_buffers, reorder_source, reorder_written_at, buffers_source,
            buffers_written_at, drop_ship_source, drop_ship_written_at, location_ids, available, reserved, quarantined,
            in_transit, incoming, level_versions, written_sources, written_at, lot_location_ids, lot_ids,
            lot_expires_at, lot_available, lot_reserved, lot_quarantined)
        from stdin (format binary)
        """)
}
