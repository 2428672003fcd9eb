internal import InventoryDomain
internal import Postgres

/// Reads what brands have set up.
struct SetupStore: Sendable {
    let pool: PostgresPool

    /// The version of a brand's setup; 0: nothing was ever set up.
    func version(of brand: PostgresUUID) async throws(PostgresError) -> Int64 {
        try await self.pool.query(Self.versionSelection, brand).first?.decode(Int64.self) ?? 0
    }

    /// All that a brand has set up, as of one moment: one round trip.
    ///
    /// - Parameter known: What is known of it; only kits that changed since are read. Locations and rules are few.
    func setup(
        of brand: PostgresUUID, knowing known: BrandSetup = BrandSetup()
    ) async throws(PostgresError) -> BrandSetup {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        let answers: [PostgresRows]
        do {
            answers = try await self.pool.withTransaction(options) { transaction in
                // A brand that is not known has kits that were there before changes were counted.
                let version = known.version == 0 ? -1 : known.version
                return try await transaction.commit(
                    with: [Self.setupSelection, Self.conflictSelection, Self.locationSelection].map {
                        PostgresCommand($0, brand)
                    } + [Self.kitSelection, Self.removedKitSelection].map { PostgresCommand($0, brand, version) })
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            // The body throws nothing else.
            throw PostgresError(.server, "\(error)")
        }
        return try Self.setup(from: answers, knowing: known)
    }

    private static func setup(
        from answers: [PostgresRows], knowing known: BrandSetup
    ) throws(PostgresError) -> BrandSetup {
        guard answers.count == 5, let row = answers[0].first else { return BrandSetup() }
        var setup = BrandSetup()
        (setup.version, setup.rules) = try BrandRules.read(row, conflicts: answers[1])
        for row in answers[2] {
            let location = try Location.read(row)
            setup.locations[location.id] = location
        }
        let changed = try Kit.read(answers[3])
        let removed = try answers[4].map { (row) throws(PostgresError) in try SKU.read(try row.decode(String.self)) }
        setup.kits = known.kits
        guard !changed.isEmpty || !removed.isEmpty else { return setup }
        do throws(KitFault) {
            try setup.kits.apply(changed: changed, removed: removed)
        } catch {
            throw .unexpectedValue(column: "kit", reason: "\(error)")
        }
        return setup
    }

    private static let versionSelection = PostgresStatement(
        "select version from setup where brand_id = $1", readOnly: true)

    private static let setupSelection = PostgresStatement(
        """
        select version, accepts_unknown_skus, backorder_cap, channels, channel_buffers, held_reservations_cap,
            held_units_cap
        from setup where brand_id = $1
        """,
        readOnly: true)

    private static let conflictSelection = PostgresStatement(
        """
        select field, policy, ranking, counts_for_seconds from conflict_rule where brand_id = $1 order by field
        """,
        readOnly: true)

    // Kind 4: a marketplace's own.
    private static let locationSelection = PostgresStatement(
        """
        select location_id, region, country, priority, kind = 4, is_active, safety_buffer, fed_at, stale_after_seconds,
            stale_rule
        from location where brand_id = $1
        """,
        readOnly: true)

    private static let kitSelection = PostgresStatement(
        """
        select c.kit_sku, c.sku, c.quantity, c.position
        from kit k join kit_component c on c.brand_id = k.brand_id and c.kit_sku = k.sku
        where k.brand_id = $1 and k.setup_version > $2 order by c.kit_sku, c.part
        """,
        readOnly: true)

    private static let removedKitSelection = PostgresStatement(
        "select sku from removed_kit where brand_id = $1 and setup_version > $2", readOnly: true)
}

extension BrandRules {
    /// Version and rules from a row of `setup` and those of `conflict_rule`.
    fileprivate static func read(
        _ row: PostgresRow, conflicts: PostgresRows
    ) throws(PostgresError) -> (Int64, BrandRules) {
        let (version, acceptsUnknownSKUs, backorderCap, channels, buffers, heldReservations, heldUnits) =
            try row.decode(
                Int64.self, Bool.self, Int64.self, [String].self, [Int64].self, Int64.self, Int64.self)
        var rules = BrandRules()
        rules.acceptsUnknownSKUs = acceptsUnknownSKUs
        rules.backorderCap = try UnitCount.read(backorderCap, "backorder_cap")
        rules.channelBuffers = try ChannelBuffer.read(channels, buffers)
        rules.holdCaps = HoldCaps(
            reservations: try UnitCount.read(heldReservations, "held_reservations_cap"),
            units: try UnitCount.read(heldUnits, "held_units_cap"))
        for row in conflicts {
            let (field, policy, ranking, seconds) = try row.decode(
                Int16.self, Int16.self, [Int16].self, Int64?.self)
            let rule: ConflictRule =
                policy == 2
                ? .expectedVersion
                : .sourcePriority(ranking: ranking.compactMap { Source(rawValue: $0) }, countsForSeconds: seconds)
            switch field {
            case 1: rules.stockConflicts = rule
            case 2: rules.reorderConflicts = rule
            case 3: rules.bufferConflicts = rule
            default: rules.dropShipConflicts = rule
            }
        }
        return (version, rules)
    }
}

extension Location {
    fileprivate static func read(_ row: PostgresRow) throws(PostgresError) -> Location {
        let (id, region, country, priority, isMarketplaces, isActive, buffer, fedAt, staleAfter, staleRule) =
            try row.decode(
                String.self, String.self, String.self, Int32.self, Bool.self, Bool.self, Int64.self,
                PostgresTimestamp?.self, Int64?.self, Int16.self)
        return Location(
            id: try LocationID.read(id), region: region, country: country, priority: priority,
            isMarketplaces: isMarketplaces, isActive: isActive,
            safetyBuffer: try UnitCount.read(buffer, "safety_buffer"), fedAt: fedAt.map { Timestamp($0) },
            staleAfterSeconds: staleAfter, staleRule: StaleRule(rawValue: staleRule) ?? .sell)
    }
}

extension Kit {
    /// Kits from the rows of their components, which stand by kit.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [Kit] {
        var kits: [Kit] = []
        var components: [KitComponent] = []
        var current: SKU?
        func endKit() throws(PostgresError) {
            guard let current else { return }
            do throws(KitFault) {
                kits.append(try Kit(sku: current, components: components))
            } catch {
                throw .unexpectedValue(column: "kit_component", reason: "\(error)")
            }
        }
        for row in rows {
            let (kit, sku, quantity, position) = try row.decode(String.self, String.self, Int64.self, String.self)
            let kitSKU = try SKU.read(kit)
            if kitSKU != current {
                try endKit()
                current = kitSKU
                components = []
            }
            components.append(
                KitComponent(
                    sku: try SKU.read(sku), quantity: try Quantity.read(quantity, "quantity"), position: position))
        }
        try endKit()
        return kits
    }
}
