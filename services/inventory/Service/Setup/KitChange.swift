internal import Buckets
internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import ProtobufC
internal import RPC

/// A change of what kits consist of, within a change of their brand's setup.
struct KitChange: Sendable {
    private let change: SetupChange
    private let trace: TraceContext?
    /// What is to be told of it, at the end of the transaction.
    private(set) var events: [Event] = []

    init(_ change: SetupChange, trace: TraceContext? = nil) {
        self.change = change
        self.trace = trace
    }

    /// Says what a kit consists of.
    ///
    /// - Parameter isCatalogs: Whether catalog says it.
    /// - Returns: The kit with its version.
    /// - Throws: `RPCError` where it cannot be resolved, or there are too many; nothing is written then.
    @discardableResult
    mutating func put(_ kit: InventoryDomain.Kit, isCatalogs: Bool) async throws -> InventoryMessages.Kit {
        let brand = self.change.brand
        try await self.check(kit)
        let answers = try await self.change.transaction.execute(
            KitRecord.begin(kit.sku, of: brand, setupVersion: self.change.version, isCatalogs: isCatalogs) + [
                KitRecord.components(kit, of: brand), KitRecord.one(kit.sku, of: brand),
            ])
        guard let rows = answers.last, let stored = try KitRecord.read(rows, kit.sku) else {
            throw PostgresError(.server, "a kit without a row")
        }
        self.tell("inventory.kit.changed", of: kit.sku, try KitChanged(kit: stored).encodedBytes())
        return stored
    }

    /// Ends a kit; one that is not there stays so.
    mutating func remove(_ sku: SKU) async throws {
        // Kits that held it hold a SKU of that name from now on.
        let answers = try await self.change.transaction.execute([
            KitRecord.removing(sku, of: self.change.brand, setupVersion: self.change.version)
        ])
        guard answers.first?.isEmpty == false else { return }
        self.tell("inventory.kit.deleted", of: sku, try KitDeleted(sku: sku.description).encodedBytes())
    }

    /// Commits a change of one kit.
    func commit(_ sku: SKU) async throws {
        let key = Keyed(sku, of: self.change.brand, share: 0)
        let items = try await Self.finish([key], in: self.change.transaction, trace: self.trace)
        _ = try await self.change.transaction.commit(with: try EventLog.append(self.events + items))
    }

    /// What follows where kits have changed, in the order in which all lock: readers of their items learn of it, and then
    /// they are announced.
    ///
    /// - Parameter keys: Ascending, each once.
    /// - Returns: The events of the items.
    static func finish(
        _ keys: [Keyed<SKU>], in transaction: PostgresTransaction, trace: TraceContext? = nil
    ) async throws -> [Event] {
        var events: [Event] = []
        for key in keys {
            if let event = try await Self.event(of: key, in: transaction, trace: trace) { events.append(event) }
        }
        _ = try await transaction.execute([KitAnnouncements.addingChanged(keys)])
        return events
    }

    private mutating func tell(_ type: String, of sku: SKU, _ payload: [UInt8]) {
        self.events.append(self.change.event(type, of: sku.description, payload, trace: self.trace))
    }

    /// Raises the version of the SKU's item where there is one, and tells of it: what readers keep of it is old by that.
    ///
    /// - Returns: nil: there is no item.
    private static func event(
        of key: Keyed<SKU>, in transaction: PostgresTransaction, trace: TraceContext?
    ) async throws -> Event? {
        let rows = try await transaction.query(Self.itemAdvance, key.bucket, key.brand, key.text)
        guard let row = rows.first else { return nil }
        let (version, available, now) = try row.decode(Int64.self, Int64.self, PostgresTimestamp.self)
        let payload = StockChanged(
            sku: key.text, version: UInt64(clamping: version), totalAvailable: available, settingsChanged: true)
        var generator = SystemRandomNumberGenerator()
        return Event(
            id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: key.brand,
            bucket: key.brand.bucket(of: key.text), type: StockEvent.stockChangedType, subject: key.text,
            occurredAt: now, traceParent: trace?.traceparent, payload: try payload.encodedBytes())
    }

    /// Sees that a kit can be resolved, and with it the kits that it is part of. Others are not looked at.
    private func check(_ kit: InventoryDomain.Kit) async throws {
        let (brand, transaction) = (self.change.brand, self.change.transaction)
        let answers = try await transaction.execute([
            KitRecord.count(besides: kit.sku, of: brand), KitRecord.enclosing(kit.sku, of: brand),
        ])
        guard let others = try answers[0].first?.decode(Int64.self), others < KitRecord.maximumCount else {
            throw RPCError.tooMany("kits", limit: KitRecord.maximumCount)
        }
        let enclosing = try answers[1].map { (row) throws(PostgresError) in try row.decode(String.self) }
        guard enclosing.count <= KitRecord.maximumEnclosing else {
            throw RPCError.tooMany("kits that hold \(kit.sku)", limit: KitRecord.maximumEnclosing)
        }
        let roots = enclosing + kit.components.map(\.sku.description)
        let rows = try await transaction.execute([KitRecord.within(roots, of: brand)])[0]
        let existing = try InventoryDomain.Kit.read(rows).filter { $0.sku != kit.sku }
        do throws(KitFault) {
            _ = try KitCatalog(existing + [kit])
        } catch {
            throw RPCError.kitInvalid(error)
        }
    }

    private static let itemAdvance = PostgresStatement(
        """
        update item set version = version + 1, changed_at = now() where bucket = $1 and brand_id = $2 and sku = $3
        returning version, total_available, changed_at
        """)
}
