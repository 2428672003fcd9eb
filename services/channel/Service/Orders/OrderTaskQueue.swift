internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Leasing
internal import Logging
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Waking

/// Something that a platform is to be told of an order, taken to be sent.
struct DueOrderTask: Sendable {
    /// Its id.
    let id: PostgresUUID
    /// On which connection it is told.
    let key: ConnectionKey
    /// How often it was tried, with this try.
    let tries: Int
    /// Counts who took it: an answer counts only for the last one.
    let claim: Int64
    /// What is to be sent.
    let call: OrderTaskCall
}

/// What platforms are to be told of their orders. Whoever sends for a connection takes what is due, sends it, and says what
/// became of it.
///
/// The tasks of one order come one behind the other; one that is dead holds nothing up.
struct OrderTaskQueue: Sendable {
    /// The most tasks that one call takes.
    static let maximumPerTake = 50

    private let pool: PostgresPool
    private let orders: any OrderDesk
    /// Wakes who sends in this process.
    let signal: WakeSignal
    private let logger: Logger

    /// - Parameter orders: What has the whole order, where an event was too small for it.
    init(_ pool: PostgresPool, orders: any OrderDesk, signal: WakeSignal = WakeSignal(), logger: Logger) {
        self.pool = pool
        self.orders = orders
        self.signal = signal
        self.logger = logger
    }

    /// Takes tasks of a connection that are due, the oldest first. That they may be carried out is on record when this
    /// returns: so take only what is sent at once. What is neither answered nor renewed within its time is
    /// given out again.
    ///
    /// - Parameters:
    ///   - limit: At most ``maximumPerTake``.
    ///   - lease: Checked in the transaction that takes them; nil: none is held.
    func due(
        _ key: ConnectionKey, limit: Int = Self.maximumPerTake, lease: Lease? = nil
    ) async throws -> [DueOrderTask] {
        let taken = try await self.pool.withTransaction { transaction in
            try await lease?.check(in: transaction)
            let rows = try await transaction.query(
                OrderTaskRows.dueSelection, key.brand, key.id, Int64(max(1, min(limit, Self.maximumPerTake))))
            let taken = try rows.map { try OrderTaskRows.Taken($0) }
            guard !taken.isEmpty else { return taken }
            _ = try await transaction.query(
                OrderTaskRows.taking, key.brand, taken.map(\.id), InboundLimits.claimMilliseconds)
            return taken
        }
        var due: [DueOrderTask] = []
        for task in taken {
            if let ready = try await self.ready(task, key) { due.append(ready) }
        }
        return due
    }

    /// Keeps a task for another while, if it is still ours.
    func renew(_ task: DueOrderTask) async throws(PostgresError) {
        _ = try await self.pool.query(
            OrderTaskRows.renewing, task.key.brand, task.id, task.claim, InboundLimits.claimMilliseconds)
    }

    /// When the next task of a connection is due; nil: none is open.
    func nextDue(_ key: ConnectionKey) async throws(PostgresError) -> PostgresTimestamp? {
        guard let row = try await self.pool.query(OrderTaskRows.nextDue, key.brand, key.id).first else { return nil }
        return try row.decode(PostgresTimestamp?.self)
    }

    /// Says what became of a task that was sent.
    ///
    /// - Returns: How it stands then; nil: somebody else has taken it over, and this answer does not count.
    @discardableResult
    func answered(_ task: DueOrderTask, _ answer: TaskAnswer) async throws -> OrderTaskStatus? {
        let outcome = OrderTaskOutcome(
            of: answer, tries: task.tries, mightBeDone: task.call.mayBeDone, chance: .random(in: 0...1))
        if outcome.status == .dead {
            self.logger.error(
                "a platform refuses for good what it is told of an order",
                metadata: [
                    "brand": "\(task.key.brand)", "connection": "\(task.key.id)", "order": "\(task.call.orderID)",
                    "task": "\(task.call.kind.rawValue)", "code": "\(outcome.code)",
                ])
        }
        let rows = try await self.pool.query(
            OrderTaskRows.conclusion, task.key.brand, task.id, task.claim, outcome.status.column, outcome.counts,
            outcome.mayBeDone, outcome.pauseMilliseconds, answer.platformID.kept(bytes: InboundLimits.idBytes * 4),
            outcome.code.kept(bytes: InboundLimits.idBytes), outcome.text.kept(bytes: InboundLimits.detailBytes))
        return rows.isEmpty ? nil : outcome.status
    }

    /// A task with its call; nil: it cannot be told, and is dead.
    private func ready(
        _ task: OrderTaskRows.Taken, _ key: ConnectionKey
    ) async throws -> DueOrderTask? {
        do throws(InboundProblem) {
            guard task.tries < InboundLimits.maximumTries else {
                throw InboundProblem("no-answer", "it was sent \(task.tries) times, and no answer was noted")
            }
            let order = try await self.whole(task, key)
            return DueOrderTask(
                id: task.id, key: key, tries: task.tries + 1, claim: task.claim + 1,
                call: try OrderTaskCall(task, order))
        } catch {
            guard error.type != OrderTaskRows.passing else { return nil }
            _ = try await self.pool.query(
                OrderTaskRows.conclusion, key.brand, task.id, task.claim + 1, OrderTaskStatus.dead.column, true,
                task.mayBeDone, 0, "", error.type, error.detail)
            return nil
        }
    }

    /// The order as it stood, with its lines.
    private func whole(
        _ task: OrderTaskRows.Taken, _ key: ConnectionKey
    ) async throws(InboundProblem) -> Order {
        let order: Order
        do { order = try Order(decoding: task.document) } catch {
            throw InboundProblem("not-understood", "the order of the task cannot be read")
        }
        guard order.items.isEmpty, task.needsLines else { return order }
        guard task.kind != .cancel else {
            throw InboundProblem("too-large", "a part of an order was cancelled that is too large to be told of")
        }
        do {
            guard let found = try await self.orders.order(id: task.orderKey, connection: "", of: key.brand) else {
                throw InboundProblem("order-not-found", "the order is not there any more")
            }
            return found
        } catch let problem as InboundProblem {
            throw problem
        } catch {
            // It is given out again when the time of this try is over.
            throw InboundProblem(OrderTaskRows.passing, "\(error)")
        }
    }
}
