public import CatalogMessages
internal import Events
internal import NIOCore
internal import Paging
internal import Postgres
internal import ProtobufC
public import RPC
internal import RPCMessages
internal import Wire

extension Products {
    /// How often a watcher in whose catalog nothing changes is told how far the log has come, in milliseconds.
    private static let cursorMilliseconds: Int64 = 1_000
    /// The most changes of one answer.
    private static let maximumChangesPerAnswer = 500

    /// Writes every change from a cursor on, without a gap, until the caller leaves.
    ///
    /// The first answer has no changes: it says where the watcher stands. Whoever goes on from a cursor gets what came
    /// behind it, and what it got last again where it did not keep the cursor.
    public func watchCatalog(
        _ request: WatchCatalogRequest, responses: ResponseWriter<WatchCatalogResponse>, context: ServerContext
    ) async throws {
        let brand = try self.brand(of: context.caller)
        try await self.answering(context) {
            let reader = EventReader(self.pool)
            let end = try await reader.end()
            var cursor = try Self.start(request.cursor, of: brand, end)
            guard try await reader.keepsAll(behind: cursor, until: end) else { throw Self.cursorExpired }
            try await responses.write(WatchCatalogResponse(cursor: Self.text(cursor, of: brand)))
            var told = NIODeadline.now()
            for try await events in EventFollower(reader, after: cursor, news: self.news) {
                let isTold = try await Self.tell(events, of: brand, &cursor, to: responses)
                let now = NIODeadline.now()
                if isTold {
                    told = now
                } else if now - told >= .milliseconds(Self.cursorMilliseconds) {
                    try await responses.write(WatchCatalogResponse(cursor: Self.text(cursor, of: brand)))
                    told = now
                }
            }
        }
    }

    /// - Returns: Whether anything was written.
    private static func tell(
        _ events: [RecordedEvent], of brand: PostgresUUID, _ cursor: inout EventCursor,
        to responses: ResponseWriter<WatchCatalogResponse>
    ) async throws -> Bool {
        var changes: [CatalogChange] = []
        var isTold = false
        for recorded in events {
            cursor[recorded.event.bucket] = recorded.sequence
            guard recorded.event.brand == brand, let change = try Self.change(recorded.event) else { continue }
            changes.append(change)
            guard changes.count >= Self.maximumChangesPerAnswer else { continue }
            try await responses.write(WatchCatalogResponse(changes: changes, cursor: Self.text(cursor, of: brand)))
            isTold = true
            changes = []
        }
        guard !changes.isEmpty else { return isTold }
        try await responses.write(WatchCatalogResponse(changes: changes, cursor: Self.text(cursor, of: brand)))
        return true
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

    private static func start(
        _ text: String, of brand: PostgresUUID, _ end: EventCursor
    ) throws(RPCError) -> EventCursor {
        guard !text.isEmpty else { return end }
        guard let bytes = PageToken.position(text, of: Self.question(brand)), let cursor = EventCursor(bytes: bytes),
            cursor.isCovered(by: end)
        else {
            throw RPCError(
                field: "cursor", "is none that was given out", expected: "the cursor of the last answer, or none")
        }
        return cursor
    }

    private static func text(_ cursor: EventCursor, of brand: PostgresUUID) -> String {
        PageToken.text(cursor.bytes, of: Self.question(brand))
    }

    private static func question(_ brand: PostgresUUID) -> PageToken.Question {
        PageToken.Question("WatchCatalog", [brand.description])
    }

    private static let cursorExpired = RPCError(
        .outOfRange, "what came behind the cursor is not kept any more; read the products and watch without a cursor",
        type: "cursor-expired", reason: .fieldInvalid)
}
