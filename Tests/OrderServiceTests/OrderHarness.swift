import DrivelineTesting
import Events
import Logging
import Migrations
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import Testing

@testable import OrderService

/// The store of orders in this process, on a database of the test's own.
struct OrderHarness {
    static let logger = Logger(label: "order") { _ in SwiftLogNoOpLogHandler() }

    let brand: PostgresUUID
    let database: TestDatabase
    let pool: PostgresPool
    let news: EventNews
    let queue: EffectQueue
    let writes: OrderWrites
    let lookup: OrderLookup

    static let template = DatabaseTemplate(
        "order", checksum: OrderSchema.migrations.map(\.checksum).joined(separator: "-")
    ) { pool in
        for migration in try MigrationSet(OrderSchema.migrations).migrations {
            try await pool.runScript(migration.text)
        }
        for table in ["event_run", "job", "job_chunk", "idempotency_key"] {
            try await pool.runScript("create table \(table)_always partition of \(table) default")
        }
    }

    /// Opens a store while `body` runs.
    static func with(_ body: (OrderHarness) async throws -> Void) async throws {
        try await withDatabase(Self.template) { database in
            try await Self.with(database, of: Self.newBrand(), url: database.url, body)
        }
    }

    /// Opens a second store on the same database, as another process would have it.
    ///
    /// - Parameter proxy: What stands between it and the database.
    func withSecond(through proxy: FaultProxy? = nil, _ body: (OrderHarness) async throws -> Void) async throws {
        try await Self.with(
            self.database, of: self.brand, url: proxy?.url(database: self.database.name) ?? self.database.url, body)
    }

    private static func with(
        _ database: TestDatabase, of brand: PostgresUUID, url: String, _ body: (OrderHarness) async throws -> Void
    ) async throws {
        let reactor = try PostgresReactor()
        defer { reactor.stop() }
        var configuration = PostgresConfiguration(url: url)
        configuration.sessionSettings = OrderWrites.sessionSettings
        let pool = try PostgresPool(configuration, on: reactor)
        let (news, queue) = (EventNews(), EffectQueue())
        let harness = OrderHarness(
            brand: brand, database: database, pool: pool, news: news, queue: queue,
            writes: OrderWrites(pool, news: news, effects: queue), lookup: OrderLookup(pool))
        let result: Result<Void, any Error>
        do { result = .success(try await body(harness)) } catch { result = .failure(error) }
        await pool.shutDown(graceMilliseconds: 0)
        try result.get()
    }

    static func newBrand() -> PostgresUUID {
        PostgresUUID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
    }

    static func newID() -> String { "test-\(UInt64.random(in: .min ... .max))" }

    /// The first column of the first row.
    func number(_ sql: StaticString) async throws -> Int64 {
        try await self.pool.query(PostgresStatement(sql)).first?.decode(Int64.self) ?? 0
    }

    /// The types of the events of the log, with the versions of their orders, by bucket in order.
    func events() async throws -> [(type: String, subject: String, payload: [UInt8])] {
        let rows = try await self.pool.query(
            PostgresStatement("select type, subject, payload from event order by bucket, sequence"))
        return try rows.map { row in
            let (type, subject, payload) = try row.decode(String.self, String.self, [UInt8].self)
            return (type: type, subject: subject, payload: payload)
        }
    }
}

// MARK: - Orders

extension OrderHarness {
    /// An order of so many lines, as placing makes it.
    static func order(
        lines: Int = 1, status: OrderStatus = .pending, connection: String = "amazon",
        _ edit: (inout Order) -> Void = { _ in }
    ) -> OrderState {
        var order = Order(
            platform: "Amazon", connection: connection,
            items: (1...lines).map {
                OrderItem(lineID: "\($0)", sku: "SKU-\($0)", quantity: 2, price: Decimal(micros: 50_000_000))
            },
            status: status, paymentStatus: .pending, currency: "USD",
            totals: OrderTotals(total: Decimal(micros: Int64(lines) * 100_000_000)), attempt: 1)
        edit(&order)
        var state = OrderState(order: order)
        state.append(.placed, "Placed")
        return state
    }

    /// A new order of the harness' brand.
    func new(
        _ orderID: String = "", command: String = "", fingerprint: [UInt8] = [1],
        _ state: OrderState = OrderHarness.order()
    ) -> NewOrder {
        NewOrder(
            brand: self.brand, state: state, orderID: orderID, commandID: command, fingerprint: fingerprint,
            by: "tester")
    }

    /// Puts an order on record.
    @discardableResult
    func record(
        _ orderID: String = "", command: String = "", fingerprint: [UInt8] = [1],
        _ state: OrderState = OrderHarness.order()
    ) async throws -> NewOrderAnswer {
        try await self.writes.record(self.new(orderID, command: command, fingerprint: fingerprint, state))
    }

    /// Does something with an order.
    @discardableResult
    func apply(
        _ order: Order, command: String = "", fingerprint: [UInt8] = [1], needs: OrderNeeds = [],
        _ decide: @escaping OrderDecision
    ) async throws -> OrderAnswer {
        let id = try #require(OrderID(order.id))
        return try await self.writes.apply(
            OrderCommand(
                brand: self.brand, order: id, commandID: command, fingerprint: fingerprint, by: "tester",
                needs: needs, decide: decide))
    }

    /// Writes a note, and says so.
    @discardableResult
    func note(
        _ order: Order, _ text: String, command: String = "", fingerprint: [UInt8] = [1]
    ) async throws -> OrderAnswer {
        try await self.apply(order, command: command, fingerprint: fingerprint) { (state, _) throws(OrderRefusal) in
            state.order.note = text
            state.append(.amended, "Note: \(text)")
        }
    }

    /// The refusal of a call.
    func refusal(_ call: () async throws -> Void) async throws -> OrderRefusal? {
        do {
            try await call()
            return nil
        } catch let refusal as OrderRefusal {
            return refusal
        }
    }

    /// The log of an order.
    func log(of order: Order) async throws -> [OrderEntry] {
        let id = try #require(PostgresUUID(order.id))
        let rows = try await self.pool.query(
            PostgresStatement("select document from order_entry where order_id = $1 order by number"), id)
        return try rows.map { try OrderEntry(decoding: try $0.decode([UInt8].self)) }
    }
}
