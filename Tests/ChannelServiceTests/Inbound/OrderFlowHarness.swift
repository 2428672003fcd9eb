import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Events
import Leasing
import Logging
import Migrations
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import RawMessages
import Synchronization
import Testing
import WellKnownMessages

@testable import ChannelService

/// Connections that tests set up, as rows and in memory.
final class StandInConnections: IntakeConnections {
    struct State {
        var connections: [ConnectionKey: SyncConnection] = [:]
        var keys: [String: ConnectionKey] = [:]
        var renewals = 0
        /// The access token that the database has by now.
        var renewedToken = "token-1"
    }

    let state = Mutex(State())
    private let pool: PostgresPool

    init(_ pool: PostgresPool) { self.pool = pool }

    func key(ofNotifications key: String) async throws -> ConnectionKey? { self.state.withLock { $0.keys[key] } }

    func connection(_ key: ConnectionKey) async throws -> SyncConnection? {
        self.state.withLock { $0.connections[key] }
    }

    func renewed(_ key: ConnectionKey) async throws -> SyncConnection? {
        self.state.withLock { state in
            state.renewals += 1
            guard let known = state.connections[key] else { return nil }
            var account = known.account
            account.credentials["accessToken"] = state.renewedToken
            state.connections[key] = SyncConnection(
                key: key, connection: known.connection, account: account, adapter: known.adapter)
            return state.connections[key]
        }
    }

    func active() async throws -> [ConnectionKey] {
        self.state.withLock { $0.connections.values.filter { $0.connection.status == .active }.map(\.key).sorted() }
    }

    func stop(_ key: ConnectionKey, reason: String) async throws {
        try await self.become(.stopped, key, reason: reason)
    }

    /// Changes a connection's status.
    func become(_ status: ConnectionStatus, _ key: ConnectionKey, reason: String = "") async throws {
        self.change(key) {
            $0.status = status
            $0.statusReason = reason
            $0.statusSince = PostgresTimestamp.ofSystemClock.protobuf
        }
        _ = try await self.pool.query(
            PostgresStatement("update connection set status = $3 where brand_id = $1 and connection_id = $2"),
            key.brand, key.id, Int16(status.rawValue))
    }

    /// Changes what the brand asked for.
    func change(_ key: ConnectionKey, _ edit: (inout Connection) -> Void) {
        self.state.withLock { state in
            guard let known = state.connections[key] else { return }
            var connection = known.connection
            edit(&connection)
            state.connections[key] = SyncConnection(
                key: key, connection: connection, account: known.account, adapter: known.adapter)
        }
    }

    func add(
        _ key: ConnectionKey, notificationKey: String, adapter: any ChannelAdapter, settings: [String: String] = [:],
        credentials: [String: String] = ["accessToken": "token-1"]
    ) async throws {
        var connection = Connection(
            id: key.id, platform: adapter.platform.id, orders: OrderPolicy(takeIn: true), status: .active,
            createdAt: ProtoTimestamp(seconds: 1_000))
        connection.notificationPath = "/v1/notifications/\(notificationKey)"
        let account = PlatformAccount(connection: key.id, settings: settings, credentials: credentials)
        self.state.withLock { state in
            state.connections[key] = SyncConnection(
                key: key, connection: connection, account: account, adapter: adapter)
            state.keys[notificationKey] = key
        }
        _ = try await self.pool.query(
            PostgresStatement(
                """
                insert into connection (brand_id, connection_id, notification_key, platform, document, status, version)
                values ($1, $2, $3, $4, '', 1, 1)
                """), key.brand, key.id, notificationKey, adapter.platform.id)
    }
}

/// Hints that were given.
final class StandInHints: ShelfHints {
    let hints = Mutex<[ShelfHint]>([])

    func readBack(_ hint: ShelfHint, in transaction: PostgresTransaction) async throws {
        self.hints.withLock { $0.append(hint) }
    }
}

/// Orders in and out, on a database of the test's own, with a platform and an order service that fail as they are told.
struct OrderFlowHarness {
    static let logger = Logger(label: "channel") { _ in SwiftLogNoOpLogHandler() }

    static let template = DatabaseTemplate(
        "channelorders", checksum: ChannelSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(ChannelSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        // Until the service's own migrations have it.
        let columns = try await pool.query(
            PostgresStatement(
                """
                select 1 from information_schema.columns
                where table_name = 'event_dead_letter' and column_name = 'payload'
                """))
        if columns.isEmpty { try await pool.runScript(EventDeadLetters.schema) }
    }

    let key: ConnectionKey
    let pool: PostgresPool
    let shop: StandInShop
    let desk: StandInDesk
    let connections: StandInConnections
    let hints: StandInHints
    let inbound: Inbound
    let intake: OrderIntake
    let queue: OrderTaskQueue
    let planning: OrderTaskPlanning
    let client: InboundServiceClient
    /// The same for another brand.
    let strangers: InboundServiceClient

    /// Runs all of it while `body` does.
    ///
    /// - Parameter sellsFromShelf: Whether the platform's own sales take from the quantity that it shows.
    static func with(
        connection: String = "shop", sellsFromShelf: Bool = true, wrongSignatureStatus: UInt32? = nil,
        _ body: (OrderFlowHarness) async throws -> Void
    ) async throws {
        try await withPool(template: Self.template) { pool in
            let brand = PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
            let key = ConnectionKey(brand: brand, id: connection)
            let (shop, desk, hints) = (StandInShop(), StandInDesk(), StandInHints())
            let connections = StandInConnections(pool)
            try await connections.add(
                key, notificationKey: "key-1",
                adapter: StandInAdapter(
                    shop: shop, sellsFromShelf: sellsFromShelf, wrongSignatureStatus: wrongSignatureStatus))
            let inbound = Inbound(pool)
            let queue = OrderTaskQueue(pool, orders: desk, logger: Self.logger)
            let server = try await InProcessServer([
                InboundMessages(
                    inbound, connections: connections, transport: NoTransport(),
                    gateway: try GatewayAddress("https://api.example.com"),
                    deadLetters: [InboundDeadLetters(inbound), OrderTaskDeadLetters(pool, signal: queue.signal)],
                    logger: Self.logger)
            ])
            let scopes = "channel:read channel:write"
            let clients = try ["\(brand)", "\(PostgresUUID.ofNow())"].map {
                try server.client(credential: "\($0)/tester \(scopes)")
            }
            try await withEnd {
                try await body(
                    OrderFlowHarness(
                        key: key, pool: pool, shop: shop, desk: desk, connections: connections, hints: hints,
                        inbound: inbound, intake: OrderIntake(pool, logger: Self.logger), queue: queue,
                        planning: OrderTaskPlanning(
                            adapters: ["fake": StandInAdapter(shop: shop)], signal: queue.signal),
                        client: InboundServiceClient(clients[0]), strangers: InboundServiceClient(clients[1])))
            } end: {
                for client in clients { client.shutDown() }
                await server.stop()
            }
        }
    }
}

// MARK: - Notifications

extension OrderFlowHarness {
    /// Sends a notification, signed rightly unless another signature is given.
    @discardableResult
    func notify(
        _ body: String, topic: String = "orders/create", event: String, key: String = "key-1",
        signature: String? = nil
    ) async throws -> ReceiveNotificationResponse {
        let headers = [
            Header(name: "x-signature", value: signature ?? StandInAdapter.signature(Array(body.utf8))),
            Header(name: "x-topic", value: topic), Header(name: "x-event", value: event),
            Header(name: "cookie", value: "session=1"),
        ]
        return try await self.client.receiveNotification(
            ReceiveNotificationRequest(
                key: key, head: RequestHead(target: "/v1/notifications/\(key)", headers: headers),
                body: Array(body.utf8)))
    }

    /// A process that deals with messages.
    func processor(
        orders: (any OrderDesk)? = nil, faults: IntakeFaults = .none
    ) -> InboundProcessor {
        InboundProcessor(
            self.inbound, connections: self.connections, transport: NoTransport(),
            orders: OrderTaking(self.pool, orders: orders ?? self.desk, faults: faults), intake: self.intake,
            hints: self.hints,
            faults: faults, logger: Self.logger)
    }

    /// Deals with all that is due, and with what comes of it.
    ///
    /// - Returns: How many tries there were.
    @discardableResult
    func process(with processor: InboundProcessor? = nil) async throws -> Int {
        let processor = processor ?? self.processor()
        var tries = 0
        while case let taken = try await InboundRows.take(16, from: self.pool), !taken.isEmpty {
            for message in taken {
                try await processor.work(on: message)
                try await self.prolongPauses()
                tries += 1
            }
            try #require(tries < 1_000, "it does not come to an end")
        }
        return tries
    }

    /// What waits does so until ``makeDue()``, however slow the machine is.
    private func prolongPauses() async throws {
        _ = try await self.pool.query(
            PostgresStatement("update inbound set due_at = 'infinity' where status = 3 and due_at < 'infinity'"))
    }

    /// As if the pause of all that waits were over, or who has it were gone.
    func makeDue() async throws {
        _ = try await self.pool.query(PostgresStatement("update inbound set due_at = now() where status in (1, 3)"))
        _ = try await self.pool.query(PostgresStatement("update order_task set due_at = now() where status in (1, 3)"))
        _ = try await self.pool.query(PostgresStatement("update order_poll set due_at = now()"))
    }

    /// What became of messages, the first first: topic, status, problem.
    func messages() async throws -> [InboundMessage] {
        try await self.client.listInbound(ListInboundRequest(pageSize: 200)).messages.reversed()
    }

    /// Has a SKU listed, with what the platform is believed to show.
    func list(_ sku: String, as platformSKU: String, shelf: Int64) async throws {
        _ = try await self.pool.query(
            PostgresStatement(
                """
                insert into listing (bucket, brand_id, connection_id, sku, platform_sku, shelf_quantity)
                values ($1, $2, $3, $4, $5, $6)
                """), self.key.brand.bucket(of: sku).number, self.key.brand, self.key.id, sku, platformSKU, shelf)
    }

    /// What the platform is believed to show of a SKU.
    func shelf(_ sku: String) async throws -> Int64? {
        let rows = try await self.pool.query(
            PostgresStatement("select shelf_quantity from listing where brand_id = $1 and sku = $2"), self.key.brand,
            sku)
        return try rows.first?.decode(Int64?.self)
    }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64 {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64.self) ?? 0
    }
}

// MARK: - Polls

extension OrderFlowHarness {
    var polling: OrderPolling {
        OrderPolling(
            self.pool, connections: self.connections, transport: StandInTransport(), intake: self.intake,
            inbound: self.inbound, logger: Self.logger)
    }

    /// Asks for orders wherever that is due, once.
    ///
    /// - Returns: How many connections were.
    @discardableResult
    func poll() async throws -> Int {
        let taken = try await OrderPollRows.take(8, from: self.pool)
        for poll in taken { try await self.polling.turn(of: poll) }
        return taken.count
    }
}

// MARK: - Tasks

extension OrderFlowHarness {
    /// An event of an order.
    func event(
        _ type: String, _ order: Order, subject: String = "", number: UInt64 = 1, by: String = "tester"
    ) throws -> RecordedEvent {
        let kinds: [String: OrderEntryKind] = [
            "order.confirmed": .confirmed, "order.shipped": .shipped, "order.cancelled": .cancelled,
            "order.refund": .refund,
        ]
        let change = OrderChanged(
            order: order,
            entry: OrderEntry(number: number, kind: kinds[type] ?? .amended, by: by, subject: subject))
        return RecordedEvent(
            sequence: Int64(number),
            event: Event(
                id: .ofNow(), brand: self.key.brand, bucket: self.key.brand.bucket(of: order.id), type: type,
                subject: order.id, occurredAt: .ofSystemClock, payload: try change.encodedBytes()))
    }

    /// Has events take effect, as their consumer does.
    func apply(_ events: [RecordedEvent]) async throws {
        try await self.pool.withTransaction { transaction in
            let commands = try await self.planning.apply(events, in: transaction)
            _ = try await transaction.commit(with: commands)
        }
    }

    /// Sends what is due, as the worker of the connection does.
    ///
    /// - Returns: How much was sent.
    @discardableResult
    func sendTasks() async throws -> Int {
        var sent = 0
        while case let due = try await self.queue.due(self.key), !due.isEmpty {
            for task in due {
                try await self.queue.answered(task, self.shop.carryOut(task.call))
                sent += 1
            }
        }
        return sent
    }

    /// An order of the connection.
    func order(_ id: String = "1001", _ edit: (inout Order) -> Void = { _ in }) -> Order {
        var order = Order(
            id: "our-\(id)", orderID: id, platform: "Fake", connection: self.key.id,
            items: [
                OrderItem(lineID: "1", sku: "A", quantity: 2, channelLineID: "line-1"),
                OrderItem(lineID: "2", sku: "B", quantity: 3, channelLineID: "line-2"),
            ], status: .confirmed, currency: "USD", version: 1)
        edit(&order)
        return order
    }

    func tasks() async throws -> [OrderTask] {
        try await self.client.listOrderTasks(ListOrderTasksRequest(pageSize: 200)).tasks.reversed()
    }
}
