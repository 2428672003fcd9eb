import InventoryAPI
import InventoryDomain
import InventoryMessages
import Postgres
import RPC
import TestSupport
import Testing

@testable import InventoryService

/// What an import does to one brand, commands do to another: afterwards both must have the same.
@Suite("Imports beside the same commands through the engine", .timeLimit(.minutes(5)))
struct ImportPropertyTests {
    @Test("random files give the items, levels, movements and events that the same commands give")
    func sameAsEngine() async throws {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        for round in 0..<6 {
            try await InventoryHarness.with(locations: []) { harness in
                let brands = [harness.brand, PostgresUUID(high: harness.brand.high, low: ~harness.brand.low)]
                let client = try harness.client(of: brands[1])
                defer { client.shutDown() }
                let clients = [harness.client, InventoryServiceClient(client)]
                let setup = Setup(using: &random)
                for client in clients { try await setup.send(by: client) }
                let text = Self.file(rows: 400, using: &random)
                let options = ImportOptions(
                    format: .csv, context: CommandContext(source: .feed, reference: "round \(round)"))
                let found = try await harness.importing(text, options)
                #expect(found.state == .succeeded && found.rows == 400, "seed \(seed): \(found)")
                let failed = try await Self.send(text, options, by: clients[1])
                #expect(found.rowsFailed == Int64(failed), "seed \(seed), round \(round)")
                for table in InventoryHarness.Table.allCases {
                    let imported = try await harness.rows(table, of: brands[0])
                    let sent = try await harness.rows(table, of: brands[1])
                    let difference = sent.difference(from: imported)
                    #expect(difference.isEmpty, "\(table), seed \(seed), round \(round)")
                }
                try await harness.expectSoundLedger()
            }
        }
    }

    /// What both brands begin with.
    struct Setup {
        let rules: InventoryRules
        let stock: [StockDocument]
        let reservations: [(sku: String, units: Int64)]

        init(using random: inout SeededGenerator) {
            var rules = InventoryRules(acceptsUnknownSkus: Bool.random(using: &random))
            // Ranked settings would differ: each write notes its time, and commands of one transaction have the same.
            if Bool.random(using: &random) {
                rules.conflicts.append(
                    ConflictRule(field: .stock, policy: .sourcePriority, ranking: [.warehouse, .erp, .feed]))
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                rules.conflicts.append(ConflictRule(field: .reorder, policy: .expectedVersion))
            }
            self.rules = rules
            var stock: [StockDocument] = []
            for number in 0..<15 where Bool.random(using: &random) {
                let units = Int64.random(in: 5..<50, using: &random)
                stock.append(
                    StockDocument(
                        sku: "S\(number)", warehouses: [WarehouseStock(locationID: "W1", onHand: units)],
                        dropShip: Bool.random(using: &random), reorderThreshold: 10))
            }
            self.stock = stock
            self.reservations = stock.map { (sku: $0.sku, units: Int64.random(in: 1...5, using: &random)) }
        }

        func send(by client: InventoryServiceClient) async throws {
            for location in ["W1", "W2", "W3"] {
                _ = try await client.putLocation(
                    PutLocationRequest(locationID: location, location: InventoryMessages.Location(active: true)))
            }
            _ = try await client.putKit(
                PutKitRequest(
                    sku: "S20",
                    components: [
                        KitComponent(sku: "S1", quantity: 2, position: "1"),
                        KitComponent(sku: "S2", quantity: 1, position: "2"),
                    ]))
            if !self.stock.isEmpty {
                _ = try await client.updateStock(
                    UpdateStockRequest(
                        commandID: "stock", context: CommandContext(source: .warehouse), documents: self.stock))
            }
            for (sku, units) in self.reservations {
                _ = try? await client.reserve(
                    ReserveRequest(
                        commandID: "r-\(sku)", reservationID: "r-\(sku)",
                        lines: [ReservationLine(sku: sku, quantity: units)]))
            }
            _ = try await client.putRules(PutRulesRequest(rules: self.rules))
        }
    }

    private static func file(rows: Int, using random: inout SeededGenerator) -> String {
        var text = "sku,locationId,stockAvailable,onHand,dropShip,reorderThreshold,expectedVersion\n"
        var sku = 0
        for _ in 0..<rows {
            if Int.random(in: 0..<3, using: &random) == 0 { sku = .random(in: 0..<22, using: &random) }
            let location = ["W1", "W2", "W3", "W1", "W2", "W3", "W9", ""].randomElement(using: &random) ?? ""
            let units = Int64.random(in: -1..<30, using: &random)
            let stock = Bool.random(using: &random) ? "\(units)," : ",\(units)"
            let flag = ["", "", "true", "false"].randomElement(using: &random) ?? ""
            let threshold = ["", "", "10", "25", "x"].randomElement(using: &random) ?? ""
            let version = ["", "", "", "", "0", "1", "3"].randomElement(using: &random) ?? ""
            text += "S\(sku),\(location),\(location.isEmpty ? "," : stock),\(flag),\(threshold),\(version)\n"
        }
        return text
    }

    /// Sends what a file says as single updates, and again without a row that is refused.
    ///
    /// - Returns: How many rows are refused.
    private static func send(
        _ text: String, _ options: ImportOptions, by client: InventoryServiceClient
    ) async throws -> Int {
        var reader = ImportReader(try ImportRules(options))
        try reader.append(Array(text.utf8))
        reader.complete()
        var failed = 0
        while case .entry(let entry) = try reader.next() {
            guard case .document(var document) = entry.content else {
                failed += 1
                continue
            }
            while let refusal = try await self.send(document, options, by: client) {
                let place = refusal.field.split(separator: "[").dropFirst().first?.prefix { $0 != "]" }
                // A row names one level at the most, and one that names none is not refused by itself.
                guard let place = place.flatMap({ Int($0) }), document.rows.count > 1 else {
                    failed += document.rows.count
                    break
                }
                var rows = document.rows
                let named = rows.indices.filter { !rows[$0].levels.isEmpty }
                rows.remove(at: named[place])
                document = ImportDocument(rows[0])
                for row in rows.dropFirst() {
                    let isTaken = document.take(row)
                    #expect(isTaken)
                }
                failed += 1
            }
        }
        return failed
    }

    private static func send(
        _ document: ImportDocument, _ options: ImportOptions, by client: InventoryServiceClient
    ) async throws -> InventoryMessages.Refusal? {
        let update = document.update
        var sent = StockDocument(sku: "\(update.sku)")
        if case .exactly(let version) = update.expectedVersion { sent.expectedVersion = UInt64(version) }
        for level in update.levels {
            var warehouse = WarehouseStock(locationID: "\(level.location)")
            switch level.target {
            case .available(let units): warehouse.stockAvailable = units.units
            case .onHand(let units): warehouse.onHand = units.units
            }
            sent.warehouses.append(warehouse)
        }
        sent.dropShip = update.isDropShip
        sent.reorderThreshold = update.reorderThreshold?.units
        let outcomes = try await client.updateStock(
            UpdateStockRequest(commandID: InventoryHarness.newID(), context: options.context, documents: [sent])
        ).outcomes
        guard case .refusal(let refusal)? = outcomes.first?.outcome else { return nil }
        return refusal
    }
}
