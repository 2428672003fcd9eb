internal import InventoryAPI
internal import InventoryMessages
internal import RPC

/// Puts the stock there that a load test needs, and reads it.
struct StockPreparation: Sendable {
    /// Documents of one call, and SKUs of one look-up.
    private static let skusOfCall = 1_000
    /// Calls at once.
    private static let callsAtOnce = 4
    private static let options = CallOptions(timeout: .seconds(60))
    /// Rounds in which reservations of an interrupted test are given back.
    private static let maximumRounds = 10_000

    let plan: LoadPlan
    let run: String
    let inventory: InventoryServiceClient
    let tell: @Sendable (String) -> Void

    /// Makes locations and stock.
    ///
    /// - Throws: ``RPCError`` of a call; ``LoadTestError`` where a SKU is refused.
    func prepare() async throws {
        try await self.releaseLeftovers()
        for number in 0..<self.plan.locations {
            let name = self.plan.location(number)
            let location = Location(name: "load test \(name)", priority: Int32(number), active: true)
            _ = try await self.inventory.putLocation(
                PutLocationRequest(locationID: name, location: location), options: Self.options)
        }
        try await self.forAllSKUs("prepared") { skus in try await self.put(skus) }
    }

    /// Reads all stock from the database.
    ///
    /// - Parameter body: Given each SKU with its stock; from any task.
    /// - Throws: ``RPCError`` of a call; ``LoadTestError`` where a SKU is not there.
    func readAll(_ doing: String, _ body: @escaping @Sendable (Int, StockItem) -> Void) async throws {
        try await self.forAllSKUs(doing) { skus in
            let names = skus.map { self.plan.sku($0) }
            let answer = try await self.inventory.lookUpStock(LookUpStockRequest(skus: names), options: Self.options)
            guard answer.items.map(\.sku) == names else {
                throw LoadTestError(.preparation, "\(answer.unknownSkus.first ?? names[0]) was set and is not there")
            }
            for (sku, stock) in zip(skus, answer.items) { body(sku, stock) }
        }
    }

    private func put(_ skus: Range<Int>) async throws {
        let documents = skus.map { sku in
            StockDocument(
                sku: self.plan.sku(sku),
                warehouses: (0..<self.plan.locations).map {
                    WarehouseStock(locationID: self.plan.location($0), stockAvailable: self.plan.units)
                })
        }
        let answer = try await self.inventory.updateStock(
            UpdateStockRequest(commandID: "\(self.run).stock.\(skus.lowerBound)", documents: documents),
            options: Self.options)
        for outcome in answer.outcomes {
            guard case .refusal(let refusal)? = outcome.outcome else { continue }
            let sku = self.plan.sku(skus.lowerBound + Int(outcome.row))
            throw LoadTestError(
                .preparation,
                "stock of \(sku) cannot be set: \(refusal.message); use a brand of the test's own (--prepare)")
        }
    }

    /// Gives back what a test that was interrupted holds: it would become free in the middle of this one.
    private func releaseLeftovers() async throws {
        for round in 0..<Self.maximumRounds {
            let left = try await self.inventory.listReservations(
                ListReservationsRequest(
                    state: .held, reference: LoadConnection.reference, pageSize: UInt32(Self.skusOfCall)),
                options: Self.options
            ).reservations
            guard !left.isEmpty else { return }
            self.tell("giving back \(left.count) reservations of a test that was interrupted")
            let commands = left.enumerated().map { number, reservation in
                let id = "\(self.run).leftover.\(round).\(number)"
                return StockCommand(
                    command: .releaseReservation(
                        ReleaseReservationRequest(commandID: id, reservationID: reservation.reservationID)))
            }
            _ = try await self.inventory.changeStock(
                ChangeStockRequest(commandID: "\(self.run).leftovers.\(round)", commands: commands),
                options: Self.options)
        }
        throw LoadTestError(
            .preparation, "another load test runs with the same brand; wait for it, or use another brand")
    }

    /// Works on all SKUs, some at a time, several times side by side.
    private func forAllSKUs(
        _ doing: String, _ body: @escaping @Sendable @concurrent (Range<Int>) async throws -> Void
    ) async throws {
        let starts = Array(stride(from: 0, to: self.plan.skus, by: Self.skusOfCall))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, start) in starts.enumerated() {
                if number >= Self.callsAtOnce { try await group.next() }
                let end = min(start + Self.skusOfCall, self.plan.skus)
                group.addTask { try await body(start..<end) }
                if number % 50 == 49 { self.tell("\(doing) about \(start) of \(self.plan.skus) SKUs") }
            }
            try await group.waitForAll()
        }
    }
}
