import InventoryMessages
import ProtobufC
import Testing

@testable import Transcoding

@Suite("Rules are left to the handler within rows that have outcomes of their own")
struct RowTests {
    private static func read(_ json: String) throws(TranscodingError) -> [UInt8] {
        guard let schema = try? Schema([InventoryDescriptors.fileDescriptorSet]),
            let message = schema.message("driveline.inventory.v1.UpdateStockRequest")
        else { return [] }
        let output = OutputBytes()
        try Transcoder(schema).appendWire(json: json.utf8.span.bytes, of: message, to: output)
        return output.withBytes { Array($0) }
    }

    @Test("a row that breaks rules is passed on, also behind one that does not, and what follows the rows is checked")
    func rules() throws {
        let rows = #"[{"sku": "A"}, {"reorderThreshold": -1, "warehouses": [{"locationId": ""}]}, {"sku": ""}]"#
        let request = try UpdateStockRequest(decoding: try Self.read(#"{"documents": \#(rows)}"#))
        #expect(request.documents.count == 3 && request.documents[1].reorderThreshold == -1)
        #expect(request.documents[1].warehouses.count == 1 && request.documents[2].sku.isEmpty)
        let error = #expect(throws: TranscodingError.self) {
            try Self.read(#"{"documents": \#(rows), "reorderThreshold": -1, "warehouses": [{"locationId": ""}]}"#)
        }
        #expect(error?.fields.map(\.pointer) == ["/reorderThreshold", "/warehouses/0/locationId"])
    }

    @Test("what cannot be a message is refused in rows too, and so are too many rows")
    func types() throws {
        let error = #expect(throws: TranscodingError.self) {
            try Self.read(#"{"documents": [{"sku": 1}, 5, {"x": 1}]}"#)
        }
        #expect(error?.fields.map(\.pointer) == ["/documents/0/sku", "/documents/1", "/documents/2/x"])
        let many = Array(repeating: "{}", count: 10_001).joined(separator: ",")
        let excess = #expect(throws: TranscodingError.self) { try Self.read(#"{"documents": [\#(many)]}"#) }
        #expect(excess?.fields.map(\.pointer) == ["/documents"])
    }
}
