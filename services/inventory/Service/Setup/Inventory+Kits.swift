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
                var kitChange = KitChange(change, trace: context.trace)
                let stored = try await kitChange.put(kit, isCatalogs: false)
                try await kitChange.commit(kit.sku)
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
                var kitChange = KitChange(change, trace: context.trace)
                try await kitChange.remove(sku)
                try await kitChange.commit(sku)
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
