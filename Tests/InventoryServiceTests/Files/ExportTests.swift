import DrivelineTesting
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing

@testable import InventoryService

@Suite("Exports of stock", .timeLimit(.minutes(5)))
struct ExportTests {
    /// Stock with everything that files have to be careful about.
    private func fill(_ harness: InventoryHarness) async throws {
        var documents: [StockDocument] = []
        for (number, sku) in ["plain", "comma,", "semi;colon", "quo\"te", "tab-less", "ä ö", "'=1+1", "-5"].enumerated()
        {
            documents.append(
                StockDocument(
                    sku: sku,
                    warehouses: (1...3).map { WarehouseStock(locationID: "WHS\($0)", onHand: Int64(number * $0)) },
                    dropShip: number % 2 == 0, reorderThreshold: Int64(number), reorderQuantity: 7,
                    safetyBuffer: Int64(number % 3),
                    channelBuffers: number % 3 == 0
                        ? [ChannelBuffer(channel: "a\"b,c", quantity: 4), ChannelBuffer(channel: "ebay", quantity: 0)]
                        : []))
        }
        documents.append(StockDocument(sku: "no-stock", reorderThreshold: 3))
        _ = try await harness.client.updateStock(UpdateStockRequest(commandID: "fill", documents: documents))
        try await harness.reserve("ä ö", 7)
    }

    @Test("an export imports back unchanged, in every form, and into another brand as it is")
    func roundTrip() async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await self.fill(harness)
            var before: [[String]] = []
            for table in InventoryHarness.Table.allCases {
                before.append(try await harness.rows(table, of: harness.brand))
            }
            let forms: [(FileFormat, Delimiter, StockDetail)] = [
                (.csv, .unspecified, .document), (.csv, .semicolon, .full), (.csv, .tab, .document),
                (.json, .unspecified, .full), (.json, .unspecified, .document),
            ]
            for (format, delimiter, detail) in forms {
                let text = try await harness.exporting(
                    ExportOptions(format: format, delimiter: delimiter, detail: detail))
                let found = try await harness.importing(text, ImportOptions(format: format, delimiter: delimiter))
                #expect(found.state == .succeeded && found.rowsFailed == 0 && found.rowsApplied == 0, "\(found)")
                // A row of CSV for each level, and one for the SKU without; a document of JSON for each SKU.
                #expect(found.rowsUnchanged == (format == .csv ? 25 : 9))
                for (number, table) in InventoryHarness.Table.allCases.enumerated() {
                    #expect(try await harness.rows(table, of: harness.brand) == before[number])
                }
            }
        }
    }

    @Test("an export has what its filters select, and of a location only the stock there")
    func filters() async throws {
        try await InventoryHarness.with(locations: ["WHS1", "WHS2", "WHS3"]) { harness in
            try await self.fill(harness)
            let header =
                "sku,locationId,stockAvailable,dropShip,reorderThreshold,reorderQuantity,safetyBuffer,channelBuffers"
            #expect(
                try await harness.exporting(ExportOptions(format: .csv, skuPrefix: "no", locationID: "WHS1"))
                    == "\(header)\r\n")
            #expect(
                try await harness.exporting(ExportOptions(format: .csv, skuPrefix: "co", locationID: "WHS2"))
                    == "\(header)\r\n\"comma,\",WHS2,2,false,1,7,1,\r\n")
            #expect(
                try await harness.exporting(ExportOptions(format: .csv, locationID: "NOWHERE")) == "\(header)\r\n")
            #expect(
                try await harness.exporting(ExportOptions(format: .json, skuPrefix: "no"))
                    == """
                    {"sku":"no-stock","warehouses":[],"dropShip":false,"reorderThreshold":3,"reorderQuantity":0,\
                    "safetyBuffer":0}

                    """)
            let error = await #expect(throws: RPCError.self) {
                try await harness.client.createExport(
                    CreateExportRequest(commandID: "x", options: ExportOptions(format: .json, delimiter: .tab)))
            }
            #expect(error?.problem?.fields.first?.field == "options.delimiter")
        }
    }

    @Test("an export of more SKUs than one reading takes is whole and in order")
    func pages() async throws {
        try await InventoryHarness.with { harness in
            var text = "sku,locationId,onHand\n"
            for number in 0..<2_500 { text += "SKU-\(number),WHS1,\(number)\nSKU-\(number),WHS2,1\n" }
            let found = try await harness.importing(text)
            #expect(found.rowsApplied == 5_000)
            let lines = try await harness.exporting(ExportOptions(format: .csv)).split(separator: "\r\n")
            #expect(lines.count == 5_001)
            let skus = lines.dropFirst().map { String($0.split(separator: ",")[0]) }
            #expect(skus == skus.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            #expect(Set(skus).count == 2_500)
            try await harness.expectSoundLedger()
        }
    }
}
