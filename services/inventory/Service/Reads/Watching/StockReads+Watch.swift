internal import Buckets
internal import Events
internal import InventoryDomain
internal import InventoryMessages
internal import NIOCore
internal import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

extension StockReads {
    /// How often a watcher whose SKUs do not change is told how far the log has come, in milliseconds.
    private static let cursorMilliseconds: Int64 = 1_000
    /// What watchers are told of.
    private static let watchedTypes: Set<String> = [
        StockEvent.stockChangedType, "inventory.kit.availability.changed",
    ]

    /// Writes every change from a cursor on, without a gap, until the caller leaves.
    ///
    /// The first answer has no item: it says where the watcher stands. An item is written as it is when it is read, which is
    /// the change that it is told for or a later one; several changes that come together are written once.
    func watch(
        _ request: WatchStockRequest, of brand: PostgresUUID, to responses: ResponseWriter<WatchStockResponse>
    ) async throws {
        let keys = try Self.keys(request.skus, of: brand)
        let wanted = Set(keys.map(\.sku))
        let reader = EventReader(self.pool)
        let end = try await reader.end()
        var cursor = try Self.start(request.cursor, of: brand, end)
        guard try await reader.keepsAll(behind: cursor, until: end) else { throw Self.cursorExpired }
        try await responses.write(WatchStockResponse(cursor: WatchCursor.text(cursor, of: brand)))
        var told = NIODeadline.now()
        var configuration = EventFollower.Configuration()
        if !wanted.isEmpty { configuration.buckets = Set(keys.map(\.bucket)).sorted() }
        let follower = EventFollower(reader, after: cursor, news: self.news, configuration: configuration)
        for try await events in follower {
            let isTold = try await self.tell(events, of: brand, wanted, &cursor, to: responses)
            let now = NIODeadline.now()
            if isTold {
                told = now
            } else if now - told >= .milliseconds(Self.cursorMilliseconds) {
                try await responses.write(WatchStockResponse(cursor: WatchCursor.text(cursor, of: brand)))
                told = now
            }
        }
    }

    /// - Returns: Whether anything was written.
    private func tell(
        _ events: [RecordedEvent], of brand: PostgresUUID, _ wanted: Set<SKU>, _ cursor: inout EventCursor,
        to responses: ResponseWriter<WatchStockResponse>
    ) async throws -> Bool {
        // The last event of each SKU stands for those before it: whoever stops in between gets it again.
        var last: [SKU: Int] = [:]
        for (index, recorded) in events.enumerated() {
            let event = recorded.event
            guard event.brand == brand, Self.watchedTypes.contains(event.type), let sku = try? SKU(event.subject),
                wanted.isEmpty || wanted.contains(sku)
            else { continue }
            last[sku] = index
        }
        let items = try await self.items(last.keys.map { StockKey(brand: brand, sku: $0) })
        let order = Dictionary(last.map { ($1, $0) }) { first, _ in first }
        for (index, recorded) in events.enumerated() {
            cursor[recorded.event.bucket] = recorded.sequence
            guard let sku = order[index], let item = items[sku] else { continue }
            try await responses.write(
                WatchStockResponse(item: item, cursor: WatchCursor.text(cursor, of: brand)))
        }
        return !items.isEmpty
    }

    private func items(_ keys: [StockKey]) async throws(PostgresError) -> [SKU: InventoryMessages.StockItem] {
        var items: [SKU: InventoryMessages.StockItem] = [:]
        let found = try await self.store.items(keys)
        for (key, found) in zip(keys, found) {
            items[key.sku] = found.item.map { StockMessages.item($0, changedAt: found.changedAt) }
        }
        for (key, kit) in try await self.answers.kits(zip(keys, found).filter(\.1.isKit).map(\.0)) {
            items[key.sku] = kit
        }
        return items
    }

    private static func start(
        _ text: String, of brand: PostgresUUID, _ end: EventCursor
    ) throws(RPCError) -> EventCursor {
        guard !text.isEmpty else { return end }
        guard let cursor = WatchCursor.read(text, of: brand), cursor.isCovered(by: end) else {
            throw RPCError(
                field: "cursor", "is none that was given out", expected: "the cursor of the last answer, or none")
        }
        return cursor
    }

    private static let cursorExpired = RPCError(
        .outOfRange, "what came behind the cursor is not kept any more; read the stock and watch without a cursor",
        type: "cursor-expired", reason: .fieldInvalid)
}
