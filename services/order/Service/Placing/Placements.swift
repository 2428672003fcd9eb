internal import Logging
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import RPC

extension FaultPoint {
    /// The order is on record, and nothing is asked of others yet.
    static let recorded = FaultPoint("recorded")
    /// What was split off is on record.
    static let separated = FaultPoint("separated")
    /// Coupons and rules are redeemed.
    static let redeemed = FaultPoint("redeemed")
    /// Stock is held until its expiry.
    static let reserved = FaultPoint("reserved")
    /// Stock is held for good.
    static let confirmed = FaultPoint("confirmed")
    /// The order is decided.
    static let concluded = FaultPoint("concluded")
}

/// Places orders: as a saga that is on record before it acts.
///
/// An order comes on record as pending. Then its coupons are redeemed, its stock is held, and that is confirmed; each is a
/// command with an id of its own. At the end one change of the order decides, see `Placement`. Where a process ends on the
/// way, another begins again from the start: what was done is answered as before, and what has to be taken back is on
/// record with the decision that it is. Whoever decides first has decided, so no lock is held over any of it.
struct Placements: Sendable {
    let writes: OrderWrites
    let lookup: OrderLookup
    let settings: KnownSettings
    let calls: PlacementCalls
    let running: RunningPlacements
    let faults: FaultPoints
    let logger: Logger

    /// - Parameters:
    ///   - pool: Any pool on the service's database, for what is only read.
    ///   - writes: The way in which orders change.
    init(
        _ pool: PostgresPool, writes: OrderWrites, calls: PlacementCalls, faults: FaultPoints = .none, logger: Logger
    ) {
        self.writes = writes
        self.lookup = OrderLookup(pool)
        self.settings = KnownSettings(pool)
        self.calls = calls
        self.running = RunningPlacements()
        self.faults = faults
        self.logger = logger
    }

    /// Goes on with an order until it is decided: confirmed, reserved, cancelled, or waiting for somebody's decision.
    ///
    /// - Returns: The order as it stands then.
    /// - Throws: `OrderRefusal`: why it cannot be placed, which is on record; `still-pending`, where others do not answer in
    ///   time.
    func finish(
        _ order: Order, of key: OrderKey, _ patience: Patience, traceParent: String? = nil
    ) async throws -> Order {
        var order = order
        while order.isUndecided {
            let first = order
            let decided = try await self.running.run(key, within: patience.left) {
                try await self.goOn(first, of: key, patience, traceParent: traceParent)
            }
            if let decided { return decided }
            try Task.checkCancellation()
            guard patience.left > .zero else { throw OrderRefusal.stillPending }
            order = try await self.lookup.order(key.brand, key.id.description)
            // Whoever decided it meanwhile is told why, and so is who waited for that.
            if let refusal = order.placementRefusal { throw refusal }
        }
        return order
    }

    private func goOn(
        _ order: Order, of key: OrderKey, _ patience: Patience, traceParent: String?
    ) async throws -> Order {
        var order = order
        while order.isUndecided {
            do {
                order = try await self.attempt(order, of: key, patience, traceParent: traceParent)
            } catch let error as RPCError {
                guard !Task.isCancelled else { throw CancellationError() }
                self.logger.warning(
                    "an order cannot be placed for now; it is tried again",
                    metadata: ["brand": "\(key.brand)", "order": "\(key.id)", "error": "\(error)"])
                throw OrderRefusal.stillPending
            }
        }
        return order
    }

    /// Runs one attempt to its decision.
    private func attempt(
        _ order: Order, of key: OrderKey, _ patience: Patience, traceParent: String?
    ) async throws -> Order {
        var placement = Placement(of: order)
        while true {
            switch placement.step {
            case .separate:
                try await self.separate(order, of: key, traceParent: traceParent)
                placement.separated(redeems: !order.redemptionID.isEmpty)
                try await self.faults.reach(.separated)
            case .redeem:
                placement.redeemed(
                    try await patience.retrying { () throws(RPCError) in
                        try await self.calls.redeem(order, for: key.brand)
                    })
                try await self.faults.reach(.redeemed)
            case .reserve:
                placement.reserved(
                    try await patience.retrying { () throws(RPCError) in
                        try await self.calls.reserve(order, for: key.brand)
                    })
                try await self.faults.reach(.reserved)
            case .look:
                try await self.look(order, key.brand, patience, &placement)
            case .confirm:
                placement.confirmed(
                    try await patience.retrying { () throws(RPCError) in
                        try await self.calls.confirm(order, for: key.brand)
                    })
                try await self.faults.reach(.confirmed)
            case .conclude(let outcome):
                return try await self.conclude(outcome, order, of: key, traceParent: traceParent)
            }
        }
    }

    private func look(
        _ order: Order, _ brand: PostgresUUID, _ patience: Patience, _ placement: inout Placement
    ) async throws {
        let answer = try await patience.retrying { () throws(RPCError) in
            try await self.calls.missing(of: order, for: brand)
        }
        switch answer {
        case .success(let missing): placement.looked(missing: missing)
        case .failure(let refusal): placement.looked(missing: [:], unknown: refusal)
        }
    }

    private func conclude(
        _ outcome: PlacementOutcome, _ order: Order, of key: OrderKey, traceParent: String?
    ) async throws -> Order {
        let attempt = order.attempt
        let answer = try await self.writes.apply(
            OrderCommand(
                brand: key.brand, order: key.id, by: EffectCalls.principal, traceParent: traceParent
            ) { (state, moment) throws(OrderRefusal) in
                try state.conclude(outcome, attempt: attempt, at: moment)
            })
        try await self.faults.reach(.concluded)
        if case .refused(let refusal, _) = outcome, !answer.entries.isEmpty { throw refusal }
        // Where somebody else has decided before, that counts.
        if let refusal = answer.order.placementRefusal { throw refusal }
        return answer.order
    }

    /// Puts the order on record that takes over what was split off, and says so in the one that it was split from.
    private func separate(_ order: Order, of key: OrderKey, traceParent: String?) async throws {
        let child = try await self.recordSplit(of: order, key.brand, traceParent: traceParent)
        guard let childID = OrderID(child.id) else { return }
        _ = try await self.writes.apply(
            OrderCommand(brand: key.brand, order: key.id, by: EffectCalls.principal, traceParent: traceParent) {
                (state, _) throws(OrderRefusal) in state.order.adopt(childID)
            })
    }

    private func recordSplit(of order: Order, _ brand: PostgresUUID, traceParent: String?) async throws -> Order {
        var child = try order.orderForSplitItems()
        let (commandID, parentID) = ("\(order.id).\(order.attempt).split", order.orderID)
        func record() async throws -> NewOrderAnswer {
            try await self.writes.record(
                NewOrder(
                    brand: brand, state: OrderState(order: child), orderID: child.orderID, commandID: commandID,
                    fingerprint: Array(commandID.utf8), by: EffectCalls.principal, traceParent: traceParent
                ) { (state, _) throws(OrderRefusal) in
                    state.attention = .none
                    state.append(.placed, "split from the order \(parentID)")
                })
        }
        let answer = try await record()
        guard case .found(let found) = answer, !found.isSame else { return answer.order }
        // Another order has the id that is made of the parent's: it goes by ours.
        child.orderID = ""
        return try await record().order
    }
}

extension Order {
    /// Whether it is to go on by itself: pending, and nobody's decision is waited for; or reserved, and paid.
    var isUndecided: Bool {
        self.status == .pending && self.shortfall == nil || self.status == .reserved && self.isPaid
    }
}
