import InventoryDomain
import Postgres
import TestSupport
import Testing

@testable import InventoryService

@Suite("Items as they are packed to be remembered") struct PackedItemTests {
    private static func text(_ random: inout SeededGenerator) -> String {
        let letters = Array("ABCdef0123456789-_/ äß漢")
        let count = Int.random(in: 1...20, using: &random)
        return "x" + String((0..<count).map { _ in letters[.random(in: letters.indices, using: &random)] }) + "x"
    }

    private static func units(_ random: inout SeededGenerator) -> Int64 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: 0
        case 1: .random(in: 0...200, using: &random)
        case 2: .random(in: 0...100_000, using: &random)
        default: .random(in: 0...InventoryLimits.maximumUnits / 2, using: &random)
        }
    }

    private static func mark(_ random: inout SeededGenerator) -> WriteMark? {
        guard Bool.random(using: &random) else { return nil }
        let at = Timestamp(microseconds: .random(in: .min ... .max, using: &random))
        return Source.allCases.randomElement(using: &random).map { WriteMark(source: $0, at: at) }
    }

    private static func place(_ random: inout SeededGenerator) -> PostgresTupleID {
        PostgresTupleID(block: .random(in: 0 ... .max, using: &random), offset: .random(in: 1 ... .max, using: &random))
    }

    private static func placed(_ random: inout SeededGenerator) throws -> PlacedItem {
        var settings = ItemSettings(
            reorderThreshold: try UnitCount(self.units(&random)), reorderQuantity: try UnitCount(self.units(&random)),
            safetyBuffer: try UnitCount(self.units(&random)), isDropShip: Bool.random(using: &random))
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            settings.channelBuffers.append(
                ChannelBuffer(channel: try ChannelID(self.text(&random)), quantity: try UnitCount(self.units(&random))))
        }
        settings.reorderWritten = self.mark(&random)
        settings.buffersWritten = self.mark(&random)
        settings.dropShipWritten = self.mark(&random)
        var levels: [Level] = []
        for number in 0..<Int.random(in: 0...5, using: &random) {
            // Reserved beyond what is on hand is a shortage: a negative number of available units.
            let balance = try Balance(
                onHand: self.units(&random), reserved: self.units(&random), quarantined: self.units(&random),
                inTransit: self.units(&random), incoming: self.units(&random))
            levels.append(
                Level(
                    location: try LocationID("\(number)\(self.text(&random))"), balance: balance,
                    version: self.units(&random), written: self.mark(&random)))
        }
        let version = self.units(&random)
        return PlacedItem(
            item: try StockItem(sku: try SKU(self.text(&random)), version: version, settings: settings, levels: levels),
            place: ItemPlace(
                version: version,
                changedAt: PostgresTimestamp(microseconds: .random(in: .min ... .max, using: &random)),
                item: self.place(&random), levels: levels.map { _ in self.place(&random) }, isRecalled: true))
    }

    @Test("what is unpacked is what was packed, whatever it is")
    func roundTrips() throws {
        var random = SeededGenerator(seed: testSeed())
        var locations = PackedItem.Locations()
        var packed = PackedItem()
        for _ in 0..<3_000 {
            let placed = try Self.placed(&random)
            try #require(packed.pack(placed, &locations))
            // Behind it stands what was left of the room.
            let bytes = packed.bytes + (0..<Int.random(in: 0...9, using: &random)).map { _ in UInt8.max }
            let found = bytes.withUnsafeBytes { PackedItem.unpack($0, of: placed.item.sku, locations) }
            #expect(found?.item == placed.item)
            #expect(found?.place == placed.place)
        }
    }

    @Test("what is cut off or damaged is no item, and does no harm")
    func damaged() throws {
        var random = SeededGenerator(seed: testSeed())
        var locations = PackedItem.Locations()
        var packed = PackedItem()
        for _ in 0..<300 {
            let placed = try Self.placed(&random)
            try #require(packed.pack(placed, &locations))
            let cut = packed.bytes.prefix(.random(in: 0..<packed.bytes.count, using: &random))
            #expect(Array(cut).withUnsafeBytes { PackedItem.unpack($0, of: placed.item.sku, locations) } == nil)
            for _ in 0..<10 {
                var damaged = packed.bytes
                damaged[.random(in: damaged.indices, using: &random)] = .random(in: .min ... .max, using: &random)
                _ = damaged.withUnsafeBytes { PackedItem.unpack($0, of: placed.item.sku, locations) }
            }
        }
    }

    @Test("an item with three locations and small numbers takes less than a hundred bytes")
    func size() throws {
        let levels = try ["WHS1", "WHS2", "WHS3"].map {
            Level(location: try LocationID($0), balance: try Balance(onHand: 1_000, reserved: 3), version: 200)
        }
        let place = PostgresTupleID(block: 1, offset: 1)
        let placed = PlacedItem(
            item: try StockItem(sku: try SKU("ABC1234"), version: 200, levels: levels),
            place: ItemPlace(
                version: 200, changedAt: PostgresTimestamp(microseconds: 1), item: place, levels: [place, place, place])
        )
        var (packed, locations) = (PackedItem(), PackedItem.Locations())
        try #require(packed.pack(placed, &locations))
        #expect(packed.bytes.count < 100)
    }
}
