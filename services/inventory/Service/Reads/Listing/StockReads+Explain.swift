internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import RPC

extension StockReads {
    /// Movements that an explanation shows where the request names no number.
    private static let defaultExplainedMovements = 20

    /// Why a number is what it is, or was at a moment: from the movements alone, which say it all. Of a kit, from what its
    /// components are.
    func explain(_ request: ExplainStockRequest, of brand: PostgresUUID) async throws -> ExplainStockResponse {
        let question = ExplainedStock(
            key: StockKey(brand: brand, sku: try SKU.of(request.sku)),
            location: request.locationID.isEmpty ? nil : try LocationID.of(request.locationID),
            // Movements at the moment itself have happened by then.
            before: try Self.moment(request.asOf, field: "asOf").map {
                PostgresTimestamp(microseconds: $0.microseconds + 1)
            },
            limit: request.limit == 0 ? Self.defaultExplainedMovements : Int(request.limit))
        let setup = try await self.setups.currentSetup(of: brand)
        let kit = try await self.explainKit(question, setup)
        let own = try await self.explainOwn(question, setup)
        guard var response = own ?? kit else { throw RPCError.skuNotFound }
        // A kit that had stock of its own before has both.
        if own != nil, let kit {
            response.sentences.insert(contentsOf: kit.sentences, at: 0)
            response.reservations.insert(contentsOf: kit.reservations, at: 0)
        }
        return response
    }

    /// - Returns: nil: nothing is known of stock of the SKU's own.
    private func explainOwn(_ question: ExplainedStock, _ setup: BrandSetup) async throws -> ExplainStockResponse? {
        let (key, location, before) = (question.key, question.location, question.before)
        // Of one moment, or numbers and causes would not add up where something moves meanwhile.
        let answers = try await self.ofOneMoment(
            [question.movements(of: key), StockReadStore.selection([key])]
                + MovementStore.explaining(key, at: location, before: before))
        let movements = try MovementStore.movements(in: answers[0], of: key)
        let (item, now) = (
            try StockReadStore.found([key], in: answers[1]).first?.item, try StockReadStore.time(of: answers[1])
        )
        let moved = try MovementStore.balances(in: answers[2])
        let causes = try MovementStore.causes(in: answers[3])
        guard item != nil || !moved.isEmpty else { return nil }
        let balances = before == nil ? MovementStore.Balanced.now(item, at: location, moved: moved) : moved
        var sentences = balances.flatMap { balanced in
            StockExplanation.sentences(
                key.sku, at: balanced.location, balanced.balance, causes: causes[balanced.location] ?? [:])
        }
        if location == nil, before == nil, let item {
            sentences.append(StockExplanation.sellable(item, locations: setup.locations, now: now))
        }
        let reservations =
            before == nil
            ? try await HoldingReservations(pool: self.pool).reservations(of: key, at: location, for: nil) : []
        return ExplainStockResponse(
            warehouses: balances.map { WarehouseStock($0.balance, at: $0.location) }, sentences: sentences,
            movements: movements.map(\.message), reservations: reservations)
    }

    /// - Returns: nil: the SKU is no kit.
    private func explainKit(_ question: ExplainedStock, _ setup: BrandSetup) async throws -> ExplainStockResponse? {
        guard let components = setup.kits.components(of: question.key.sku), !components.isEmpty else { return nil }
        let keys = components.map { StockKey(brand: question.key.brand, sku: $0.sku) }
        let past = question.before.map { MovementStore.available(keys, before: $0) }
        let answers = try await self.ofOneMoment([StockReadStore.selection(keys)] + (past.map { [$0] } ?? []))
        let now = try StockReadStore.time(of: answers[0])
        let items = try StockReadStore.found(keys, in: answers[0]).map(\.item)
        let pastUnits = answers.count > 1 ? try MovementStore.available(keys, in: answers[1]) : nil
        var units: [SKU: Int64] = [:]
        for (index, key) in keys.enumerated() {
            units[key.sku] =
                pastUnits.map { question.units($0[index], setup, now) }
                ?? items[index].map { question.units(of: $0, setup, now) } ?? 0
        }
        let told = StockExplanation.kit(question.key.sku, components, place: question.place) { units[$0] ?? 0 }
        guard let (sentence, limiting) = told else { return nil }
        var sentences = [sentence]
        if question.location == nil, question.before == nil {
            sentences += items.compactMap { item in
                item.map { StockExplanation.sellable($0, locations: setup.locations, now: now) }
            }
        }
        let limitingKey = StockKey(brand: question.key.brand, sku: limiting)
        let movements = try MovementStore.movements(
            in: try await self.pool.query(question.movements(of: limitingKey)), of: limitingKey)
        return ExplainStockResponse(
            sentences: sentences, movements: movements.map(\.message),
            // Each that holds a kit holds all of its components.
            reservations: question.before == nil
                ? try await HoldingReservations(pool: self.pool).reservations(
                    of: limitingKey, at: question.location, for: question.key.sku) : [])
    }

    private func ofOneMoment(_ commands: [PostgresCommand]) async throws -> [PostgresRows] {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        return try await self.pool.withTransaction(options) { try await $0.commit(with: commands) }
    }
}

extension MovementStore.Balanced {
    /// What is so now: it stands in the levels, whatever the movements say. Where something moved and no level is left
    /// there is nothing.
    fileprivate static func now(
        _ item: InventoryDomain.StockItem?, at location: LocationID?, moved: [Self]
    ) -> [Self] {
        var balances = Dictionary(moved.map { ($0.location, InventoryDomain.Balance()) }) { first, _ in first }
        for level in item?.levels ?? [] where location == nil || level.location == location {
            balances[level.location] = level.balance
        }
        return balances.sorted { $0.key < $1.key }.map { Self(location: $0.key, balance: $0.value) }
    }
}

/// What is asked of an explanation.
private struct ExplainedStock: Sendable {
    let key: StockKey
    let location: LocationID?
    /// nil: now.
    let before: PostgresTimestamp?
    let limit: Int

    /// The newest movements of a SKU.
    func movements(of key: StockKey) -> PostgresCommand {
        MovementStore.selecting(
            key, MovementStore.Selection(location: self.location, until: self.before), limit: self.limit)
    }

    /// What is said of a kit behind its name.
    var place: String {
        let place = self.location.map { " at \($0)" } ?? ""
        return self.before == nil
            ? place : "\(place) at that time, by what it consists of and by the locations that sell now"
    }

    /// The units of a component that kits are counted of now.
    func units(of item: InventoryDomain.StockItem, _ setup: BrandSetup, _ now: Timestamp) -> Int64 {
        guard let location = self.location else {
            return InventoryDomain.Availability.sellable(item, locations: setup.locations, now: now)
        }
        let all = InventoryDomain.Availability(
            of: item, channel: nil, locations: setup.locations, rules: setup.rules, now: now)
        return all.parts.first { $0.location == location }?.sellable ?? 0
    }

    /// The units of a component that kits were counted of: those at the locations that sell now, before all buffers.
    func units(_ available: [LocationID: Int64], _ setup: BrandSetup, _ now: Timestamp) -> Int64 {
        var units: Int64 = 0
        for (location, free) in available where self.location == nil || self.location == location {
            if setup.locations[location]?.isOffered(at: now) ?? false { units += max(0, free) }
        }
        return units
    }
}
