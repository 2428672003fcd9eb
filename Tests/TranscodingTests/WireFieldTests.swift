import IdentityMessages
import InventoryMessages
import ProtobufC
import Testing

@testable import Transcoding

@Suite("Single fields are read from wire bytes and added to them")
struct WireFieldTests {
    private static let schema: Schema = {
        do {
            return try Schema([
                InventoryDescriptors.fileDescriptorSet, IdentityDescriptors.fileDescriptorSet,
            ])
        } catch {
            preconditionFailure("the descriptors do not compile: \(error)")
        }
    }()

    private func field(_ name: String, _ kind: WireField.Kind, of message: String) -> WireField? {
        Self.schema.message("driveline.inventory.v1.\(message)").flatMap { Self.schema.field(name, kind, of: $0) }
    }

    @Test("numbers, texts and truths are read from among other fields")
    func reading() throws {
        let item = try StockItem(sku: "ABC", warehouses: [WarehouseStock(locationID: "A")], version: 1 << 60)
            .encodedBytes()
        #expect(
            try #require(self.field("version", .unsigned, of: "StockItem")).unsigned(in: item.span.bytes) == 1 << 60)
        #expect(try #require(self.field("sku", .text, of: "StockItem")).text(in: item.span.bytes) == "ABC")
        let answer = try CommandResponse(commandID: "c", repeatedAnswer: true).encodedBytes()
        #expect(try #require(self.field("repeated_answer", .bool, of: "CommandResponse")).isTrue(in: answer.span.bytes))
    }

    @Test("an absent field is nil, and so is what is cut off or of another type")
    func absent() throws {
        let version = try #require(self.field("version", .unsigned, of: "StockItem"))
        let sku = try #require(self.field("sku", .text, of: "StockItem"))
        let item = try StockItem(sku: "ABC", version: 300).encodedBytes()
        for count in 0..<item.count {
            let cut = Array(item[..<count])
            #expect(version.unsigned(in: cut.span.bytes) == nil)
        }
        for other: [UInt8] in [[0x08, 0x01], [0x0A, 0x01, 0xFF]] { #expect(sku.text(in: other.span.bytes) == nil) }
    }

    @Test("a field of another kind or name, or a list, is none")
    func unknown() {
        #expect(self.field("sku", .unsigned, of: "StockItem") == nil)
        #expect(self.field("versions", .unsigned, of: "StockItem") == nil)
        #expect(self.field("warehouses", .text, of: "StockItem") == nil)
    }

    @Test("what is added is in the message, in the place of what stood there")
    func adding() throws {
        let version = try #require(self.field("expected_version", .unsigned, of: "PutLocationRequest"))
        let cursor = try #require(self.field("cursor", .text, of: "WatchStockRequest"))
        let output = OutputBytes()
        version.append(7, to: output)
        version.append(UInt64.max, to: output)
        #expect(try PutLocationRequest(decoding: output.array).expectedVersion == .max)
        output.removeAll()
        cursor.append("old", to: output)
        cursor.append("wörter", to: output)
        #expect(try WatchStockRequest(decoding: output.array).cursor == "wörter")
    }

    @Test("the statuses of problems stand under their types")
    func statuses() {
        #expect(Self.schema.problemStatuses["unknown-sku"] == 422)
        #expect(Self.schema.problemStatuses["version-conflict"] == 412)
        #expect(Self.schema.problemStatuses["applied"] == nil)
    }
}
