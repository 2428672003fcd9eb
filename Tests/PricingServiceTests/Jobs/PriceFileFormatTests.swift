import DrivelineTesting
import Jobs
import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import ServedJobs
import TestSupport
import Testing
import WellKnownMessages

@testable import PricingService

@Suite(.timeLimit(.minutes(5))) struct PriceFileFormatTests {
    @Test("a full file removes what its lists have and it has not, but nothing of other lists or of refused records")
    func full() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            try await files.pricing.put(.sample("dealer", priority: 1))
            let header = PriceImportTests.header
            _ = try await files.imported(
                header
                    + "retail,A,,1,,,\nretail,A,5,1,,,\nretail,B,,1,,,\nretail,C,,1,,,\nretail,D,,1,,,\ndealer,A,,1,,,\n"
            )
            let found = try await files.imported(
                header + "retail,A,,2,,,\nretail,C,,x,,,\nnone,D,,1,,,\n", PriceImportOptions(format: .csv, full: true))
            #expect(found.state == .succeeded)
            #expect((found.pricesChanged, found.pricesRemoved, found.recordsFailed) == (1, 2, 2))
            #expect(
                try await files.prices() == [
                    "dealer A 1 -infinity infinity 1000000", "retail A 1 -infinity infinity 2000000",
                    "retail C 1 -infinity infinity 1000000", "retail D 1 -infinity infinity 1000000",
                ])
        }
    }

    @Test("a full file with records that do not say whose prices they are changes nothing")
    func nameless() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            let file = PriceImportTests.header + "retail,A,,1,,,\nretail,,,1,,,\n"
            let found = try await files.imported(file, PriceImportOptions(format: .csv, full: true))
            #expect(found.state == .failed && found.problem?.code == "nameless-records")
            #expect(try await files.prices() == [])
            #expect(try await files.staged() == 0)
            #expect(try await files.lines(.failedRecords, of: found).count == 1)
            #expect(try await files.imported(file).pricesCreated == 1)
        }
    }

    @Test("a file that is at fault as a whole changes nothing, and its fault is told with the line")
    func faults() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            let found = try await files.imported("sku,amount,colour\nA,1,red\n")
            #expect(found.state == .failed && found.problem?.code == "unknown-column" && found.problem?.line == 1)
            let cut = try await files.imported("<PIES><Header>", PriceImportOptions(format: .pies))
            #expect(cut.state == .failed && cut.problem?.code == "truncated")
            #expect(try await files.prices() == [])
            #expect(try await files.staged() == 0)
        }
    }

    @Test("importing an export gives the same prices", arguments: [PriceFileFormat.csv, .pies])
    func roundTrip(_ format: PriceFileFormat) async throws {
        try await PriceFileHarness.with { files in
            var random = SeededGenerator(seed: testSeed())
            var dealer = PriceList.sample("dealer", currency: "CAD")
            (dealer.tradeCode, dealer.sheetNumber) = ("JBR", "2026-01")
            var retail = PriceList.sample("retail")
            (retail.tradeCode, retail.name) = ("RET", "Retail & more")
            for list in [dealer, retail] { try await files.pricing.put(list) }
            var file = PriceImportTests.header
            for number in 0..<200 {
                for list in ["dealer", "retail"] {
                    let amount = Int.random(in: 0...9_999, using: &random)
                    file += "\(list),S-\(number),1,\(amount).5,2026-01-01,,\n"
                    file += "\(list),S-\(number),12,\(amount).25,,2027-0\(1 + number % 9)-01,\n"
                }
            }
            #expect(try await files.imported(file).pricesCreated == 800)
            let before = try await files.prices()
            let (text, found, _) = try await files.exported(
                PriceExportOptions(format: format, brandCode: format == .pies ? "QQVX" : ""))
            #expect(found.state == .succeeded && found.records == 800)
            let again = try await files.imported(text, PriceImportOptions(format: format, full: true))
            #expect(again.state == .succeeded && (again.unchanged, again.recordsFailed) == (800, 0))
            #expect(again.pricesRemoved == 0 && again.passedOver == 0)
            _ = try await files.pricing.number("with gone as (delete from price returning 1) select count(*) from gone")
            #expect(try await files.imported(text, PriceImportOptions(format: format)).pricesCreated == 800)
            #expect(try await files.prices() == before)
        }
    }

    @Test("an export has the lists, SKUs and instant that it is asked for")
    func selection() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            try await files.pricing.put(.sample("dealer", priority: 1))
            try await files.pricing.put(.sample("cost", type: .cost))
            _ = try await files.imported(
                PriceImportTests.header
                    + "retail,A1,,1,,2026-01-01,\nretail,A1,,2,2026-01-01,,\nretail,A1,,3,2027-01-01,,\nretail,B,,4,,,\n"
                    + "dealer,A1,,5,,,\ncost,A1,,6,,,\n")
            var options = PriceExportOptions(format: .csv, listIDs: ["retail"], skuPrefix: "A")
            options.at = ProtoTimestamp(seconds: 1_780_000_000)
            #expect(
                try await files.exported(options).text
                    == "listId,sku,minimumQuantity,amount,validFrom,validTo\r\nretail,A1,1,2.00,2026-01-01T00:00:00Z,\r\n"
            )
            let all = PriceExportOptions(format: .csv)
            #expect(try await files.exported(all).found.records == 5)
            #expect(try await files.exported(all, kind: PriceJobs.costExportKind).found.records == 6)
            let unknown = try await files.exported(PriceExportOptions(format: .csv, listIDs: ["none"])).found
            #expect(unknown.state == .failed && unknown.problem?.code == "list-not-found")
        }
    }

    @Test("a price of a PIES file goes to the list that the import names, and in another currency it is refused")
    func sheets() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("jobber"))
            let file = """
                <PIES><Header><PIESVersion>7.2</PIESVersion><SubmissionType>UPDATE</SubmissionType>
                <PCdbVersionDate>2025-12-26</PCdbVersionDate></Header><Items><Item MaintenanceType="A"><PartNumber>A</PartNumber>
                <Prices><Pricing MaintenanceType="A" PriceType="JBR"><PriceSheetNumber>S</PriceSheetNumber>
                <CurrencyCode>USD</CurrencyCode><Price UOM="PE">2.5</Price></Pricing>
                <Pricing MaintenanceType="A" PriceType="JBR"><PriceSheetNumber>S</PriceSheetNumber>
                <CurrencyCode>CAD</CurrencyCode><Price UOM="PE">3</Price></Pricing>
                <Pricing MaintenanceType="A" PriceType="LST"><PriceSheetNumber>S</PriceSheetNumber>
                <Price UOM="PE">3</Price></Pricing></Prices></Item></Items><Trailer><ItemCount>1</ItemCount>
                <TransactionDate>2026-01-01</TransactionDate></Trailer></PIES>
                """
            let options = PriceImportOptions(
                format: .pies, sheets: [PriceSheetList(tradeCode: "JBR", listID: "jobber")])
            let found = try await files.imported(file, options)
            #expect(found.state == .succeeded && (found.records, found.passedOver, found.recordsFailed) == (3, 1, 1))
            #expect(try await files.lines(.failedRecords, of: found)[0].contains("\"field\":\"currency\""))
            #expect(try await files.prices() == ["jobber A 1 -infinity infinity 2500000"])
            let test = try await files.imported(
                file.replacing("UPDATE", with: "TEST").replacing("2.5", with: "9"), options)
            #expect(test.state == .succeeded && test.pricesChanged == 1)
            #expect(try await files.prices() == ["jobber A 1 -infinity infinity 2500000"])
        }
    }

    @Test("calls begin imports and exports once, tell of them, and undo an import that did something")
    func calls() async throws {
        try await PriceFileHarness.with { files in
            try await files.pricing.put(.sample("retail"))
            try await files.pricing.put(.sample("cost", type: .cost))
            let options = PriceImportOptions(format: .csv, listID: "retail")
            let begun = try await files.files.beginImport(BeginPriceImportRequest(commandID: "1", options: options))
            let again = try await files.files.beginImport(BeginPriceImportRequest(commandID: "1", options: options))
            #expect(begun.importID == again.importID && begun.state == .queued && begun.createdBy == "tester")
            let nothing = try await files.pricing.problem {
                _ = try await files.files.undoImport(UndoPriceImportRequest(importID: begun.importID))
            }
            #expect(nothing?.type == "nothing-to-undo")
            let id = try #require(JobID(begun.importID))
            let job = try #require(try await files.jobs.jobs.find(id, brand: files.pricing.brand))
            _ = try await files.finish(
                try await files.jobs.jobs.upload(FilePieces(bytes: Array("sku,amount\nA,1\n".utf8)), to: job))
            let found = try await files.files.getImport(GetPriceImportRequest(importID: begun.importID))
            #expect(found.state == .succeeded && found.pricesCreated == 1 && found.bytes == found.bytesDone)
            #expect(
                try await files.files.listImports(ListPriceImportsRequest()).imports.map(\.importID) == [begun.importID]
            )
            let undone = try await files.files.undoImport(UndoPriceImportRequest(importID: begun.importID))
            let twice = try await files.files.undoImport(UndoPriceImportRequest(importID: begun.importID))
            #expect(!undone.undoJobID.isEmpty && undone.undoJobID == twice.undoJobID)

            let wrong = try await files.pricing.problem {
                _ = try await files.files.beginExport(
                    BeginPriceExportRequest(commandID: "2", options: PriceExportOptions(format: .pies)))
            }
            #expect(wrong?.type == "field-invalid")
            let reader = try files.pricing.client(scopes: "pricing:read")
            defer { reader.shutDown() }
            let named = PriceExportOptions(format: .csv, listIDs: ["cost"])
            let hidden = try await files.pricing.problem {
                _ = try await PriceFileServiceClient(reader).beginExport(
                    BeginPriceExportRequest(commandID: "3", options: named))
            }
            #expect(hidden?.type == "scope-missing")
            let export = try await files.files.beginExport(BeginPriceExportRequest(commandID: "3", options: named))
            #expect(try await files.files.getExport(GetPriceExportRequest(exportID: export.exportID)).state == .queued)
        }
    }
}
