import DrivelineTesting
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import TestSupport
import Testing
import Wire

@testable import InventoryService

@Suite("Imports of stock", .timeLimit(.minutes(5)))
struct ImportTests {
    static let dryRun = ImportOptions(format: .csv, dryRun: true)

    @Test("good rows are carried out and bad ones named by line and field")
    func rows() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("R", 5)
            try await harness.reserve("R", 4)
            let text = """
                sku,locationId,stockAvailable,onHand,reorderThreshold
                A,WHS1,7,,20
                A,NOWHERE,7,,20
                A,WHS2,3,,20
                B,WHS1,x,,
                R,WHS1,,3,
                R,WHS2,1,,
                "C,WHS1,1,,
                D,WHS1,\u{0},,
                E,WHS2,2,,
                """
            let found = try await harness.importing(text)
            #expect(found.state == .succeeded && found.problem == nil)
            #expect(found.rows == 9 && found.rowsFailed == 5 && found.rowsApplied == 4 && found.levelsChanged == 4)
            #expect(found.bytesDone == found.bytes && !found.resultsCut && found.createdBy == "tester")
            #expect(try await harness.balance("A") == .init(available: 7))
            #expect(try await harness.balance("A", at: "WHS2") == .init(available: 3))
            #expect(try await harness.balance("R") == .init(available: 1, reserved: 4))
            #expect(try await harness.balance("R", at: "WHS2") == .init(available: 1))
            #expect(try await harness.balance("E", at: "WHS2") == .init(available: 2))
            // The rows of A are one command, whose version and threshold they share.
            #expect(
                try await harness.number(
                    "select count(*) from item where sku = 'A' and version = 1 and reorder_threshold = 20")
                    == 1)
            let lines = try await harness.lines(.failedRows, of: found)
            #expect(lines[0] == "line,sku,locationId,field,reason,message,expected,text")
            #expect(
                lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).prefix(5) } == [
                    ["3", "A", "NOWHERE", "locationId", "unknown-location"],
                    ["5", "B", "WHS1", "stockAvailable", "field-invalid"],
                    ["6", "R", "WHS1", "onHand", "below-reserved"],
                    ["8", "", "", "", "malformed-row"], ["9", "D", "WHS1", "stockAvailable", "field-invalid"],
                ])
            try await harness.expectSoundLedger()
        }
    }

    @Test("a file that is none fails as a whole, and says why")
    func noFile() async throws {
        try await InventoryHarness.with { harness in
            for (text, code) in [
                ("", "empty-file"), ("sku,locationId,stock\nA,WHS1,1\n", "unknown-column"),
                ("A,WHS1,1\n", "unknown-column"),
            ] {
                let found = try await harness.importing(text)
                #expect(found.state == .failed && found.problem?.code == code, "\(found)")
            }
            #expect(try await harness.number("select count(*) from item") == 0)
        }
    }

    @Test("options that cannot be are refused before anything is kept")
    func badOptions() async throws {
        try await InventoryHarness.with { harness in
            let options: [(ImportOptions, String)] = [
                (ImportOptions(format: .json, delimiter: .tab), "options.format"),
                (
                    ImportOptions(format: .csv, columns: [ColumnMapping(fileColumn: "a", column: "onhand")]),
                    "options.columns[0].column"
                ),
                (ImportOptions(format: .csv, locationID: " W"), "options.locationId"),
            ]
            for (options, field) in options {
                let error = await #expect(throws: RPCError.self) { try await harness.upload([65], options) }
                #expect(error?.problem?.fields.first?.field == field)
            }
            let jobs = try await harness.number("select count(*) from job")
            #expect(jobs == 0)
        }
    }

    @Test("a later row of the same level is a command of its own, and the last one counts")
    func duplicates() async throws {
        try await InventoryHarness.with { harness in
            let found = try await harness.importing(
                "sku,locationId,onHand\nA,WHS1,1\nA,WHS1,2\nB,WHS1,9\nA,WHS1,3\n")
            #expect(found.rowsApplied == 4 && found.levelsChanged == 4)
            #expect(try await harness.balance("A") == .init(available: 3))
            #expect(try await harness.number("select version from item where sku = 'A'") == 3)
            let ids = try await harness.pool.query(
                PostgresStatement("select command_id from movement where sku = 'A' order by version"))
            for (row, line) in zip(ids, [2, 3, 5]) {
                #expect(try row.decode(String.self) == "\(found.importID).\(line)")
            }
            try await harness.expectSoundLedger()
        }
    }

    @Test("a dry run changes nothing, and tells each number that would change")
    func dryRun() async throws {
        try await InventoryHarness.with { harness in
            try await harness.adjust("A", 5)
            var before: [[String]] = []
            for table in InventoryHarness.Table.allCases {
                before.append(try await harness.rows(table, of: harness.brand))
            }
            let text = """
                sku,locationId,stockAvailable,dropShip,channelBuffers
                A,WHS1,7,true,"{""amazon"":3}"
                A,WHS2,1,,
                B,WHS1,5,,
                B,NOWHERE,5,,
                A,WHS1,5,,
                """
            let found = try await harness.importing(text, Self.dryRun)
            #expect(found.state == .succeeded && found.rowsApplied == 4 && found.rowsFailed == 1)
            #expect(
                try await harness.lines(.differences, of: found) == [
                    "line,sku,locationId,field,old,new", "2,A,WHS1,stockAvailable,5,7", "3,A,WHS2,stockAvailable,,1",
                    "2,A,,dropShip,false,true", "2,A,,channelBuffers,,\"{\"\"amazon\"\":3}\"",
                    "4,B,WHS1,stockAvailable,,5", "6,A,WHS1,stockAvailable,7,5",
                ])
            #expect(try await harness.lines(.failedRows, of: found).count == 2)
            for (number, table) in InventoryHarness.Table.allCases.enumerated() {
                #expect(try await harness.rows(table, of: harness.brand) == before[number])
            }
        }
    }

    @Test("an upload that broke off goes on under its id, and one that was carried out is not repeated")
    func repeatedUpload() async throws {
        try await InventoryHarness.with { harness in
            var text = "sku,locationId,onHand\n"
            for number in 0..<30_000 { text += "SKU-\(number),WHS1,\(number % 7)\n" }
            let bytes = Array(text.utf8)
            let options = ImportOptions(format: .csv)
            await #expect(throws: RPCError.self) {
                _ = try await harness.client.createImport { writer in
                    try await writer.write(
                        CreateImportRequest(commandID: "up", options: options, data: Array(bytes[..<300_000])))
                    // What was sent is kept before the sender goes.
                    try await until { try await harness.number("select count(*) from job_chunk") == 1 }
                    throw CancellationError()
                }
            }
            let other = await #expect(throws: RPCError.self) {
                try await harness.upload(Array("sku,x".utf8) + bytes, options, id: "up")
            }
            #expect(other?.problem?.type == "command-id-reused")
            let first = try await harness.upload(bytes, options, id: "up")
            let found = try await harness.workingOnFiles { try await harness.ended(first.importID) }
            #expect(found.rowsApplied == 30_000 && found.rows == 30_000)
            let again = try await harness.upload(bytes, options, id: "up")
            #expect(again.importID == first.importID && again.state == .succeeded)
            let listed = try await harness.client.listImports(ListImportsRequest())
            #expect(listed.imports.map(\.importID) == [first.importID] && listed.nextPageToken.isEmpty)
        }
    }

    @Test("a file that is gzip is imported as what it holds; a damaged one, or a bomb, changes nothing")
    func compressed() async throws {
        try await InventoryHarness.with { harness in
            try await harness.workingOnFiles {
                let text = "sku,locationId,onHand\r\n" + (0..<3_000).map { "SKU-\($0),WHS1,\($0 + 1)\r\n" }.joined()
                let file = try GzipCommand.compress(text)
                let bomb = try GzipCommand.compress(
                    Array("sku,locationId,onHand\r\n".utf8) + [UInt8](repeating: 0x20, count: 4 << 20))
                var damaged = file
                damaged[file.count - 6] ^= 1
                for (bytes, type) in [
                    (Array(file.dropLast(9)), "gzip-truncated"), (damaged, "gzip-damaged"),
                    (bomb, "gzip-ratio-too-high"), (try GzipCommand.compress(file), "gzip-twice"),
                ] {
                    let error = await #expect(throws: RPCError.self, "\(type)") {
                        try await harness.upload(bytes, ImportOptions(format: .csv))
                    }
                    #expect(error?.code == .invalidArgument && error?.problem?.type.hasSuffix(type) == true, "\(type)")
                }
                #expect(try await harness.number("select count(*) from level") == 0)
                let created = try await harness.upload(file, ImportOptions(format: .csv), piece: 777)
                let found = try await harness.ended(created.importID)
                #expect(found.rowsApplied == 3_000 && found.bytes == Int64(text.utf8.count))
                #expect(try await harness.balance("SKU-2999").available == 3_000)
            }
        }
    }

    @Test("an import of another brand is not there")
    func otherBrand() async throws {
        try await InventoryHarness.with { harness in
            let created = try await harness.upload(Array("sku,locationId,onHand\nA,WHS1,1\n".utf8), .init(format: .csv))
            let other = InventoryServiceClient(try harness.client(of: PostgresUUID(high: 7, low: 7)))
            defer { other.client.shutDown() }
            let error = await #expect(throws: RPCError.self) {
                try await other.getImport(GetImportRequest(importID: created.importID))
            }
            #expect(error?.code == .notFound)
            await #expect(throws: RPCError.self) {
                try await other.cancelImport(CancelImportRequest(importID: created.importID))
            }
            let cancelled = try await harness.client.cancelImport(CancelImportRequest(importID: created.importID))
            #expect(cancelled.state == .cancelled)
            #expect(
                try await harness.client.cancelImport(CancelImportRequest(importID: created.importID)).state
                    == .cancelled)
        }
    }
}
