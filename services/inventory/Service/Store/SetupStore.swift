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
    func setup(of brand: PostgresUUID) async throws(PostgresError) -> BrandSetup {
        var options = PostgresTransactionOptions()
        options.isolation = .repeatableRead
        options.isReadOnly = true
        let answers: [PostgresRows]
        do {
            answers = try await self.pool.withTransaction(options) { transaction in
                try await transaction.commit(
                    with: [Self.setupSelection, Self.conflictSelection, Self.locationSelection, Self.kitSelection].map {
                        PostgresCommand($0, brand)
                    })
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            // The body throws nothing else.
            throw PostgresError(.server, "\(error)")
        }
        return try Self.setup(from: answers)
    }

    /// All of a brand's kits, within a transaction.
    static func kits(of brand: PostgresUUID, in transaction: PostgresTransaction) async throws(PostgresError) -> [Kit] {
        try Kit.read(try await transaction.query(Self.kitSelection, brand))
    }

    private static func setup(from answers: [PostgresRows]) throws(PostgresError) -> BrandSetup {
        guard answers.count == 4, let row = answers[0].first else { return BrandSetup() }
        var setup = BrandSetup()
        (setup.version, setup.rules) = try BrandRules.read(row, conflicts: answers[1])
        for row in answers[2] {
            let location = try Location.read(row)
            setup.locations[location.id] = location
        }
        let kits = try Kit.read(answers[3])
        do throws(KitFault) {
            setup.kits = try KitCatalog(kits)
        } catch {
            throw .unexpectedValue(column: "kit", reason: "\(error)")
        }
        return setup
    }

    private static let versionSelection = PostgresStatement(
        "select version from setup where brand_id = $1", readOnly: true)

    private static let setupSelection = PostgresStatement(
        """
        select version, accepts_unknown_skus, backorder_cap, channels, channel_buffers from setup where brand_id = $1
        """,
        readOnly: true)

    private static let conflictSelection = PostgresStatement(
        """
        select field, policy, ranking, counts_for_seconds from conflict_rule where brand_id = $1 order by field
        """,
        readOnly: true)

    private static let locationSelection = PostgresStatement(
        """
        select location_id, region, country, priority, is_active, safety_buffer, fed_at, stale_after_seconds, stale_rule
        from location where brand_id = $1
        """,
        readOnly: true)

    private static let kitSelection = PostgresStatement(
        """
        select kit_sku, sku, quantity, position from kit_component where brand_id = $1 order by kit_sku, part
        """,
        readOnly: true)
}

extension BrandRules {
    /// Version and rules from a row of `setup` and those of `conflict_rule`.
    fileprivate static func read(
        _ row: PostgresRow, conflicts: PostgresRows
    ) throws(PostgresError) -> (Int64, BrandRules) {
        let (version, acceptsUnknownSKUs, backorderCap, channels, buffers) = try row.decode(
            Int64.self, Bool.self, Int64.self, [String].self, [Int64].self)
        var rules = BrandRules()
        rules.acceptsUnknownSKUs = acceptsUnknownSKUs
        rules.backorderCap = try UnitCount.read(backorderCap, "backorder_cap")
        rules.channelBuffers = try ChannelBuffer.read(channels, buffers)
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
        let (id, region, country, priority, isActive, buffer, fedAt, staleAfter, staleRule) = try row.decode(
            String.self, String.self, String.self, Int32.self, Bool.self, Int64.self, PostgresTimestamp?.self,
            Int64?.self, Int16.self)
        return Location(
            id: try LocationID.read(id), region: region, country: country, priority: priority, isActive: isActive,
            safetyBuffer: try UnitCount.read(buffer, "safety_buffer"), fedAt: fedAt.map { Timestamp($0) },
            staleAfterSeconds: staleAfter, staleRule: StaleRule(rawValue: staleRule) ?? .sell)
    }
}

extension Kit {
    /// Kits from the rows of their components, which stand by kit.
    fileprivate static func read(_ rows: PostgresRows) throws(PostgresError) -> [Kit] {
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
