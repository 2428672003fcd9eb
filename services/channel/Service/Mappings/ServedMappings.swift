public import ChannelAPI
internal import ChannelAdapter
internal import ChannelDomain
public import ChannelMessages
internal import Logging
internal import Postgres
public import RPC
internal import Refusals
internal import ServiceKit

/// Answers what is asked of mappings, and changes them.
public struct ServedMappings: ChannelCalls {
    let mappings: Mappings
    let content: MappedContent
    let connections: Connections
    let concerns: [any ListingsConcern]
    let logger: Logger

    /// Answers a connection's mapping, or its adapter's own.
    public func getMapping(_ request: GetMappingRequest, context: ServerContext) async throws -> Mapping {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        return try await self.answering(context) { try await self.mappings.mapping(of: key) }
    }

    /// Saves a mapping, if all of it is valid. The same put again changes nothing.
    public func putMapping(_ request: PutMappingRequest, context: ServerContext) async throws -> Mapping {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        guard let given = request.mapping else {
            throw RPCError(field: "mapping", "is missing", expected: "the mapping")
        }
        guard given.connection.isEmpty || given.connection == request.connection else {
            throw RPCError(
                field: "mapping.connection", "is another than that of the path", expected: "the same, or none")
        }
        return try await self.answering(context, in: "mapping") {
            try await self.mappings.put(
                given.rules, of: key, expectedVersion: request.expectedVersion, concerning: self.concerns)
        }
    }

    /// Goes back to the adapter's own mapping.
    public func deleteMapping(
        _ request: GetMappingRequest, context: ServerContext
    ) async throws -> DeleteMappingResponse {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        return try await self.answering(context) {
            try await self.mappings.remove(key, concerning: self.concerns)
            return DeleteMappingResponse()
        }
    }

    /// Answers what a mapping makes of a product, with the overrides of its listing where there is one.
    public func previewMapping(
        _ request: PreviewMappingRequest, context: ServerContext
    ) async throws -> MappingPreview {
        let key = ConnectionKey(brand: try self.brand(of: context.caller), id: request.connection)
        return try await self.answering(context) {
            guard let connection = try await self.connections.connection(key) else {
                throw ChannelRefusal.connectionNotFound(key.id)
            }
            let program = try await self.program(request.mapping, of: connection)
            let rows = try await self.connections.pool.query(
                ListingOverrideRows.one(ListingKey(brand: key.brand, sku: request.sku, connection: key.id)))
            let (listing, overrides) =
                try ListingOverrideRows.read(rows, sku: request.sku)
                ?? (ListingReference(sku: request.sku, platformSKU: request.sku, ids: [:]), [:])
            guard let made = try await self.content.made(listing, overrides, program, connection) else {
                throw ChannelRefusal(
                    .unknownSku, field: "sku", "is of no product", expected: "the SKU of a product of the catalog")
            }
            return MappingPreview(
                values: made.values, problems: made.problems, document: connection.adapter.document(for: made.row))
        }
    }

    /// The mapping to be tried, or the one that counts.
    private func program(_ given: Mapping?, of connection: SyncConnection) async throws -> MappingProgram {
        guard let given else {
            return try await self.mappings.program(of: connection.key, platform: connection.connection.platform)
        }
        do throws(ChannelRefusal) {
            return try MappingProgram(given.rules)
        } catch {
            throw error.within("mapping")
        }
    }
}

extension ServedMappings: MappingService {}

extension ChannelRefusal {
    /// The refusal with its fields below another one.
    fileprivate func within(_ container: String) -> ChannelRefusal {
        var refusal = self
        for place in refusal.faults.indices {
            refusal.faults[place].field = "\(container).\(refusal.faults[place].field)"
        }
        return refusal
    }
}
