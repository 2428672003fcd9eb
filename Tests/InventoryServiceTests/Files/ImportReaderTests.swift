import FileFormats
import InventoryDomain
import InventoryMessages
import Jobs
import RPC
import RPCMessages
import TestSupport
import Testing

@testable import InventoryService

@Suite("Entries of an import's file")
struct ImportReaderTests {
    /// An entry, short enough to be compared.
    struct Read: Hashable {
        var text: String
        var end: Int64
        var line: Int64
    }

    static let csv = ImportOptions(format: .csv)
    static let json = ImportOptions(format: .json)

    static func read(_ reader: consuming ImportReader, _ bytes: [UInt8], piece: Int = 7) throws -> [Read] {
        var all: [Read] = []
        var rest = bytes[...]
        while true {
            switch try reader.next() {
            case .end: return all
            case .needsMore:
                if rest.isEmpty { reader.complete() }
                try reader.append(Array(rest.prefix(piece)))
                rest = rest.dropFirst(piece)
            case .entry(let entry):
                all.append(Read(text: Self.text(entry.content), end: entry.endOffset, line: entry.endLine))
            }
        }
    }

    private static func text(_ content: ImportEntry.Content) -> String {
        switch content {
        case .failure(let row): return "\(row.line) \(row.fault.field) \(row.fault.message)"
        case .document(let document):
            let levels = document.update.levels.map { level in
                switch level.target {
                case .available(let units): "\(level.location)=\(units)"
                case .onHand(let units): "\(level.location):\(units)"
                }
            }
            let threshold = document.update.reorderThreshold.map { " t\($0)" } ?? ""
            return "\(document.rows.map(\.line)) \(document.sku) \(levels.joined(separator: " "))\(threshold)"
        }
    }

    private func read(_ text: String, _ options: ImportOptions = Self.csv) throws -> [String] {
        try Self.read(try ImportReader(ImportRules(options)), Array(text.utf8)).map(\.text)
    }

    private func failure(_ text: String, _ options: ImportOptions = Self.csv) throws -> JobFailure? {
        let rules = try ImportRules(options)
        do {
            _ = try Self.read(ImportReader(rules), Array(text.utf8), piece: 1_000)
            return nil
        } catch let failure as JobFailure {
            return failure
        }
    }

    @Test("rows of a SKU that stand one behind the other are one document")
    func documents() throws {
        let text = """
            \u{FEFF}sku,locationId,stockAvailable,onHand,reorderThreshold\r
            A,W1,1,,5\r
            A,W2,,2,\r
            A,W2,3,,\r
            A,,,,6\r
            B,W1,0,,\r

            A,W1,100.00,,6\r

            """
        #expect(
            try self.read(text) == [
                "[2, 3] A W1=1 W2:2 t5", "[4, 5] A W2=3 t6", "[6] B W1=0", "[8] A W1=100 t6",
            ])
    }

    @Test("each bad row is named by its line and field, and the others are read")
    func badRows() throws {
        let text = """
            sku,locationId,stockAvailable,onHand,dropShip,channelBuffers,expectedVersion
            ,W1,1,,,,
            A,,1,,,,
            A,W1,,,,,
            A,W1,1,1,,,
            A,W1,-1,,,,
            A,W1,1.5,,,,
            A,W1,9007199254740992,,,,
            A,W1,99999999999999999999,,,,
            A,W1,1,,maybe,,
            A,W1,1
            A,W1,1,,,"{""a"":-1}",
            A,W1,1,,,7,
            A,W1,1,,,,x
             A,W1,1,,,,
            A,,,,,,
            A,W1,1,,TRUE,"{""a b"":4}",3
            """
        let faults = try self.read(text)
        let fields = [
            "2 sku", "3 locationId", "4 stockAvailable", "5 stockAvailable", "6 stockAvailable", "7 stockAvailable",
            "8 stockAvailable", "9 stockAvailable", "10 dropShip", "11  the row has 3 fields", "12 channelBuffers",
            "13 channelBuffers", "14 expectedVersion", "15 sku", "16  the row says nothing", "[17] A W1=1",
        ]
        #expect(faults.count == fields.count)
        for (fault, field) in zip(faults, fields) { #expect(fault.hasPrefix(field), "\(fault)") }
    }

    @Test("a file that is none says why")
    func noFile() throws {
        #expect(try self.failure("")?.code == "empty-file")
        #expect(try self.failure("\n \n")?.code == "unknown-column")
        #expect(try self.failure("\r\n\r\n")?.code == "empty-file")
        #expect(try self.failure("", Self.json)?.code == "empty-file")
        #expect(try self.failure("sku,locationId,stokAvailable\n")?.message.contains("perhaps stockAvailable") == true)
        #expect(try self.failure("A,W1,5\n")?.code == "unknown-column")
        #expect(try self.failure("locationId,onHand\n")?.message.contains("no column sku") == true)
        #expect(try self.failure("sku,onHand\n")?.message.contains("no column locationId") == true)
        #expect(try self.failure("sku,locationId\n")?.code == "missing-column")
        #expect(try self.failure("sku,sku,onHand\n")?.code == "duplicate-column")
        #expect(try self.failure("sku,\"locationId,onHand\nA,W1,5\n")?.code == "unreadable-header")
        let rules = try ImportRules(Self.csv)
        #expect(throws: JobFailure.self) { try Self.read(ImportReader(rules), [0xFF, 0xFE, 0x73, 0], piece: 100) }
        #expect(throws: JobFailure.self) { try Self.read(ImportReader(rules), [0x73, 0xE4, 0x0A], piece: 100) }
    }

    @Test("foreign columns are mapped, others passed over where that is asked for, and a location stands for all rows")
    func mapping() throws {
        var options = Self.csv
        options.delimiter = .semicolon
        options.columns = [
            ColumnMapping(fileColumn: "Item No.", column: "sku"), ColumnMapping(fileColumn: "Qty", column: "onHand"),
            ColumnMapping(fileColumn: "Name"),
        ]
        options.locationID = "W9"
        let text = "Item No.;Name;Qty\nA;Chair;5\nB;;6\n"
        #expect(try self.read(text, options) == ["[2] A W9:5", "[3] B W9:6"])
        #expect(try self.failure("Item No.;Nam;Qty\n", options)?.code == "unknown-column")
        options.ignoreOtherColumns = true
        #expect(try self.failure("Item No.;Nam;Qty\n", options)?.message.contains("perhaps it is \"Nam\"") == true)
        for (column, field) in [("skuu", "options.columns[0].column"), ("version", "options.columns[0].column")] {
            options.columns = [ColumnMapping(fileColumn: "x", column: column)]
            let error = #expect(throws: RPCError.self) { try ImportRules(options) }
            #expect(error?.problem?.fields.first?.field == field)
        }
    }

    @Test("documents as updates take them; what stands in answers only is passed over")
    func jsonDocuments() throws {
        let text = """
            [{"sku":"A","warehouses":[{"locationId":"W1","stockAvailable":100,"reserved":3},{"locationId":"W2","onHand":"5"}],
              "dropShip":true,"reorderThreshold":20,"version":7},
             {"sku":"B","warehouses":[{"locationId":"W1"}]},
             {"sku":"C","stock":4},
             {"sku":"D","reorderThreshold":1.5},
             {"sku":"E","warehouses":[],"safetyBuffer":null},
             {"warehouses":[]}, {"sku":"F",}]
            """
        #expect(
            try self.read(text, Self.json) == [
                "[1] A W1=100 W2:5 t20", "3 warehouses[0].stockAvailable warehouses[0].stockAvailable is missing",
                "4 stock stock is not known", "5 reorderThreshold reorderThreshold is \"1.5\"", "[6] E ",
                "7 sku sku is missing",
                "7  the document is no JSON: a name in quotation marks is missing, at its byte 12",
            ])
    }

    @Test("an import that goes on behind any of its entries reads the rest as it would have")
    func resume() throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var text = "sku,locationId,onHand\r\n"
            for _ in 0..<30 {
                let lines = [
                    "S\(Int.random(in: 0..<3, using: &random)),W\(Int.random(in: 0..<3, using: &random)),5\r\n",
                    "\"S1\",\"W1\",7\n", "bad\n", "\"open,W1,5\n", "\"S\"x,1\n", "\r\n",
                    String(repeating: "y", count: 70_000) + "\n", "ä,W1,1\n",
                ]
                text += lines[Int.random(in: 0..<100, using: &random) < 70 ? 0 : .random(in: 1..<8, using: &random)]
            }
            let bytes = Array(text.utf8)
            let rules = try ImportRules(Self.csv)
            let whole = try Self.read(ImportReader(rules), bytes, piece: 4_096)
            var header = ImportReader(rules)
            try header.append(bytes)
            #expect(try header.readHeader())
            for (index, entry) in whole.enumerated() {
                let reader = ImportReader(rules, offset: entry.end, line: entry.line, columns: header.columns)
                let rest = try Self.read(reader, Array(bytes[Int(entry.end)...]), piece: 5_000)
                #expect(rest == Array(whole[(index + 1)...]), "seed \(seed), behind entry \(index)")
            }
        }
    }
}
