internal import Events
internal import Foundation
internal import Jobs
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

/// How far the orders of an accepted settlement were told.
struct AcceptanceProgress: Codable, Equatable, Sendable {
    /// Behind which order id it goes on.
    var bucket: Int16 = 0
    var orderID = ""
    var orders: Int64 = 0

    init() {}

    /// That of a job; at its beginning where it has taken no step.
    init(of job: Job) throws(PostgresError) {
        guard let cursor = job.cursor else { return }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(cursor))
        } catch {
            throw .unexpectedValue(column: "cursor", reason: "it is none of an acceptance")
        }
    }
}

/// Accepts a settlement, and puts into the logs of its orders that they are settled, page by page.
struct AcceptanceRun: Sendable {
    /// Orders that are told at once.
    private static let ordersPerPage: Int64 = 500

    private let settlements: OrderJobs
    private let context: JobContext
    private let settlementID: JobID
    private let acceptedBy: String
    private var progress: AcceptanceProgress

    /// An acceptance as its job stands.
    init(_ context: JobContext, of settlements: OrderJobs) throws {
        self.settlements = settlements
        self.context = context
        let parameters = try Settlement(decoding: context.job.parameters)
        guard let id = JobID(parameters.settlementID) else {
            throw PostgresError.unexpectedValue(column: "parameters", reason: "they name no settlement")
        }
        self.settlementID = id
        self.acceptedBy = parameters.acceptedBy
        self.progress = try AcceptanceProgress(of: context.job)
    }

    /// Until the last order.
    mutating func run() async throws {
        let brand = self.context.job.brand
        let settlement: Settlement
        do {
            settlement = try await self.settlements.accept(self.settlementID, of: brand, by: self.acceptedBy)
        } catch let refusal as OrderRefusal {
            throw JobFailure(code: refusal.reason.name, message: refusal.description)
        }
        while true {
            let rows = try await self.settlements.pool.query(
                Self.selection, brand, self.settlementID.uuid, self.progress.bucket, self.progress.orderID,
                Self.ordersPerPage)
            let page = try rows.map { row throws(PostgresError) in
                try row.decode(Int16.self, String.self, PostgresUUID.self)
            }
            guard let last = page.last else { return }
            try await self.tell(page.map { OrderID($0.2) }, of: settlement)
            self.progress.bucket = last.0
            self.progress.orderID = last.1
            self.progress.orders += Int64(page.count)
            let (cursor, done) = (try Array(JSONEncoder().encode(self.progress)), self.progress.orders)
            try await self.context.checkpoint { _ in JobStep(cursor: cursor, progress: JobProgress(done: done)) }
        }
    }

    /// Puts it into the logs of orders; again does nothing.
    private func tell(_ orders: [OrderID], of settlement: Settlement) async throws {
        let (writes, brand, by) = (self.settlements.writes, self.context.job.brand, self.acceptedBy)
        let id = settlement.settlementID
        let name = settlement.reference.isEmpty ? id : settlement.reference
        try await withThrowingTaskGroup(of: Void.self) { group in
            for order in orders {
                group.addTask {
                    let command = OrderCommand(
                        brand: brand, order: order, commandID: "settled.\(id)", fingerprint: Array(id.utf8), by: by
                    ) { (state, _) throws(OrderRefusal) in state.settle(id, named: name) }
                    _ = try await OrderJobs.retrying { try await writes.apply(command) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static let selection = PostgresStatement(
        """
        select distinct on (bucket, channel_order_id) bucket, channel_order_id, order_id from settlement_line
        where brand_id = $1 and settlement_id = $2 and bucket >= 0 and (bucket, channel_order_id) > ($3, $4)
            and number > 0
            and order_id is not null
        order by bucket, channel_order_id limit $5
        """,
        readOnly: true)
}

extension OrderJobs {
    /// Says that somebody has looked at a settlement's differences; again changes nothing.
    ///
    /// - Throws: `OrderRefusal` with `stateNotAllowed` where it is not matched, `settlementNotFound`.
    func accept(_ id: JobID, of brand: PostgresUUID, by principal: String) async throws -> Settlement {
        var options = PostgresTransactionOptions()
        options.tries = Self.maximumTries
        let (settlement, isNew) = try await self.pool.withTransaction(options) { transaction in
            let answers = try await transaction.execute([
                SettlementRows.locking(id.uuid, of: brand), PostgresCommand(DatabaseClock.statement),
            ])
            guard let row = answers[0].first else { throw OrderRefusal.settlementNotFound(id.description) }
            var settlement = try StoredSettlement(row).settlement
            guard settlement.state != .accepted else { return (settlement, false) }
            guard settlement.state == .matched else {
                throw OrderRefusal(
                    .stateNotAllowed, "the settlement is not matched, so that nobody can have looked at it",
                    faults: [FieldFault(field: "state", reason: "is not matched", expected: "matched")])
            }
            let now = try answers[1].first?.decode(PostgresTimestamp.self) ?? .ofSystemClock
            settlement.state = .accepted
            settlement.acceptedBy = principal
            settlement.changedAt = now.protobuf
            var events = OrderEvents(at: now, in: ArenaMemory())
            try events.append(
                SettlementChanged(settlement: settlement), OrderEvents.settlementAcceptedType, of: brand)
            _ = try await transaction.commit(
                with: [try SettlementRows.writing(settlement, id.uuid, of: brand)] + EventLog.append(events.events))
            return (settlement, true)
        }
        if isNew { self.news.committed() }
        return settlement
    }
}

extension Refusal where Reason == RefusalReason {
    /// The brand has no such settlement.
    static func settlementNotFound(_ id: String) -> OrderRefusal {
        OrderRefusal(
            .settlementNotFound, "there is no settlement \(id.debugDescription)",
            faults: [FieldFault(field: "settlementId", reason: "names none", expected: "a settlement of the brand")])
    }
}
