internal import Buckets
internal import Events
internal import InventoryDomain
public import InventoryMessages
internal import Postgres
internal import ProtobufC
public import RPC
internal import RPCMessages
internal import Wire

extension Inventory {
    /// Says what a kit consists of.
    public func putKit(_ request: PutKitRequest, context: ServerContext) async throws -> InventoryMessages.Kit {
        let brand = try self.brand(of: context.caller)
        let kit = try Self.kit(request)
        return try await self.answering(context) {
            let stored = try await SetupChange.run(of: brand, in: self.pool) { change in
                try await Self.check(kit, change)
                _ = try await change.transaction.execute(
                    KitRecord.begin(kit.sku, of: brand, setupVersion: change.version) + [
                        KitRecord.components(kit, of: brand),
                        KitAnnouncements.adding([Keyed(kit.sku, of: brand, share: 0)]),
                    ])
                let rows = try await change.transaction.execute([KitRecord.one(kit.sku, of: brand)])
                guard let rows = rows.first, let stored = try KitRecord.read(rows, kit.sku) else {
                    throw PostgresError(.server, "a kit without a row")
                }
                try await Self.tellReaders(of: kit.sku, change, context)
                return stored
            }
            self.news.committed()
            return stored
        }
    }

    /// Answers a kit.
    public func getKit(_ request: GetKitRequest, context: ServerContext) async throws -> InventoryMessages.Kit {
        let brand = try self.brand(of: context.caller)
        let sku = try SKU.of(request.sku)
        return try await self.answering(context) {
            guard let kit = try KitRecord.read(try await self.pool.query(KitRecord.one(sku, of: brand)), sku) else {
                throw RPCError.kitNotFound
            }
            return kit
        }
    }

    /// Ends a kit; one that is not there stays so.
    public func deleteKit(_ request: DeleteKitRequest, context: ServerContext) async throws -> DeleteKitResponse {
        let brand = try self.brand(of: context.caller)
        let sku = try SKU.of(request.sku)
        return try await self.answering(context) {
            try await SetupChange.run(of: brand, in: self.pool) { change in
                // Kits that held it hold a SKU of that name from now on.
                _ = try await change.transaction.execute([
                    KitRecord.removing(sku, of: brand, setupVersion: change.version),
                    KitAnnouncements.adding([Keyed(sku, of: brand, share: 0)]),
                ])
                try await Self.tellReaders(of: sku, change, context)
            }
            self.news.committed()
            return DeleteKitResponse()
        }
    }

    private static func kit(_ request: PutKitRequest) throws(RPCError) -> InventoryDomain.Kit {
        var components: [InventoryDomain.KitComponent] = []
        for (number, component) in request.components.enumerated() {
            components.append(
                InventoryDomain.KitComponent(
                    sku: try SKU.of(component.sku, field: "components[\(number)].sku"),
                    quantity: try Quantity.of(component.quantity, field: "components[\(number)].quantity"),
                    position: component.position))
        }
        let sku = try SKU.of(request.sku)
        do throws(KitFault) {
            return try InventoryDomain.Kit(sku: sku, components: components)
        } catch {
            throw .kitInvalid(error)
        }
    }

    /// Sees that a kit can be resolved, and with it the kits that it is part of. Others are not looked at.
    private static func check(_ kit: InventoryDomain.Kit, _ change: SetupChange) async throws {
        let answers = try await change.transaction.execute([
            KitRecord.count(besides: kit.sku, of: change.brand), KitRecord.enclosing(kit.sku, of: change.brand),
        ])
        guard let others = try answers[0].first?.decode(Int64.self), others < KitRecord.maximumCount else {
            throw RPCError.tooMany("kits", limit: KitRecord.maximumCount)
        }
        let enclosing = try answers[1].map { (row) throws(PostgresError) in try row.decode(String.self) }
        guard enclosing.count <= KitRecord.maximumEnclosing else {
            throw RPCError.tooMany("kits that hold \(kit.sku)", limit: KitRecord.maximumEnclosing)
        }
        let roots = enclosing + kit.components.map(\.sku.description)
        let rows = try await change.transaction.execute([KitRecord.within(roots, of: change.brand)])[0]
        let existing = try InventoryDomain.Kit.read(rows).filter { $0.sku != kit.sku }
        do throws(KitFault) {
            _ = try KitCatalog(existing + [kit])
        } catch {
            throw RPCError.kitInvalid(error)
        }
    }

    /// Commits, with a new version of the SKU's item where there is one: what readers keep of it is old by that.
    private static func tellReaders(of sku: SKU, _ change: SetupChange, _ context: ServerContext) async throws {
        let bucket = change.brand.bucket(of: sku.description)
        let rows = try await change.transaction.query(
            Self.itemAdvance, bucket.number, change.brand, sku.description)
        guard let row = rows.first else {
            _ = try await change.transaction.commit()
            return
        }
        let (version, available, now) = try row.decode(Int64.self, Int64.self, PostgresTimestamp.self)
        let payload = StockChanged(
            sku: sku.description, version: UInt64(clamping: version), totalAvailable: available, settingsChanged: true)
        var generator = SystemRandomNumberGenerator()
        let event = Event(
            id: PostgresUUID(milliseconds: now.microseconds / 1_000, using: &generator), brand: change.brand,
            bucket: bucket, type: StockEvent.stockChangedType, subject: sku.description, occurredAt: now,
            traceParent: context.trace?.traceparent, payload: try payload.encodedBytes())
        _ = try await change.transaction.commit(with: try EventLog.append([event]))
    }

    private static let itemAdvance = PostgresStatement(
        """
        update item set version = version + 1, changed_at = now() where bucket = $1 and brand_id = $2 and sku = $3
        returning version, total_available, changed_at
        """)
}

extension RPCError {
    static let kitNotFound = RPCError(.notFound, "there is no such kit", type: "kit-not-found", reason: .notFound)

    static func kitInvalid(_ fault: KitFault) -> RPCError {
        RPCError(
            .invalidArgument, fault.description,
            problem: Problem(
                type: "kit-invalid", reason: .fieldInvalid,
                fields: [FieldProblem(field: "components", reason: fault.description, expected: "")]))
    }
}
