public import CatalogMessages
internal import Events
internal import Postgres
internal import ProtobufC
public import RPC
internal import Watching

extension Products {
    /// Writes every change from a cursor on, without a gap, until the caller leaves.
    ///
    /// The first answer has no changes: it says where the watcher stands.
    public func watchCatalog(
        _ request: WatchCatalogRequest, responses: ResponseWriter<WatchCatalogResponse>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        try await self.answering(context) {
            try await EventWatch(self.pool, news: self.news, method: "WatchCatalog").run(
                after: request.cursor, of: brand, change: Self.change
            ) { changes, cursor in
                try await responses.write(WatchCatalogResponse(changes: changes, cursor: cursor))
            }
        }
    }

    /// What a watcher is told of an event; nil: nothing.
    private static func change(_ event: Event) throws -> CatalogChange? {
        guard event.type.hasPrefix(CatalogEvent.typePrefix) else { return nil }
        var change = CatalogChange(
            sku: event.subject, type: event.type,
            surrogateKeys: [SurrogateKeys.product(event.subject, of: event.brand)])
        switch event.type {
        case CatalogEvent.productChangedType:
            change.version = try ProductChanged(decoding: event.payload).version
        case CatalogEvent.productDeletedType:
            change.version = try ProductDeleted(decoding: event.payload).version
        case CatalogEvent.supersessionChangedType:
            let new = try SupersessionChanged(decoding: event.payload).supersession?.newSku ?? ""
            change.surrogateKeys.append(SurrogateKeys.product(new, of: event.brand))
        default: break
        }
        return change
    }
}
