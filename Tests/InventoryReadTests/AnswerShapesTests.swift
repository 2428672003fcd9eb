import InventoryDomain
import InventoryMessages
import ProtobufC
import TestSupport
import Testing
import WellKnownMessages

@testable import InventoryService

/// Stock of all kinds, and stock that differs a little from it.
private struct RandomStock {
    var random: SeededGenerator

    /// Mostly small, at times as large as there is, or none.
    private mutating func units(isSigned: Bool = false) -> Int64? {
        let units: Int64? =
            switch Int.random(in: 0..<8, using: &self.random) {
            case 0: nil
            case 1, 2: 0
            case 3, 4: .random(in: 1...9, using: &self.random)
            case 5: .random(in: 100...20_000, using: &self.random)
            case 6: .random(in: 0...InventoryLimits.maximumUnits, using: &self.random)
            default: InventoryLimits.maximumUnits
            }
        return isSigned && self.random.isOne(in: 4) ? units.map { -$0 } : units
    }

    private mutating func warehouse(_ number: Int) -> WarehouseStock {
        let available = self.units(isSigned: true)
        return WarehouseStock(
            locationID: self.random.isOne(in: 4) ? self.random.sku() : "WHS\(number)", stockAvailable: available,
            onHand: self.random.isOne(in: 2) ? available.map { max(0, $0) } : self.units(), reserved: self.units(),
            incoming: self.units(), inTransit: self.units(), quarantined: self.units(), shortage: self.units())
    }

    mutating func item() -> InventoryMessages.StockItem {
        InventoryMessages.StockItem(
            sku: self.random.sku(),
            warehouses: (0..<Int.random(in: 0...8, using: &self.random)).map { self.warehouse($0) },
            dropShip: [nil, false, true].randomElement(using: &self.random) ?? nil, reorderThreshold: self.units(),
            reorderQuantity: self.units(), safetyBuffer: self.units(), version: self.units().map { UInt64($0) },
            channelBuffers: (0..<Int.random(in: 0...2, using: &self.random)).map {
                InventoryMessages.ChannelBuffer(channel: "channel\($0)", quantity: self.units() ?? 0)
            },
            changedAt: self.random.isOne(in: 4)
                ? nil
                : ProtoTimestamp(
                    seconds: .random(in: 0...4_000_000_000, using: &self.random),
                    nanos: .random(in: 0...999_999_999, using: &self.random)))
    }

    /// One that has the same shape as often as not: some of its numbers are others.
    mutating func neighbor(of item: InventoryMessages.StockItem) -> InventoryMessages.StockItem {
        var item = item
        for index in item.warehouses.indices where self.random.isOne(in: 2) {
            self.change(&item.warehouses[index].stockAvailable)
            if self.random.isOne(in: 2) { item.warehouses[index].onHand = item.warehouses[index].stockAvailable }
            if self.random.isOne(in: 2) { self.change(&item.warehouses[index].reserved) }
        }
        if self.random.isOne(in: 2) { item.version = item.version.map { $0 + 1 } }
        if self.random.isOne(in: 8) { self.change(&item.reorderThreshold) }
        if self.random.isOne(in: 4) { item.sku = self.random.sku(maximumBytes: item.sku.utf8.count) }
        return item
    }

    private mutating func change(_ units: inout Int64?) {
        guard let old = units else { return }
        units = old + .random(in: -1...1, using: &self.random)
    }

    /// Bytes that are no answer of ours but may look like one: some fields in any order.
    mutating func fields(skuBytes: Int) -> [UInt8] {
        var fields: [[UInt8]] = [[0x0a, UInt8(skuBytes)] + self.bytes(skuBytes)]
        for _ in 0..<Int.random(in: 0...5, using: &self.random) {
            switch Int.random(in: 0..<4, using: &self.random) {
            case 0: fields.append([0x10, .random(in: 0...3, using: &self.random)])
            case 1: fields.append([0x18, .random(in: 0x80...0xff, using: &self.random), 0x01])
            case 2: fields.append([0x12, 0x04, 0x10, .random(in: 0...2, using: &self.random), 0x18, 0x00])
            default: fields.append([0x52, 0x02] + self.bytes(2))
            }
        }
        return fields.shuffled(using: &self.random).flatMap { $0 }
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self.random) }
    }
}

@Suite("Shapes of answers") struct AnswerShapesTests {
    private static let itemCount = 4_000

    /// What is unpacked from what is packed of an answer.
    private func repacked(_ answer: [UInt8], _ number: UInt16, _ shapes: AnswerShapes, sku: [UInt8]) -> [UInt8] {
        var entry = sku + [UInt8](repeating: 0xee, count: shapes.packedBytes(of: number))
        entry.withUnsafeMutableBytes { entry in
            let packed = UnsafeMutableRawBufferPointer(rebasing: entry[sku.count...])
            shapes.pack(answer.span.bytes, number, into: packed)
        }
        var unpacked = [UInt8](repeating: 0xee, count: answer.count)
        let count = unpacked.withUnsafeMutableBytes { unpacked in
            entry.withUnsafeBytes { shapes.unpack($0, number, into: unpacked) }
        }
        #expect(count == answer.count)
        return unpacked
    }

    @Test("what is unpacked is what was packed, to the byte, of the answer and of any other that fits")
    func answers() throws {
        var stock = RandomStock(random: SeededGenerator(seed: testSeed("AnswerShapesTests.answers")))
        var shapes = AnswerShapes()
        var (sameCount, fitCount, otherCount) = (0, 0, 0)
        for index in 0..<Self.itemCount {
            let item = stock.item()
            let (answer, sku) = (try item.encodedBytes(), Array(item.sku.utf8))
            // Beyond the limits there are none.
            if index.isMultiple(of: 200) { shapes = AnswerShapes() }
            let made = shapes.number(of: answer, skuBytes: sku.count)
            let number = try #require(made)
            #expect(shapes.fits(number, answer))
            #expect(self.repacked(answer, number, shapes, sku: sku) == answer)
            for _ in 0..<2 {
                let neighbor = stock.neighbor(of: item)
                let (other, otherSKU) = (try neighbor.encodedBytes(), Array(neighbor.sku.utf8))
                let isFitting = shapes.fits(number, other)
                if isFitting { #expect(self.repacked(other, number, shapes, sku: otherSKU) == other) }
                if shapes.number(of: other, skuBytes: otherSKU.count) == number {
                    #expect(isFitting, "\(item) and \(neighbor)")
                    if other != answer { sameCount += 1 }
                }
                if isFitting { fitCount += 1 } else { otherCount += 1 }
            }
        }
        #expect(sameCount > 100)
        #expect(fitCount >= sameCount && otherCount > 100)
    }

    @Test("a number that repeated another and does not any more is not of the shape, which has it once")
    func repeated() throws {
        let item = InventoryMessages.StockItem(
            sku: "A", warehouses: [WarehouseStock(locationID: "L", stockAvailable: 5, onHand: 5)])
        var other = item
        other.warehouses[0].onHand = 6
        var shapes = AnswerShapes()
        let made = shapes.number(of: try item.encodedBytes(), skuBytes: 1)
        let number = try #require(made)
        #expect(shapes.packedBytes(of: number) == 1)
        #expect(!shapes.fits(number, try other.encodedBytes()))
    }

    @Test("bytes of any kind, cut or changed, are refused or come back the same")
    func garbage() throws {
        var stock = RandomStock(random: SeededGenerator(seed: testSeed("AnswerShapesTests.garbage")))
        var shapes = AnswerShapes()
        var shapedCount = 0
        for _ in 0..<Self.itemCount * 2 {
            var skuBytes = Int.random(in: 1...4, using: &stock.random)
            var bytes: [UInt8]
            switch Int.random(in: 0..<8, using: &stock.random) {
            case 0: bytes = stock.bytes(.random(in: 0...100, using: &stock.random))
            case 1:
                let item = stock.item()
                skuBytes = item.sku.utf8.count
                bytes = try item.encodedBytes()
                bytes.removeLast(.random(in: 0...bytes.count, using: &stock.random))
            default: bytes = stock.fields(skuBytes: skuBytes)
            }
            if shapes.count > AnswerShapes.maximumCount / 2 { shapes = AnswerShapes() }
            for _ in 0..<8 {
                guard let (number, skuStart) = self.check(bytes, skuBytes: skuBytes, &shapes) else { break }
                shapedCount += 1
                var other = bytes
                let index = Int.random(in: other.indices, using: &stock.random)
                other[index] = .random(in: .min ... .max, using: &stock.random)
                if shapes.fits(number, other) {
                    let sku = Array(other[skuStart..<(skuStart + skuBytes)])
                    #expect(self.repacked(other, number, shapes, sku: sku) == other, "\(bytes) and \(other)")
                }
                bytes = other
            }
        }
        #expect(shapedCount > 1_000)
    }

    /// - Returns: The bytes' shape, and where their SKU is; nil: they have none.
    private func check(
        _ bytes: [UInt8], skuBytes: Int, _ shapes: inout AnswerShapes
    ) -> (number: UInt16, skuStart: Int)? {
        guard let scan = AnswerScan(bytes.span.bytes, skuBytes: skuBytes),
            let number = shapes.number(of: bytes, skuBytes: skuBytes)
        else { return nil }
        let sku = Array(bytes[scan.skuStart..<(scan.skuStart + skuBytes)])
        #expect(self.repacked(bytes, number, shapes, sku: sku) == bytes, "\(bytes)")
        return (number, scan.skuStart)
    }

    @Test("an answer that does not begin with its SKU has no shape, nor one whose SKU is not there or not so long")
    func otherSKU() {
        var shapes = AnswerShapes()
        for bytes in [
            [0x10, 0x01, 0x0a, 0x01, 0x41, 0x18, 0x00], [0x0a, 0x02, 0x41, 0x42], [0x18, 0x01], [],
            [0x0a, 0x01, 0x41, 0x0a, 0x01, 0x42],
        ] as [[UInt8]] {
            let number = shapes.number(of: bytes, skuBytes: 1)
            #expect(number == nil, "\(bytes)")
        }
        #expect(shapes.count == 0)
    }

    /// An answer that no other has the shape of: it has a text that is not a SKU.
    private func answer(_ text: [UInt8]) -> [UInt8] {
        let count = UInt32(text.count)
        return [
            0x0a, 0x01, 0x41, 0x52, UInt8(count & 0x7f | 0x80), UInt8(count >> 7 & 0x7f | 0x80), UInt8(count >> 14),
        ]
            + text
    }

    @Test("there are as many shapes as the limit says, and those that are known stay known")
    func maximumCount() {
        var shapes = AnswerShapes()
        let text = { (index: Int) in [UInt8(index & 0xff), UInt8(index >> 8)] }
        for index in 0..<AnswerShapes.maximumCount {
            #expect(shapes.number(of: self.answer(text(index)), skuBytes: 1) == UInt16(index))
        }
        #expect(shapes.number(of: self.answer(text(AnswerShapes.maximumCount)), skuBytes: 1) == nil)
        #expect(shapes.number(of: self.answer(text(7)), skuBytes: 1) == 7)
        #expect(shapes.count == AnswerShapes.maximumCount)
    }

    @Test("the templates of all shapes have as many bytes as the limit says, and smaller ones still find room")
    func maximumTemplateBytes() {
        var shapes = AnswerShapes()
        let text = { (index: Int) in [UInt8](repeating: UInt8(index), count: 60_000) }
        let fitting = AnswerShapes.maximumTemplateBytes / self.answer(text(0)).count
        for index in 0..<fitting {
            #expect(shapes.number(of: self.answer(text(index)), skuBytes: 1) == UInt16(index))
        }
        #expect(shapes.number(of: self.answer(text(fitting)), skuBytes: 1) == nil)
        #expect(shapes.number(of: self.answer([1, 2]), skuBytes: 1) == UInt16(fitting))
        let tooLong = [UInt8](repeating: 0, count: Int(UInt16.max))
        #expect(shapes.number(of: self.answer(tooLong), skuBytes: 1) == nil)
    }
}
