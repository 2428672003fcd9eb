internal import InventoryDomain
internal import Postgres

/// An item as it is remembered: 30 bytes and 17 for each level, as long as its numbers are small.
///
/// Numbers are of 7 bits a byte, signed ones folded, as in Protocol Buffers ("Encoding"); places and moments as they are. The
/// name stands elsewhere, locations by their numbers. Items with lots are not packed: nobody remembers them.
struct PackedItem {
    /// Locations by the numbers that they are packed as.
    struct Locations {
        /// The most locations.
        static let maximumCount = 65_536

        private var numbers: [LocationID: Int] = [:]
        private var locations: [LocationID] = []
        /// Those of the last item: most have theirs where others have them.
        private var last: [Int] = []

        subscript(_ number: Int) -> LocationID? {
            self.locations.indices.contains(number) ? self.locations[number] : nil
        }

        /// The number of the location that is an item's at an index; nil: there are too many.
        mutating func number(of location: LocationID, at index: Int) -> Int? {
            if index < self.last.count, self.locations[self.last[index]] == location { return self.last[index] }
            guard let number = self.numbers[location] ?? self.add(location) else { return nil }
            if index < self.last.count {
                self.last[index] = number
            } else if index == self.last.count {
                self.last.append(number)
            }
            return number
        }

        private mutating func add(_ location: LocationID) -> Int? {
            let number = self.locations.count
            guard number < Self.maximumCount else { return nil }
            self.locations.append(location)
            self.numbers[location] = number
            return number
        }
    }

    private enum Flag {
        static let isDropShip: UInt8 = 1
        static let hasReorderMark: UInt8 = 2
        static let hasBufferMark: UInt8 = 4
        static let hasDropShipMark: UInt8 = 8
    }

    private(set) var bytes: [UInt8] = []

    /// Packs an item, in the place of what was packed before.
    ///
    /// - Returns: False where it is none that is remembered.
    mutating func pack(_ placed: PlacedItem, _ locations: inout Locations) -> Bool {
        let (item, place) = (placed.item, placed.place)
        guard let row = place.item, place.version == item.version, place.levels.count == item.levels.count else {
            return false
        }
        self.bytes.removeAll(keepingCapacity: true)
        self.add(item.version)
        self.add(raw: place.changedAt.microseconds)
        self.add(row)
        self.add(item.settings)
        self.add(Int64(item.levels.count))
        for index in item.levels.indices {
            guard item.levels[index].lots.isEmpty,
                let number = locations.number(of: item.levels[index].location, at: index)
            else { return false }
            self.add(Int64(number))
            self.add(item.levels[index])
            self.add(place.levels[index])
        }
        return true
    }

    private mutating func add(_ settings: ItemSettings) {
        self.bytes.append(
            (settings.isDropShip ? Flag.isDropShip : 0) | (settings.reorderWritten == nil ? 0 : Flag.hasReorderMark)
                | (settings.buffersWritten == nil ? 0 : Flag.hasBufferMark)
                | (settings.dropShipWritten == nil ? 0 : Flag.hasDropShipMark))
        for mark in [settings.reorderWritten, settings.buffersWritten, settings.dropShipWritten] {
            if let mark { self.add(mark) }
        }
        self.add(settings.reorderThreshold.units)
        self.add(settings.reorderQuantity.units)
        self.add(settings.safetyBuffer.units)
        self.add(Int64(settings.channelBuffers.count))
        for buffer in settings.channelBuffers {
            let channel = buffer.channel.description.utf8
            self.add(Int64(channel.count))
            self.bytes.append(contentsOf: channel)
            self.add(buffer.quantity.units)
        }
    }

    private mutating func add(_ level: Level) {
        self.add(level.balance.available)
        self.add(level.balance.reserved)
        self.add(level.balance.quarantined)
        self.add(level.balance.inTransit)
        self.add(level.balance.incoming)
        self.add(level.version)
        guard let mark = level.written else { return self.bytes.append(0) }
        self.add(mark)
    }

    private mutating func add(_ mark: WriteMark) {
        self.bytes.append(UInt8(mark.source.rawValue))
        self.add(raw: mark.at.microseconds)
    }

    private mutating func add(_ place: PostgresTupleID) {
        withUnsafeBytes(of: place.block) { self.bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: place.offset) { self.bytes.append(contentsOf: $0) }
    }

    private mutating func add(raw number: Int64) {
        withUnsafeBytes(of: number) { self.bytes.append(contentsOf: $0) }
    }

    private mutating func add(_ number: Int64) {
        var rest = UInt64(bitPattern: number &<< 1 ^ number &>> 63)
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// The item that was packed; nil where there is none.
    static func unpack(_ bytes: UnsafeRawBufferPointer, of sku: SKU, _ locations: Locations) -> PlacedItem? {
        var reader = Reader(bytes: bytes)
        return try? reader.item(sku, locations)
    }
}

extension PackedItem {
    /// Reads what was packed.
    private struct Reader {
        private struct Damaged: Error {}

        let bytes: UnsafeRawBufferPointer
        private var offset = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func item(_ sku: SKU, _ locations: Locations) throws -> PlacedItem {
            let version = try self.number()
            let changedAt = PostgresTimestamp(microseconds: try self.raw(Int64.self))
            let row = try self.place()
            let settings = try self.settings()
            let count = try self.count(InventoryLimits.maximumLocationsOfItem)
            var levels: [Level] = []
            var places: [PostgresTupleID] = []
            levels.reserveCapacity(count)
            places.reserveCapacity(count)
            for _ in 0..<count {
                levels.append(try self.level(locations))
                places.append(try self.place())
            }
            return PlacedItem(
                item: try StockItem(sku: sku, version: version, settings: settings, levels: levels),
                place: ItemPlace(
                    version: version, changedAt: changedAt, item: row, levels: places, isRecalled: true))
        }

        private mutating func settings() throws -> ItemSettings {
            let flags = try self.raw(UInt8.self)
            let reorder = flags & Flag.hasReorderMark == 0 ? nil : try self.mark(try self.raw(UInt8.self))
            let buffers = flags & Flag.hasBufferMark == 0 ? nil : try self.mark(try self.raw(UInt8.self))
            let dropShip = flags & Flag.hasDropShipMark == 0 ? nil : try self.mark(try self.raw(UInt8.self))
            var settings = ItemSettings(
                reorderThreshold: try UnitCount(try self.number()), reorderQuantity: try UnitCount(try self.number()),
                safetyBuffer: try UnitCount(try self.number()), isDropShip: flags & Flag.isDropShip != 0)
            settings.reorderWritten = reorder
            settings.buffersWritten = buffers
            settings.dropShipWritten = dropShip
            for _ in 0..<(try self.count(self.bytes.count)) {
                let channel = try ChannelID(String(decoding: try self.text(), as: UTF8.self))
                settings.channelBuffers.append(
                    ChannelBuffer(channel: channel, quantity: try UnitCount(try self.number())))
            }
            return settings
        }

        private mutating func level(_ locations: Locations) throws -> Level {
            guard let location = locations[Int(try self.number())] else { throw Damaged() }
            let (available, reserved) = (try self.number(), try self.number())
            let balance = try Balance(
                onHand: available &+ reserved, reserved: reserved, quarantined: try self.number(),
                inTransit: try self.number(), incoming: try self.number())
            let version = try self.number()
            let source = try self.raw(UInt8.self)
            return Level(
                location: location, balance: balance, version: version,
                written: source == 0 ? nil : try self.mark(source))
        }

        private mutating func mark(_ source: UInt8) throws -> WriteMark {
            guard let source = Source(rawValue: Int16(source)) else { throw Damaged() }
            return WriteMark(source: source, at: Timestamp(microseconds: try self.raw(Int64.self)))
        }

        private mutating func place() throws -> PostgresTupleID {
            PostgresTupleID(block: try self.raw(UInt32.self), offset: try self.raw(UInt16.self))
        }

        private mutating func text() throws -> UnsafeRawBufferPointer {
            let count = try self.count(self.bytes.count)
            guard count <= self.bytes.count - self.offset else { throw Damaged() }
            defer { self.offset += count }
            return UnsafeRawBufferPointer(rebasing: self.bytes[self.offset..<(self.offset + count)])
        }

        private mutating func raw<Value: BitwiseCopyable>(_ type: Value.Type) throws -> Value {
            guard self.offset + MemoryLayout<Value>.size <= self.bytes.count else { throw Damaged() }
            defer { self.offset += MemoryLayout<Value>.size }
            return self.bytes.loadUnaligned(fromByteOffset: self.offset, as: Value.self)
        }

        private mutating func count(_ maximum: Int) throws -> Int {
            let count = try self.number()
            guard (0...Int64(maximum)).contains(count) else { throw Damaged() }
            return Int(count)
        }

        private mutating func number() throws -> Int64 {
            var folded: UInt64 = 0
            var shift: UInt64 = 0
            while self.offset < self.bytes.count, shift < 64 {
                let byte = self.bytes[self.offset]
                self.offset += 1
                folded |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1) }
                shift += 7
            }
            throw Damaged()
        }
    }
}
