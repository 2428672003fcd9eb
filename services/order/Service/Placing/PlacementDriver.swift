internal import Leasing
internal import Logging
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ServiceLifecycle

/// Goes on with orders that nobody has decided in time: those of a process that ended, those for which another service did not
/// answer, and those whose payment did not come.
///
/// One process does so at a time, under a lease. That is only thrift: what two do at once has one effect.
struct PlacementDriver: Sendable {
    /// What its lease is called.
    static let leaseName = "placement-driver"

    /// How often it looks, and how much it does at once.
    struct Pace: Sendable {
        /// How long it waits where nothing was due, in milliseconds.
        var lookMilliseconds: Int64 = 1_000
        /// How long an order is left alone that it begins with, in milliseconds.
        var againMilliseconds: Int64 = OrderLimits.attentionMilliseconds
        /// How long it tries one order.
        var patience = Duration.seconds(8)
        /// The orders of one look.
        var maximumPerLook: Int64 = 200
        /// The orders that it tries at once.
        var maximumAtOnce = 16
    }

    private let pool: PostgresPool
    private let leases: Leases
    private let placements: Placements
    private let pace: Pace
    private let logger: Logger

    /// - Parameter leases: This process's.
    init(
        _ pool: PostgresPool, leases: Leases, placements: Placements, pace: Pace = Pace(), logger: Logger
    ) {
        self.pool = pool
        self.leases = leases
        self.placements = placements
        self.pace = pace
        self.logger = logger
    }

    /// Goes on with what is due.
    ///
    /// - Returns: How many orders were.
    func look() async throws -> Int {
        let rows = try await self.pool.query(
            PlacementRows.taking(self.pace.maximumPerLook, self.pace.againMilliseconds))
        let due = try PlacementRows.taken(rows)
        var waiting = due.makeIterator()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<self.pace.maximumAtOnce {
                guard let order = waiting.next() else { break }
                group.addTask { await self.goOnNoting(order) }
            }
            while await group.next() != nil {
                if let order = waiting.next() { group.addTask { await self.goOnNoting(order) } }
            }
        }
        return due.count
    }

    private func goOnNoting(_ order: OrderKey) async {
        do {
            try await self.goOn(order)
        } catch {
            // A refusal is on record, or says that it is still pending: then its time comes again.
            guard !Task.isCancelled, !(error is OrderRefusal) else { return }
            self.logger.warning(
                "an order that is due cannot be gone on with; it is tried again",
                metadata: ["brand": "\(order.brand)", "order": "\(order.id)", "error": "\(error)"])
        }
    }

    private func goOn(_ key: OrderKey) async throws {
        let order = try await self.placements.lookup.order(key.brand, key.id.description)
        if order.isUndecided {
            _ = try await self.placements.finish(order, of: key, Patience(self.pace.patience))
            return
        }
        // Reserved and not paid, or decided and still in the list.
        _ = try await self.placements.writes.apply(
            OrderCommand(brand: key.brand, order: key.id, by: EffectCalls.principal) {
                (state, moment) throws(OrderRefusal) in try state.lookAfter(at: moment)
            })
    }
}

extension PlacementDriver: Service {
    /// Works until the task is cancelled or the service shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await LeaseHolder(self.leases).run(Self.leaseName) { _ in await self.work() }
                try? await Task.sleep(for: .milliseconds(self.pace.lookMilliseconds))
            }
        }
    }

    private func work() async {
        while !Task.isCancelled {
            do {
                if try await self.look() == self.pace.maximumPerLook { continue }
            } catch {
                if !Task.isCancelled {
                    self.logger.warning("orders that are due cannot be read", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: .milliseconds(self.pace.lookMilliseconds))
        }
    }
}
