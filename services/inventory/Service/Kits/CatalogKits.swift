internal import Buckets
internal import CatalogMessages
internal import Events
internal import InventoryDomain
internal import Logging
internal import Postgres
internal import ProtobufC
internal import RPC

/// Takes over from catalog's events what kits consist of.
///
/// A product with components is a kit from then on, one without them is none; a kit that was put by a call stays until
/// catalog names components of its own. A part number is the SKU of the same brand, and a part that is named twice counts
/// twice. What cannot be taken over is logged, and the kit stays as it was.
struct CatalogKits: Sendable {
    /// The types of catalog's events that it takes.
    static let types: Set<String> = ["catalog.product.changed", "catalog.product.deleted"]

    private struct Known {
        var components: [InventoryDomain.KitComponent] = []
        var isCatalogs = false
    }

    let logger: Logger

    /// Carries out events, in the transaction of their cursor.
    ///
    /// - Returns: The commands that travel with the COMMIT.
    func apply(_ events: [RecordedEvent], in transaction: PostgresTransaction) async throws -> [PostgresCommand] {
        var wanted: [Key: [InventoryDomain.KitComponent]] = [:]
        for event in events.map(\.event) where Self.types.contains(event.type) {
            do throws(RPCError) {
                let key = Key(brand: event.brand, sku: try SKU.of(event.subject))
                wanted[key] = try Self.components(of: event)
            } catch {
                self.refused(event.subject, of: event.brand, error)
            }
        }
        let known = try await Self.known(wanted.keys.map(\.keyed), in: transaction)
        let changed = wanted.filter { key, components in
            if components.isEmpty { return known[key]?.isCatalogs ?? false }
            return known[key]?.isCatalogs != true || known[key]?.components != components
        }
        guard !changed.isEmpty else { return [] }
        return try await self.change(changed, in: transaction)
    }

    /// Events of a bucket are not kept any more: what they said of kits has to be said again.
    func lost(_ gap: EventGap) {
        self.logger.error(
            "events of catalog were not kept until they were taken over: kits that have changed since are to be saved again",
            metadata: ["bucket": "\(gap.missing.bucket.number)"])
    }

    /// Setups are locked before items, and both in the order in which all do it.
    private func change(
        _ kits: [Key: [InventoryDomain.KitComponent]], in transaction: PostgresTransaction
    ) async throws -> [PostgresCommand] {
        var told: [Keyed<SKU>] = []
        var events: [Event] = []
        for brand in Set(kits.keys.map(\.brand)).sorted() {
            var change = KitChange(try await SetupChange.begin(of: brand, in: transaction))
            for key in kits.keys.filter({ $0.brand == brand }).map(\.keyed).sorted(by: Keyed.isBefore) {
                do {
                    try await Self.put(key.name, kits[Key(brand: brand, sku: key.name)] ?? [], &change)
                    told.append(key)
                } catch let error as RPCError {
                    self.refused(key.text, of: brand, error)
                }
            }
            events += change.events
        }
        events += try await KitChange.finish(told.sorted(by: Keyed.isBefore), in: transaction)
        return try EventLog.appendAll(events)
    }

    private static func put(
        _ sku: SKU, _ components: [InventoryDomain.KitComponent], _ change: inout KitChange
    ) async throws {
        guard !components.isEmpty else { return try await change.remove(sku) }
        let kit: InventoryDomain.Kit
        do throws(KitFault) {
            kit = try InventoryDomain.Kit(sku: sku, components: components)
        } catch {
            throw RPCError.kitInvalid(error)
        }
        try await change.put(kit, isCatalogs: true)
    }

    private func refused(_ sku: String, of brand: PostgresUUID, _ error: RPCError) {
        self.logger.warning(
            "a kit of catalog's was not taken over",
            metadata: ["brand": "\(brand)", "sku": "\(sku)", "reason": "\(error.message)"])
    }

    /// Of a product that is gone, or no kit: none.
    private static func components(of event: Event) throws(RPCError) -> [InventoryDomain.KitComponent] {
        guard event.type == "catalog.product.changed" else { return [] }
        let product: ProductChanged
        do {
            product = try ProductChanged(decoding: event.payload)
        } catch {
            throw RPCError(field: "payload", "is no product: \(error)", expected: "a ProductChanged")
        }
        var components: [InventoryDomain.KitComponent] = []
        for (number, part) in product.kitComponents.enumerated() {
            let sku = try SKU.of(part.partNumber, field: "kitComponents[\(number)].partNumber")
            let same = components.firstIndex { $0.sku == sku }
            let before = same.map { components[$0].quantity.units } ?? 0
            let quantity = try Quantity.of(
                before + Int64(part.quantity), field: "kitComponents[\(number)].quantity")
            let component = InventoryDomain.KitComponent(sku: sku, quantity: quantity, position: "")
            if let same { components[same] = component } else { components.append(component) }
        }
        return components
    }

    private static func known(
        _ keys: [Keyed<SKU>], in transaction: PostgresTransaction
    ) async throws(PostgresError) -> [Key: Known] {
        guard !keys.isEmpty else { return [:] }
        var known: [Key: Known] = [:]
        let rows = try await transaction.query(Self.selection, keys.map(\.brand), keys.map(\.text))
        for row in rows {
            let (brand, sku, isCatalogs, component, quantity, position) = try row.decode(
                PostgresUUID.self, String.self, Bool.self, String.self, Int64.self, String.self)
            let key = Key(brand: brand, sku: try SKU.read(sku))
            known[key, default: Known(isCatalogs: isCatalogs)].components.append(
                InventoryDomain.KitComponent(
                    sku: try SKU.read(component), quantity: try Quantity.read(quantity, "quantity"), position: position)
            )
        }
        return known
    }

    private static let selection = PostgresStatement(
        """
        select k.brand_id, k.sku, k.is_catalogs, c.sku, c.quantity, c.position
        from unnest($1::uuid[], $2::text[]) as p (brand_id, sku)
        join kit k on k.brand_id = p.brand_id and k.sku = p.sku
        join kit_component c on c.brand_id = k.brand_id and c.kit_sku = k.sku
        order by k.brand_id, k.sku, c.part
        """)
}

extension CatalogKits {
    /// A SKU of a brand.
    private struct Key: Hashable {
        let brand: PostgresUUID
        let sku: SKU

        var keyed: Keyed<SKU> { Keyed(self.sku, of: self.brand, share: 0) }
    }
}
