internal import CatalogDomain
public import CatalogMessages
internal import Events
internal import Postgres
public import RPC
internal import RPCMessages
internal import WellKnownMessages

extension Products {
    /// Makes a product, or replaces the one that has its SKU.
    public func saveProduct(
        _ request: SaveProductRequest, context: ServerContext
    ) async throws -> SaveProductResponse {
        let brand = try self.brand(of: context.caller)
        guard let product = request.product else {
            throw RPCError(field: "product", "is missing", expected: "the product")
        }
        return try await self.answering(context, in: "product") {
            let write = ProductWrite(
                sku: product.sku, change: .save(product), expectedVersion: request.expectedVersion)
            switch try await self.carryOut(write, of: brand, context) {
            case .created(let product): return SaveProductResponse(product: product, created: true)
            case .changed(let product), .unchanged(let product): return SaveProductResponse(product: product)
            case .refused(let refusal): throw refusal
            case .deleted: throw CatalogRefusal.productNotFound(product.sku)
            }
        }
    }

    /// Changes some fields of a product.
    public func updateProduct(_ request: UpdateProductRequest, context: ServerContext) async throws -> Product {
        let brand = try self.brand(of: context.caller)
        guard let change = request.product else {
            throw RPCError(field: "product", "is missing", expected: "what changes")
        }
        guard change.sku.isEmpty || change.sku.utf8.elementsEqual(request.sku.utf8) else {
            throw RPCError(field: "product.sku", "is another than that of the path", expected: "the same, or none")
        }
        let mask = try Self.mask(request.updateMask?.paths, of: change)
        return try await self.answering(context, in: "product") {
            let write = ProductWrite(
                sku: request.sku, change: .update(change, mask), expectedVersion: request.expectedVersion)
            switch try await self.carryOut(write, of: brand, context) {
            case .created(let product), .changed(let product), .unchanged(let product): return product
            case .refused(let refusal): throw refusal
            case .deleted: throw CatalogRefusal.productNotFound(request.sku)
            }
        }
    }

    /// Removes a product, with its fitments and supersessions.
    public func deleteProduct(
        _ request: DeleteProductRequest, context: ServerContext
    ) async throws -> DeleteProductResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let write = ProductWrite(sku: request.sku, change: .delete, expectedVersion: request.expectedVersion)
            if case .refused(let refusal) = try await self.carryOut(write, of: brand, context) { throw refusal }
            return DeleteProductResponse()
        }
    }

    /// Answers a product.
    public func getProduct(_ request: GetProductRequest, context: ServerContext) async throws -> Product {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let found = try ProductRows.read(try await self.pool.query(ProductRows.all([request.sku], of: brand)))
            guard let product = found.values.first else { throw CatalogRefusal.productNotFound(request.sku) }
            return product.answer
        }
    }

    /// Answers the products that there are, in the order in which they are asked for; one that is asked for twice once.
    public func lookUpProducts(
        _ request: LookUpProductsRequest, context: ServerContext
    ) async throws -> LookUpProductsResponse {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            // What cannot be a SKU is none that there is.
            var seen: Set<SKU> = []
            let skus = request.skus.compactMap { try? SKU($0) }.filter { seen.insert($0).inserted }
            let found = try ProductRows.read(
                try await self.pool.query(ProductRows.all(skus.map(\.description), of: brand)))
            return LookUpProductsResponse(products: skus.compactMap { found[$0]?.answer })
        }
    }

    private func carryOut(
        _ write: ProductWrite, of brand: PostgresUUID, _ context: ServerContext
    ) async throws -> ProductOutcome {
        let origin = ProductWriteOrigin(brand: brand, traceParent: context.trace?.traceparent)
        return try await self.changing { transaction in
            let result = try await self.writes.write([write], as: origin, in: transaction)
            _ = try await transaction.commit(with: try EventLog.append(result.events))
            guard let outcome = result.outcomes.first else {
                throw PostgresError(.server, "a change without an outcome")
            }
            return outcome
        }
    }

    private static func mask(_ paths: [String]?, of change: Product) throws(RPCError) -> ProductMask {
        do throws(CatalogRefusal) {
            return try ProductMask(paths, of: change)
        } catch {
            throw RPCError(error)
        }
    }
}
