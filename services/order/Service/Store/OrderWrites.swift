internal import Buckets
internal import Events
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

/// The one way in which orders come on record and change.
///
/// Many changes are committed in one transaction, see `GroupCommit`; each is decided by itself. What the domain refuses
/// leaves nothing, and harms nobody else in its batch.
///
/// Orders are dealt out to lanes by their buckets: one order's changes come one behind the other, and while one lane waits
/// for the disk, the other works. In other processes, locks keep changes of an order apart.
struct OrderWrites: Sendable {
    /// How many transactions run at once.
    static let lanes = 1
    /// The connections of the pool that it uses best.
    static let connections = Self.lanes + 2
    /// What the connections set in their sessions: all statements go from a batch's keys to the rows, one index scan a key,
    /// whatever the planner thinks of tables that were empty when it looked.
    static let sessionSettings = [
        "enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
        "plan_cache_mode": "force_generic_plan", "jit": "off",
    ]
    /// The most changes of one transaction: each may have several events, and a transaction has at most
    /// `EventLog.maximumEventsPerTransaction`.
    static let maximumBatch = 256
    /// How often an order is tried to be put on record whose place another one takes meanwhile.
    static let maximumTries = 5

    private typealias Lane = GroupCommit<OrderWrite, OrderOutcome>
    private let lanes: [Lane]

    /// - Parameters:
    ///   - pool: With ``sessionSettings``.
    ///   - news: Is told of events that were committed.
    ///   - effects: Is told of orders for which other services are to do something.
    init(_ pool: PostgresPool, news: EventNews, effects: EffectQueue) {
        let transactions = OrderTransactions(
            pool: pool, news: news, effects: effects, memory: RememberedOrders())
        var limits = Lane.Limits()
        limits.batch = Self.maximumBatch
        self.lanes = (0..<Self.lanes).map { _ in
            Lane(on: pool.reactor, limits: limits) { batch throws(PostgresError) in
                try await transactions.run(batch)
            }
        }
    }

    /// Does something with an order.
    ///
    /// - Returns: The order as it stands since; also for a command that was carried out before.
    /// - Throws: `OrderRefusal`, the domain's or `order-not-found` or `command-id-reused`; `PostgresError`, where with
    ///   `outcomeUnknown` the same command may be sent again.
    func apply(_ command: OrderCommand) async throws -> OrderAnswer {
        switch try await self.lane(of: command.key).submit(.command(command)) {
        case .command(let answer): return answer
        case .refused(let refusal): throw refusal
        case .new, .replaceable: throw PostgresError(.server, "a command was answered as if it were an order")
        }
    }

    /// Puts an order on record, unless one of its keys stands for one already.
    ///
    /// An order that could not be placed, and for which nothing was ever held, gives its place to the next one with its
    /// natural key, or with its command's id and content: that one has its id, and counts as another attempt.
    ///
    /// - Throws: `OrderRefusal`, from the order's own decision only; `PostgresError`, where with `outcomeUnknown` the same
    ///   order may be sent again.
    func record(_ order: NewOrder) async throws -> NewOrderAnswer {
        for _ in 0..<Self.maximumTries {
            switch try await self.lane(of: order.key).submit(.new(order)) {
            case .new(let answer): return answer
            case .refused(let refusal): throw refusal
            case .replaceable(let id):
                let answer = try await self.apply(order.replacing(id))
                // Otherwise somebody else has taken the place, and is found next.
                if !answer.entries.isEmpty { return .replaced(answer) }
            case .command: throw PostgresError(.server, "an order was answered as if it were a command")
            }
        }
        throw PostgresError(
            .server, "an order's place was taken \(Self.maximumTries) times meanwhile", retry: .safe)
    }

    private func lane(of key: OrderKey) -> Lane { self.lanes[Int(key.bucket.number) % self.lanes.count] }
}

extension NewOrder {
    /// The command that puts it in the place of an order that could not be placed.
    fileprivate func replacing(_ id: OrderID) -> OrderCommand {
        let (new, decide) = (self.state, self.decide)
        var command = OrderCommand(
            brand: self.keys.brand, order: id, commandID: self.keys.commandID ?? "", fingerprint: self.fingerprint,
            by: self.by, traceParent: self.traceParent
        ) { (state, moment) throws(OrderRefusal) in
            guard state.order.isReplaceable else { return }
            let old = state.order
            var replaced = new
            replaced.order.id = old.id
            if replaced.order.orderID.isEmpty { replaced.order.orderID = old.orderID }
            replaced.order.orderDate = replaced.order.orderDate ?? moment.now
            replaced.order.attempt = old.attempt + 1
            try decide(&replaced, moment)
            replaced.order.version = old.version
            replaced.order.createdAt = old.createdAt
            state = replaced
        }
        command.replacement = self.keys
        return command
    }
}

/// Runs the transactions of changes, on whatever thread it is called.
struct OrderTransactions: Sendable {
    let pool: PostgresPool
    let news: EventNews
    let effects: EffectQueue
    let memory: RememberedOrders

    /// An order that is remembered was not written, so that nothing proves that it is still as it was.
    private struct Unproven: Error {}

    /// Carries out changes in one transaction.
    func run(_ writes: [OrderWrite]) async throws(PostgresError) -> [OrderOutcome] {
        do {
            return try await self.run(writes, memory: self.memory)
        } catch let error as PostgresError where error.sqlState != .divisionByZero {
            throw error
        } catch {
            // Somebody else has changed an order meanwhile, or may have.
            return try await self.runReading(writes)
        }
    }

    private func runReading(_ writes: [OrderWrite]) async throws(PostgresError) -> [OrderOutcome] {
        do {
            return try await self.run(writes, memory: nil)
        } catch let error as PostgresError {
            throw error
        } catch {
            throw PostgresError(.invalidParameter, "a change of orders cannot be written: \(error)")
        }
    }

    private func run(_ writes: [OrderWrite], memory: RememberedOrders?) async throws -> [OrderOutcome] {
        let (outcomes, hasEvents, orders, undecided) = try await self.pool.withTransaction { transaction in
            let arena = ArenaMemory()
            var read = OrderBatchRead(writes, memory: memory, in: arena)
            try await read.run(in: transaction)
            let batch = try OrderBatch(writes, read: read, in: arena)
            let isProven = read.remembered.allSatisfy { batch.orders[$0]?.isProvenByItsUpdate == true }
            guard isProven else { throw Unproven() }
            let commands = try OrderBatchWrites(batch, taken: read.taken, at: read.now, in: arena).commands
            _ = try await transaction.commit(with: commands)
            return (batch.outcomes, !batch.events.events.isEmpty, batch.ordersWithEffects, batch.undecided)
        }
        if hasEvents { self.news.committed() }
        for order in orders { self.effects.add(order) }
        for (key, stored) in undecided { self.memory.keep(stored, key) }
        return outcomes
    }
}
