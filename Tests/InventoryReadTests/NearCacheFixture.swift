import InventoryAPI
import InventoryDomain
import InventoryMessages
import Postgres
import ProtobufC
import TestSupport
import Testing

@testable import InventoryService

extension StockQuestions {
    /// Questions for SKUs, a call each.
    init(_ keys: [StockKey]) throws {
        var questions = StockQuestions(capacity: keys.count)
        try ArenaMemory.with { (arena) throws in
            for (call, key) in keys.enumerated() {
                let request = try GetStockRequest(sku: key.sku.description).encodedBytes()
                let storage = try GetStockRequest.decode(request.span.bytes, in: arena)
                questions.append(key.brand, View<GetStockRequest>(storage, in: arena).sku, call: call)
            }
        }
        self = questions
    }
}

/// The system has no room for what a test needs.
struct NoRoom: Error {}

extension AnswerShapes {
    mutating func number(of answer: [UInt8], skuBytes: Int) -> UInt16? {
        self.number(of: answer.span.bytes, skuBytes: skuBytes)
    }

    func fits(_ number: UInt16, _ answer: [UInt8]) -> Bool { self.fits(number, answer.span.bytes) }
}

extension KeyedRing {
    static func made(byteCount: Int) throws(NoRoom) -> KeyedRing {
        guard let entries = KeyedRing(byteCount: byteCount, entryBytes: 56) else { throw NoRoom() }
        return entries
    }
}

extension NearCacheState {
    static func small() throws(NoRoom) -> NearCacheState {
        guard let state = NearCacheState(byteCount: 1 << 16) else { throw NoRoom() }
        return state
    }
}

extension NearCache {
    /// The answer that is shown of an item; nil: none.
    func shown(_ key: StockKey) throws -> [UInt8]? {
        var shown: [UInt8]?
        _ = self.answer(try StockQuestions([key])) { _, answer in shown = answer.withUnsafeBytes { Array($0) } }
        return shown
    }

    /// The version of the answer that is shown of an item; nil: none.
    func shownVersion(_ key: StockKey) throws -> Int64? {
        try self.shown(key).map { Int64(try #require(try InventoryMessages.StockItem(decoding: $0).version)) }
    }

    /// Puts an answer by the way of a miss.
    func put(_ entry: [UInt8], of key: StockKey) {
        self.fill([Entry(position: 0, key: key, entry: entry)], under: self.ticket(for: [key]))
    }
}

extension StockKey {
    /// An item of a test.
    static func test(_ sku: String = "ABC1234", brand: UInt64 = 2) throws -> StockKey {
        StockKey(brand: PostgresUUID(high: 1, low: brand), sku: try SKU(sku))
    }

    /// The item's entry: at so many locations each of which has the version's units.
    func entry(_ version: Int64, locations: Int = 1) throws -> [UInt8] {
        let item = InventoryMessages.StockItem(
            sku: self.sku.description,
            warehouses: (0..<locations).map {
                WarehouseStock(locationID: "WHS\($0)", stockAvailable: version, onHand: version, reserved: 0)
            }, version: UInt64(version))
        return try #require(StockCacheEntry.item(version: version, answer: try item.encodedBytes()))
    }

    /// A change of the item.
    func change(_ version: Int64, locations: Int = 1, withEntry: Bool = true) throws -> StockCacheChange {
        StockCacheChange(
            key: self, version: version, entry: withEntry ? try self.entry(version, locations: locations) : nil)
    }
}

extension SeededGenerator {
    /// Whether one of so many cases is the case.
    mutating func isOne(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    /// A SKU of 1 to so many bytes.
    mutating func sku(maximumBytes: Int = 64) -> String {
        let count = Int.random(in: 1...maximumBytes, using: &self)
        var text = ""
        while text.utf8.count < count {
            let rest = count - text.utf8.count
            let letters = ["A", "b", "7", "-", "é", "漢", "🛞"].filter { $0.utf8.count <= rest }
            text += letters.randomElement(using: &self) ?? "X"
        }
        return text
    }
}
