internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import RPC

extension StockReads {
    /// What a channel may be told of.
    func availability(
        _ request: GetAvailabilityRequest, of brand: PostgresUUID
    ) async throws -> GetAvailabilityResponse {
        let channel: ChannelID? =
            request.channel.isEmpty
            ? nil : try RPCError.naming("channel") { () throws(InvalidValue) in try ChannelID(request.channel) }
        let keys = try Self.keys(request.skus, of: brand)
        guard !keys.isEmpty else { return GetAvailabilityResponse() }
        let setup = try await self.setups.currentSetup(of: brand)
        // The components travel with what is asked for, so that all is of one moment.
        let components = Set(keys.flatMap { setup.kits.components(of: $0.sku) ?? [] }.map(\.sku)).sorted()
        let all = keys + components.map { StockKey(brand: brand, sku: $0) }
        let (found, now) = try await self.store.itemsAndTime(all)
        let known = Dictionary(zip(all.map(\.sku), found)) { first, _ in first }
        func availability(_ sku: SKU) -> InventoryDomain.Availability? {
            known[sku]?.item.map {
                InventoryDomain.Availability(
                    of: $0, channel: channel, locations: setup.locations, rules: setup.rules, now: now)
            }
        }
        var response = GetAvailabilityResponse()
        for key in keys {
            if let components = setup.kits.components(of: key.sku) {
                // A component that nothing is known of has no units.
                let kits = InventoryDomain.Availability.kits(components) { availability($0)?.sellable ?? 0 }
                response.items.append(
                    InventoryMessages.Availability(
                        sku: key.sku.description, sellable: kits?.count ?? 0,
                        limitingSku: kits?.limiting.description ?? ""))
            } else if let item = known[key.sku]?.item, let availability = availability(key.sku) {
                response.items.append(Self.message(item, availability))
            } else {
                response.unknownSkus.append(key.sku.description)
            }
        }
        return response
    }

    /// What a reserve command with the same lines would do now.
    func plan(_ request: PlanReservationRequest, of brand: PostgresUUID) async throws -> PlanReservationResponse {
        let lines = try ReserveLine.lines(request.lines)
        let rules = try InventoryDomain.AllocationRules.of(request.rules)
        let setup = try await self.setups.currentSetup(of: brand)
        var skus: Set<SKU> = []
        for line in lines { skus.formUnion(setup.kits.components(of: line.sku)?.map(\.sku) ?? [line.sku]) }
        let keys = skus.sorted().map { StockKey(brand: brand, sku: $0) }
        let (found, now) = try await self.store.itemsAndTime(keys)
        var items: [InventoryDomain.StockItem] = []
        for (key, found) in zip(keys, found) {
            // An item that nothing is known of takes part without stock, as in the command.
            if let item = found.item ?? (try? InventoryDomain.StockItem(sku: key.sku)) { items.append(item) }
        }
        try await self.attachLots(to: &items, of: brand)
        let set = WorkingSet(now: now, rules: setup.rules, locations: setup.locations, kits: setup.kits, items: items)
        do throws(InventoryDomain.Refusal) {
            return Self.message(try set.plan(lines, rules))
        } catch {
            return PlanReservationResponse(possible: false, refusal: InventoryMessages.Refusal(error))
        }
    }
}

// MARK: - Answers

extension StockReads {
    /// Adds what there is of lots. They are read behind the items, so that both may differ by what changed between: a plan
    /// promises nothing.
    private func attachLots(
        to items: inout [InventoryDomain.StockItem], of brand: PostgresUUID
    ) async throws(PostgresError) {
        guard !items.isEmpty else { return }
        let keys = items.map { Keyed($0.sku, of: brand, share: 0) }
        let rows = try await self.pool.query(LotRows.reading(keys))
        for (position, lots) in try LotRows.read(rows, keys) {
            for (location, lots) in lots { items[position].attach(lots, at: location) }
        }
    }

    private static func message(
        _ item: InventoryDomain.StockItem, _ availability: InventoryDomain.Availability
    ) -> InventoryMessages.Availability {
        InventoryMessages.Availability(
            sku: item.sku.description, sellable: availability.sellable,
            locations: availability.parts.sorted { $0.location < $1.location }.map {
                LocationAvailability(
                    locationID: $0.location.description, sellable: $0.sellable, stale: $0.isStale)
            },
            dropShip: item.settings.isDropShip)
    }

    private static func message(_ plan: AllocationPlan) -> PlanReservationResponse {
        PlanReservationResponse(
            possible: true, allocations: plan.allocations.map { InventoryMessages.Allocation($0) },
            unfilled: plan.unfilled.map { InventoryMessages.UnfilledLine($0) },
            explanation: plan.choices.map(\.description))
    }
}
