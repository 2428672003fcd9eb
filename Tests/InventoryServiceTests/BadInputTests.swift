import DrivelineTesting
import InventoryAPI
import InventoryMessages
import Postgres
import RPC
import RPCMessages
import Testing
import WellKnownMessages
import Wire

@testable import InventoryService
@testable import LoadTesting

@Suite("Bad input, over RPC")
struct BadInputTests {
    /// A command that is refused, and how: as a call, and as a row of a bulk call.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var command: StockCommand.Command
        var code: StatusCode
        var type: String
        var field: String
        var testDescription: String { self.name }

        init(
            _ name: String, _ command: StockCommand.Command, _ code: StatusCode, _ type: String, _ field: String
        ) {
            self.name = name
            self.command = command
            self.code = code
            self.type = type
            self.field = field
        }

        /// A field that is wrong by itself.
        init(_ name: String, _ command: StockCommand.Command, _ field: String) {
            self.init(name, command, .invalidArgument, "field-invalid", field)
        }
    }

    private static let most: Int64 = 9_007_199_254_740_991

    private static func adjust(_ sku: String, _ location: String, _ delta: Int64) -> StockCommand.Command {
        .adjustStock(
            AdjustStockRequest(commandID: "x", sku: sku, locationID: location, delta: delta, reason: .correction))
    }

    private static func receive(_ quantity: Int64, at location: String = "WHS1") -> StockCommand.Command {
        .receiveStock(ReceiveStockRequest(commandID: "x", sku: "A", locationID: location, quantity: quantity))
    }

    private static func set(_ amount: SetStockRequest.Amount?, any: Bool = true) -> StockCommand.Command {
        .setStock(
            SetStockRequest(
                commandID: "x", sku: "A", locationID: "WHS1", amount: amount,
                versionExpectation: any ? .anyVersion(true) : nil))
    }

    private static func transfer(_ from: String, _ to: String, _ quantity: Int64) -> StockCommand.Command {
        .transferStock(
            TransferStockRequest(
                commandID: "x", sku: "A", fromLocationID: from, toLocationID: to, quantity: quantity))
    }

    private static func reserve(
        _ lines: [ReservationLine], id: String = "new", holdSeconds: Int64? = nil
    ) -> StockCommand.Command {
        .reserve(
            ReserveRequest(
                commandID: "x", reservationID: id, lines: lines, holdFor: holdSeconds.map { ProtoDuration(seconds: $0) }
            ))
    }

    private static func commit(_ id: String) -> StockCommand.Command {
        .commitReservation(CommitReservationRequest(commandID: "x", reservationID: id))
    }

    static let quantities: [Case] = [
        Case("a difference of zero", adjust("A", "WHS1", 0), "delta"),
        Case("a difference beyond 2^53", adjust("A", "WHS1", .min), "delta"),
        Case("nothing is received", receive(0), "quantity"),
        Case("less than nothing is received", receive(-1), "quantity"),
        Case("more than can be counted is received", receive(.max), "quantity"),
        Case(
            "a sum beyond what can be counted", receive(most), .invalidArgument, "quantity-out-of-range", "quantity"),
        Case("less than nothing on hand", set(.onHand(-1)), "onHand"),
        Case("less than nothing free", set(.stockAvailable(.min)), "stockAvailable"),
        Case("no amount", set(nil), "onHand"),
        Case("no word on the version", set(.onHand(1), any: false), "expectedVersion"),
        Case("nothing is sent", transfer("WHS1", "WHS2", 0), "quantity"),
        Case(
            "more is sent than is free", transfer("WHS1", "WHS2", 99), .failedPrecondition, "insufficient-stock",
            "quantity"),
        Case(
            "less is on hand than is promised", set(.onHand(1)), .failedPrecondition, "below-reserved",
            "onHand"),
        Case(
            "more is withdrawn than was announced",
            .expectStock(.init(commandID: "x", sku: "A", locationID: "WHS1", delta: -1)), .failedPrecondition,
            "insufficient-stock", "delta"),
        Case("nothing is set aside", .quarantineStock(.init(commandID: "x", sku: "A", locationID: "WHS1")), "quantity"),
        Case(
            "less than nothing was counted",
            .countStock(.init(commandID: "x", sku: "A", locationID: "WHS1", counted: -1)), "counted"),
        Case(
            "less than nothing was lost",
            .receiveTransfer(.init(commandID: "x", sku: "A", locationID: "WHS1", quantity: 1, lost: -1)), "lost"),
        Case("nothing is announced", .expectStock(.init(commandID: "x", sku: "A", locationID: "WHS1")), "delta"),
        Case("nothing is reserved", reserve([.init(sku: "A")]), "lines[0].quantity"),
        Case(
            "less than nothing is reserved", reserve([.init(sku: "A", quantity: 1), .init(sku: "A", quantity: -2)]),
            "lines[1].quantity"),
    ]

    static let names: [Case] = [
        Case("no SKU", adjust("", "WHS1", 1), "sku"),
        Case("a SKU with a space in front", adjust(" A", "WHS1", 1), "sku"),
        Case("a SKU of two lines", adjust("a\nb", "WHS1", 1), "sku"),
        Case("a SKU that is too long", adjust(String(repeating: "A", count: 65), "WHS1", 1), "sku"),
        Case("no location", adjust("A", "", 1), "locationId"),
        Case("an unknown location", adjust("A", "NOWHERE", 1), .invalidArgument, "unknown-location", "locationId"),
        Case("another brand's location", receive(1, at: "THEIRS"), .invalidArgument, "unknown-location", "locationId"),
        Case(
            "a transfer to an unknown location", transfer("WHS1", "NOWHERE", 1), .invalidArgument, "unknown-location",
            "toLocationId"),
        Case("a transfer to itself", transfer("WHS1", "WHS1", 1), .invalidArgument, "same-location", "toLocationId"),
        Case(
            "a lot without a name",
            .receiveStock(.init(commandID: "x", sku: "A", locationID: "WHS1", quantity: 1, lot: LotReference())),
            "lot.lotId"),
        Case(
            "an unknown lot",
            .quarantineStock(.init(commandID: "x", sku: "A", locationID: "WHS1", quantity: 1, lotID: "NONE")),
            .invalidArgument, "unknown-lot", "lotId"),
        Case(
            "another version than is expected",
            .setStock(
                SetStockRequest(
                    commandID: "x", sku: "A", locationID: "WHS1", amount: .onHand(9),
                    versionExpectation: .expectedVersion(99_999))), .aborted, "version-conflict", "expectedVersion"),
        Case("stock of a kit", adjust("KIT", "WHS1", 1), .invalidArgument, "is-kit", "sku"),
        Case(
            "a line with an unknown location",
            reserve([.init(sku: "A", quantity: 1), .init(sku: "A", quantity: 1, locationID: "NOWHERE")]),
            .invalidArgument, "unknown-location", "lines[1].locationId"),
        Case(
            "a line of an unknown SKU", reserve([.init(sku: "A", quantity: 1), .init(sku: "NEW", quantity: 1)]),
            .failedPrecondition, "insufficient-stock", "lines[1].quantity"),
        Case(
            "a reason that nobody knows",
            .adjustStock(.init(commandID: "x", sku: "A", locationID: "WHS1", delta: 1, reason: .unrecognized(99))),
            "reason"),
    ]

    static let reservations: [Case] = [
        Case("no lines", reserve([]), "lines"),
        Case(
            "a hold that is too long", reserve([.init(sku: "A", quantity: 1)], holdSeconds: 3_601), "holdFor"),
        Case(
            "a hold of no time", reserve([.init(sku: "A", quantity: 1)], holdSeconds: 0), "holdFor"),
        Case("a reservation that nobody made", commit("nobody's"), .notFound, "unknown-reservation", "reservationId"),
        Case("another brand's reservation", commit("theirs"), .notFound, "unknown-reservation", "reservationId"),
        Case("an expired one", commit("expired"), .failedPrecondition, "reservation-expired", "reservationId"),
        Case("a released one", commit("released"), .failedPrecondition, "reservation-released", "reservationId"),
        Case(
            "one that was shipped is released",
            .releaseReservation(.init(commandID: "x", reservationID: "shipped")), .failedPrecondition,
            "reservation-committed", "reservationId"),
        Case(
            "one without an expiry is extended", .extendReservation(.init(commandID: "x", reservationID: "confirmed")),
            .failedPrecondition, "reservation-confirmed", "reservationId"),
        Case(
            "an id that has a reservation", reserve([.init(sku: "A", quantity: 1)], id: "confirmed"), .alreadyExists,
            "reservation-exists", "reservationId"),
        Case(
            "a line at a location that is not active", reserve([.init(sku: "A", quantity: 1, locationID: "OFF")]),
            .invalidArgument, "inactive-location", "lines[0].locationId"),
        Case(
            "more is shipped than is held",
            .commitReservation(
                .init(
                    commandID: "x", reservationID: "confirmed", portions: [.init(sku: "A", quantity: 9)])),
            .failedPrecondition, "not-held", "portions[0].quantity"),
        Case("no reservation id", commit(""), "reservationId"),
    ]

    /// Ten units of A, a kit, reservations in every state, and another brand with as much.
    private static func withStock(_ body: (InventoryHarness) async throws -> Void) async throws {
        try await InventoryHarness.with { harness in
            try await harness.putLocation("OFF") { $0.active = false }
            try await harness.adjust("A", 10)
            _ = try await harness.client.putKit(
                PutKitRequest(sku: "KIT", components: [KitComponent(sku: "A", quantity: 2)]))
            for id in ["expired", "released", "shipped", "confirmed"] {
                try await harness.reserve("A", 1, reservation: id)
            }
            try await harness.pool.runScript(
                "update reservation set expires_at = now() - interval '1 s' where reservation_id = 'expired'")
            _ = try await harness.client.releaseReservation(.init(commandID: "r", reservationID: "released"))
            _ = try await harness.client.commitReservation(.init(commandID: "s", reservationID: "shipped"))
            _ = try await harness.client.confirmReservation(.init(commandID: "c", reservationID: "confirmed"))
            let client = try harness.client(of: .init(high: 3, low: 4))
            defer { client.shutDown() }
            let theirs = InventoryServiceClient(client)
            _ = try await theirs.putLocation(.init(locationID: "THEIRS", location: Location(active: true)))
            _ = try await theirs.adjustStock(
                .init(commandID: "a", sku: "A", locationID: "THEIRS", delta: 5, reason: .found))
            _ = try await theirs.reserve(
                .init(commandID: "theirs", lines: [ReservationLine(sku: "A", quantity: 1)]))
            try await body(harness)
        }
    }

    @Test(
        "a call is refused with its status, the kind of problem and the field, and leaves nothing",
        arguments: [quantities, names, reservations])
    func calls(_ cases: [Case]) async throws {
        try await Self.withStock { harness in
            let before = try await harness.balance("A")
            for bad in cases {
                let error = await #expect(throws: RPCError.self, "\(bad.name)") {
                    try await harness.client.carryOut(bad.command, CallOptions())
                }
                #expect(error?.code == bad.code, "\(bad.name): \(String(describing: error))")
                #expect(error?.problem?.type == bad.type, "\(bad.name): \(String(describing: error))")
                #expect(error?.problem?.fields.first?.field == bad.field, "\(bad.name): \(String(describing: error))")
            }
            #expect(try await harness.balance("A") == before)
        }
    }

    @Test(
        "in a bulk call each of them is an outcome of its own, with the same field, and the rows beside it are carried out",
        arguments: [quantities, names, reservations])
    func rows(_ cases: [Case]) async throws {
        try await Self.withStock { harness in try await Self.expectRows(cases, harness) }
    }

    private static func expectRows(_ cases: [Case], _ harness: InventoryHarness) async throws {
        let before = try await harness.balance("A")
        var commands: [StockCommand] = []
        for bad in cases {
            commands.append(StockCommand(command: bad.command.withoutID))
            commands.append(StockCommand(command: self.adjust("A", "WHS1", 1).withoutID))
        }
        let outcomes = try await harness.client.changeStock(
            ChangeStockRequest(commandID: "bulk", commands: commands)
        ).outcomes
        #expect(outcomes.map(\.row) == commands.indices.map { UInt32($0) })
        for (number, bad) in cases.enumerated() where outcomes.count == commands.count {
            guard case .refusal(let refusal)? = outcomes[2 * number].outcome else {
                Issue.record("\(bad.name): \(outcomes[2 * number])")
                continue
            }
            #expect(refusal.reason.name == bad.type, "\(bad.name): \(refusal)")
            #expect(refusal.field == bad.field, "\(bad.name): \(refusal)")
            guard case .response? = outcomes[2 * number + 1].outcome else {
                Issue.record("beside \(bad.name): \(outcomes[2 * number + 1])")
                continue
            }
        }
        #expect(try await harness.balance("A").available == before.available + Int64(cases.count))
    }

    @Test("what only a whole call can have wrong names the field of the call")
    func wholeCalls() async throws {
        try await Self.withStock { harness in
            let client = harness.client
            func field(_ call: () async throws -> Void) async -> String? {
                let error = await #expect(throws: RPCError.self) { try await call() }
                #expect(error?.code == .invalidArgument, "\(String(describing: error))")
                return error?.problem?.fields.first?.field
            }
            let row = StockCommand(command: Self.adjust("A", "WHS1", 1))
            #expect(
                await field {
                    _ = try await client.changeStock(
                        ChangeStockRequest(commandID: "b", commands: Array(repeating: row, count: 10_001)))
                } == "commands")
            #expect(await field { _ = try await client.changeStock(ChangeStockRequest(commandID: "b")) } == "commands")
            let document = StockDocument(sku: "A", warehouses: [WarehouseStock(locationID: "WHS1", onHand: 5)])
            #expect(
                await field {
                    _ = try await client.updateStock(
                        UpdateStockRequest(commandID: "b", documents: Array(repeating: document, count: 10_001)))
                } == "documents")
            let line = ReservationLine(sku: "A", quantity: 1)
            for count in [251, 10_001] {
                #expect(
                    await field {
                        _ = try await client.reserve(
                            ReserveRequest(commandID: "b", lines: Array(repeating: line, count: count)))
                    } == "lines")
            }
            let twice = [WarehouseStock(locationID: "WHS1", onHand: 5), WarehouseStock(locationID: "WHS1", onHand: 6)]
            #expect(
                await field {
                    _ = try await client.updateStock(
                        UpdateStockRequest(commandID: "b", sku: "A", warehouses: twice))
                } == "warehouses[1].locationId")
            #expect(
                await field {
                    _ = try await client.putKit(
                        PutKitRequest(sku: "SELF", components: [KitComponent(sku: "SELF", quantity: 1)]))
                } == "components")
            #expect(
                await field {
                    _ = try await client.putKit(
                        PutKitRequest(sku: "A", components: [KitComponent(sku: "KIT", quantity: 1)]))
                } == "components")
            #expect(
                await field {
                    _ = try await client.adjustStock(
                        AdjustStockRequest(sku: "A", locationID: "WHS1", delta: 1, reason: .found))
                } == "commandId")
            try await harness.expectSoundLedger()
        }
    }

    @Test("lines of one SKU are summed: what all of them ask for must be there")
    func duplicateLines() async throws {
        try await Self.withStock { harness in
            let free = try await harness.balance("A").available
            let lines = [ReservationLine(sku: "A", quantity: free), ReservationLine(sku: "A", quantity: 1)]
            let error = await #expect(throws: RPCError.self) {
                try await harness.client.reserve(ReserveRequest(commandID: "much", lines: lines))
            }
            #expect(error?.problem?.type == "insufficient-stock")
            #expect(error?.problem?.fields.first?.field == "lines[1].quantity")
            let enough = [ReservationLine(sku: "A", quantity: free - 1), ReservationLine(sku: "A", quantity: 1)]
            _ = try await harness.client.reserve(ReserveRequest(commandID: "all", lines: enough))
            #expect(try await harness.balance("A").available == 0)
            try await harness.expectSoundLedger()
        }
    }

    @Test("a SKU that is not known is made or refused, by the brand's rules, also in bulk")
    func unknownSKUs() async throws {
        try await Self.withStock { harness in
            try await harness.adjust("NEW", 1)
            _ = try await harness.client.putRules(PutRulesRequest(rules: InventoryRules(acceptsUnknownSkus: false)))
            let error = await #expect(throws: RPCError.self) { try await harness.adjust("NEWER", 1) }
            #expect(error?.code == .invalidArgument && error?.problem?.type == "unknown-sku")
            #expect(error?.problem?.fields.first?.field == "sku")
            let documents = ["NEW", "NEWER"].map {
                StockDocument(sku: $0, warehouses: [WarehouseStock(locationID: "WHS1", onHand: 5)])
            }
            let outcomes = try await harness.client.updateStock(
                UpdateStockRequest(commandID: "b", documents: documents)
            ).outcomes
            guard outcomes.count == 2, case .response? = outcomes[0].outcome,
                case .refusal(let refusal)? = outcomes[1].outcome
            else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(refusal.reason == .unknownSku && refusal.field == "sku" && refusal.sku == "NEWER")
            try await harness.expectSoundLedger()
        }
    }

    @Test("documents that are wrong are outcomes of their own, with the field named")
    func documents() async throws {
        try await Self.withStock { harness in
            func document(_ change: (inout StockDocument) -> Void) -> StockDocument {
                var document = StockDocument(sku: "A", warehouses: [WarehouseStock(locationID: "WHS1", onHand: 9)])
                change(&document)
                return document
            }
            let bad: [(StockDocument, String)] = [
                (document { $0.warehouses[0].locationID = "NOWHERE" }, "warehouses[0].locationId"),
                (document { $0.warehouses[0].stockAvailable = 1 }, "warehouses[0].stockAvailable"),
                (document { $0.warehouses[0].onHand = nil }, "warehouses[0].stockAvailable"),
                (document { $0.sku = "KIT" }, "sku"),
                (document { $0.expectedVersion = 1_000 }, "expectedVersion"),
                (document { $0.warehouses.append($0.warehouses[0]) }, "warehouses[1].locationId"),
            ]
            let outcomes = try await harness.client.updateStock(
                UpdateStockRequest(commandID: "b", documents: bad.map(\.0) + [document { _ in }])
            ).outcomes
            for (number, (_, field)) in bad.enumerated() where number < outcomes.count {
                guard case .refusal(let refusal)? = outcomes[number].outcome else {
                    Issue.record("\(field): \(outcomes[number])")
                    continue
                }
                #expect(refusal.field == field, "\(refusal)")
            }
            guard case .response? = outcomes.last?.outcome else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(try await harness.balance("A").onHand == 9)
            try await harness.expectSoundLedger()
        }
    }

    @Test(
        "so are documents with a field that breaks its rule",
        arguments: [
            "warehouses[0].onHand", "warehouses[0].locationId", "reorderThreshold", "reorderQuantity", "safetyBuffer",
            "channelBuffers[0].quantity", "sku",
        ])
    func documentsThatBreakRules(_ field: String) async throws {
        try await Self.withStock { harness in
            let good = StockDocument(sku: "B", warehouses: [WarehouseStock(locationID: "WHS1", onHand: 9)])
            var bad = good
            switch field {
            case "warehouses[0].onHand": bad.warehouses[0].onHand = -1
            case "warehouses[0].locationId": bad.warehouses[0].locationID = ""
            case "reorderThreshold": bad.reorderThreshold = -1
            case "reorderQuantity": bad.reorderQuantity = .max
            case "safetyBuffer": bad.safetyBuffer = .min
            case "channelBuffers[0].quantity": bad.channelBuffers = [.init(channel: "x", quantity: -1)]
            default: bad.sku = ""
            }
            let documents = [bad, good]
            let outcomes = try await harness.client.updateStock(
                UpdateStockRequest(commandID: "b", documents: documents)
            ).outcomes
            guard case .refusal(let refusal)? = outcomes.first?.outcome else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(refusal.reason == .fieldInvalid && refusal.field == field)
            #expect(try await harness.balance("B").onHand == 9)
        }
    }
}

extension InventoryMessages.RefusalReason {
    /// The name in a problem.
    fileprivate var name: String {
        "\(self)".reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-\(letter.lowercased())" : "\(letter)"
        }
    }
}

extension StockCommand.Command {
    /// The same without an id of its own.
    fileprivate var withoutID: Self {
        func emptied<Request>(_ request: Request, _ id: WritableKeyPath<Request, String>) -> Request {
            var request = request
            request[keyPath: id] = ""
            return request
        }
        return switch self {
        case .setStock(let request): .setStock(emptied(request, \.commandID))
        case .adjustStock(let request): .adjustStock(emptied(request, \.commandID))
        case .expectStock(let request): .expectStock(emptied(request, \.commandID))
        case .receiveStock(let request): .receiveStock(emptied(request, \.commandID))
        case .transferStock(let request): .transferStock(emptied(request, \.commandID))
        case .receiveTransfer(let request): .receiveTransfer(emptied(request, \.commandID))
        case .countStock(let request): .countStock(emptied(request, \.commandID))
        case .quarantineStock(let request): .quarantineStock(emptied(request, \.commandID))
        case .releaseQuarantine(let request): .releaseQuarantine(emptied(request, \.commandID))
        case .reserve(let request): .reserve(emptied(request, \.commandID))
        case .extendReservation(let request): .extendReservation(emptied(request, \.commandID))
        case .confirmReservation(let request): .confirmReservation(emptied(request, \.commandID))
        case .commitReservation(let request): .commitReservation(emptied(request, \.commandID))
        case .releaseReservation(let request): .releaseReservation(emptied(request, \.commandID))
        }
    }
}
