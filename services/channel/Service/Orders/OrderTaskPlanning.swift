internal import ChannelAdapter
internal import ChannelMessages
internal import Events
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Waking

/// Makes of what happens to orders what their platforms are to be told: the effect of the order service's events.
struct OrderTaskPlanning: Sendable {
    /// The events that have one.
    static let types: Set<String> = ["order.confirmed", "order.shipped", "order.cancelled", "order.refund"]

    private let adapters: [String: any ChannelAdapter]
    private let signal: WakeSignal

    /// - Parameters:
    ///   - adapters: By platform.
    ///   - signal: That of the queue.
    init(adapters: [String: any ChannelAdapter], signal: WakeSignal) {
        self.adapters = adapters
        self.signal = signal
    }

    /// The effect of a consumer of the order service's log: tasks in the transaction of its cursor.
    func apply(_ events: [RecordedEvent], in transaction: PostgresTransaction) async throws -> [PostgresCommand] {
        let changes = try events.compactMap { try OrderChange($0.event) }
        guard !changes.isEmpty else { return [] }
        let platforms = try await Self.platforms(of: changes, in: transaction)
        var tasks: [OrderTaskRows.New] = []
        for change in changes {
            guard let platform = platforms[change.key], let adapter = self.adapters[platform] else { continue }
            if let task = try await self.task(of: change, adapter, before: tasks, in: transaction) {
                tasks.append(task)
            }
        }
        guard !tasks.isEmpty else { return [] }
        // Before the commit: who finds nothing yet looks again by itself.
        self.signal.wake()
        return [OrderTaskRows.writing(tasks)]
    }

    private func task(
        of change: OrderChange, _ adapter: any ChannelAdapter, before tasks: [OrderTaskRows.New],
        in transaction: PostgresTransaction
    ) async throws -> OrderTaskRows.New? {
        var order = change.order
        guard let orderID = try await Self.platformID(of: order, on: change.key, in: transaction) else { return nil }
        if change.kind == .cancel {
            order = try await Self.leavingThisCancellation(change, before: tasks, in: transaction)
        }
        let isNeeded =
            change.isToBeTold && change.call.map { adapter.platform.tasks.contains($0) } == true
            && OrderTaskCall.says(change.kind, change.subject, order)
        return OrderTaskRows.New(
            key: change.key, orderKey: order.id, orderID: orderID, kind: change.kind, subject: change.subject,
            document: try order.encodedBytes(), status: isNeeded ? .pending : .notNeeded)
    }

    /// The platforms of the connections that orders name, as far as they are ours.
    private static func platforms(
        of changes: [OrderChange], in transaction: PostgresTransaction
    ) async throws -> [ConnectionKey: String] {
        let keys = Array(Set(changes.map(\.key)))
        let rows = try await transaction.query(Self.platformSelection, keys.map(\.brand), keys.map(\.id))
        var platforms: [ConnectionKey: String] = [:]
        for row in rows {
            let (brand, connection, platform) = try row.decode(PostgresUUID.self, String.self, String.self)
            platforms[ConnectionKey(brand: brand, id: connection)] = platform
        }
        return platforms
    }

    /// The platform's id of an order; nil: the platform knows nothing of it. One that was split from a platform's order is a
    /// part of that there; one that takes the place of something that came back is none of the platform's.
    private static func platformID(
        of order: Order, on key: ConnectionKey, in transaction: PostgresTransaction
    ) async throws -> String? {
        guard !order.parentID.isEmpty else { return order.orderID.isEmpty ? nil : order.orderID }
        let rows = try await transaction.query(Self.parentSelection, key.brand, key.id, order.parentID)
        guard let parent = try rows.first?.decode(String.self), order.orderID.hasPrefix(parent + "-") else {
            return nil
        }
        return parent
    }

    /// The order with the units that this cancellation took off, and not those of the ones before.
    private static func leavingThisCancellation(
        _ change: OrderChange, before tasks: [OrderTaskRows.New], in transaction: PostgresTransaction
    ) async throws -> Order {
        var documents = try await transaction.query(
            Self.cancellationSelection, change.key.brand, change.key.id, change.order.id, change.subject
        ).map { try $0.decode([UInt8].self) }
        documents += tasks.filter {
            $0.kind == .cancel && $0.key == change.key && $0.orderKey == change.order.id
                && $0.subject != change.subject
        }.map(\.document)
        var before: [String: Int64] = [:]
        for document in documents {
            for item in try Order(decoding: document).items { before[item.lineID, default: 0] += item.cancelled }
        }
        var order = change.order
        for place in order.items.indices {
            order.items[place].cancelled -= before[order.items[place].lineID] ?? 0
        }
        return order
    }

    private static let platformSelection = PostgresStatement(
        """
        select c.brand_id, c.connection_id, c.platform
        from unnest($1::uuid[], $2::text[]) as k (brand_id, connection_id)
        join connection c on c.brand_id = k.brand_id and c.connection_id = k.connection_id
        """)

    private static let parentSelection = PostgresStatement(
        "select order_id from platform_order where brand_id = $1 and connection_id = $2 and order_key = $3 limit 1")

    private static let cancellationSelection = PostgresStatement(
        """
        select document from order_task
        where brand_id = $1 and connection_id = $2 and order_key = $3 and kind = 3 and subject <> $4
        """)
}

/// Something that happened to an order, and that its platform may have to be told.
private struct OrderChange {
    let key: ConnectionKey
    let order: Order
    let kind: OrderTaskKind
    let subject: String
    /// Whether it is news to the platform.
    let isToBeTold: Bool

    /// As adapters call it.
    var call: OrderTaskCall.Kind? {
        switch self.kind {
        case .acknowledge: .acknowledge
        case .ship: .ship
        case .cancel: .cancel
        case .refund: .refund
        case .unspecified, .unrecognized: nil
        }
    }

    /// - Returns: nil: nobody is told of it.
    init?(_ event: Event) throws(DecodingError) {
        guard OrderTaskPlanning.types.contains(event.type) else { return nil }
        let change = try OrderChanged(decoding: event.payload)
        guard let order = change.order, let entry = change.entry else { return nil }
        self.key = ConnectionKey(brand: event.brand, id: order.connection)
        self.order = order
        var isToBeTold = true
        switch event.type {
        case "order.confirmed": (self.kind, self.subject) = (.acknowledge, "")
        case "order.shipped": (self.kind, self.subject) = (.ship, entry.subject)
        case "order.refund": (self.kind, self.subject) = (.refund, entry.subject)
        default:
            (self.kind, self.subject) = (.cancel, "\(entry.number)")
            // What the platform has cancelled itself is no news to it; and an order that could not be placed is a dead
            // letter, which somebody mends.
            isToBeTold = entry.by != RemoteOrders.principal && ![.notPlaced, .price].contains(order.cancelReason)
        }
        // Of an order that was split the platform knows one, which it was told of before.
        if self.kind == .acknowledge, !order.parentID.isEmpty { isToBeTold = false }
        self.isToBeTold = isToBeTold
    }
}
