internal import Leasing
internal import Logging
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import RPC
internal import Refusals
internal import ServiceLifecycle
internal import Wire

extension FaultPoint {
    /// Another service has done what it was asked, and that is not on record.
    static let effectSent = FaultPoint("effect-sent")
    /// That it is done is on record.
    static let effectDone = FaultPoint("effect-done")
}

/// Brings about what orders ask of other services: at once after the change is committed, and until it is done.
///
/// The effects of one order come one behind the other, as they were asked for: units that ship do so before the rest is
/// given back. What is refused for good is parked, and told in the order's log; then the next one's turn comes. All else is
/// tried again for ever. What a process that was killed left behind is found by the driver of whichever process has the
/// lease, and what two processes send at once has one effect, as it has one command id.
struct EffectRunner: Sendable {
    /// What the driver's lease is called.
    static let leaseName = "effect-driver"
    /// How often the driver looks, in milliseconds.
    static let driverMilliseconds: Int64 = 1_000
    /// The effects that the driver finds at one look, at the most.
    static let maximumPerLook: Int64 = 1_000
    /// How long an effect waits after the first failure, in milliseconds; twice as long after each further one.
    static let firstPauseMilliseconds: Int64 = 1_000
    /// The longest of these pauses, in milliseconds.
    static let longestPauseMilliseconds: Int64 = 30_000

    private let pool: PostgresPool
    private let leases: Leases
    private let writes: OrderWrites
    private let queue: EffectQueue
    private let calls: EffectCalls
    private let replacements: Replacements?
    private let faults: FaultPoints
    private let logger: Logger

    /// - Parameters:
    ///   - leases: This process's.
    ///   - queue: That of ``writes``.
    ///   - replacements: nil: orders that replace parts of others are left to another process.
    init(
        _ pool: PostgresPool, leases: Leases, writes: OrderWrites, queue: EffectQueue, calls: EffectCalls,
        replacements: Replacements? = nil, faults: FaultPoints = .none, logger: Logger
    ) {
        self.pool = pool
        self.leases = leases
        self.writes = writes
        self.queue = queue
        self.calls = calls
        self.replacements = replacements
        self.faults = faults
        self.logger = logger
    }

    /// Waits until what an order asks of other services is done, or cannot be for now, or the time is over.
    ///
    /// - Parameter milliseconds: How long to wait at the most.
    func wait(for order: OrderKey, milliseconds: Int64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.queue.wait(for: order) }
            group.addTask { try? await Task.sleep(for: .milliseconds(max(0, milliseconds))) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Brings about what an order asks for, until nothing is open or something fails.
    func bringAbout(_ order: OrderKey) async throws {
        while true {
            let open = try EffectRows.read(try await self.pool.query(EffectRows.open(of: order)), in: ArenaMemory())
            guard !open.isEmpty else { return }
            for effect in open {
                guard try await self.bringAbout(effect, of: order) else { return }
            }
        }
    }

    /// - Returns: Whether the next one's turn has come.
    private func bringAbout(_ effect: OpenEffect, of order: OrderKey) async throws -> Bool {
        if case .replace(let request) = effect.request, let replacements {
            return try await self.replace(request, effect, of: order, replacements)
        }
        do throws(RPCError) {
            try await self.calls.send(effect.request, for: order.brand)
        } catch {
            guard error.isForGood else {
                try await self.postpone(effect, of: order, error)
                return false
            }
            self.logger.error(
                "another service refuses for good what an order asks of it",
                metadata: Self.metadata(effect, order, error))
            try await self.conclude(effect, of: order, problem: error.message)
            return true
        }
        try await self.faults.reach(.effectSent)
        try await self.conclude(effect, of: order, problem: nil)
        try await self.faults.reach(.effectDone)
        return true
    }

    /// Places an order in the place of parts of another one. That it cannot be placed is told there, and ends the effect.
    private func replace(
        _ request: ExchangeReturnRequest, _ effect: OpenEffect, of order: OrderKey, _ replacements: Replacements
    ) async throws -> Bool {
        let subject = request.returnID
        let outcome: Result<String, OrderRefusal>
        do {
            outcome = .success(
                try await replacements.place(request, commandID: effect.place.commandID(of: order.id), for: order))
        } catch let refusal as OrderRefusal where refusal.reason != .stillPending {
            outcome = .failure(refusal)
            replacements.note(refusal, of: subject)
        } catch let error where error is OrderRefusal || error is RPCError {
            let failure = error as? RPCError ?? RPCError(.unavailable, "\(error)")
            try await self.postpone(effect, of: order, failure)
            return false
        }
        try await self.faults.reach(.effectSent)
        var command = OrderCommand(
            brand: order.brand, order: order.id, by: EffectCalls.principal, needs: [.returns, .claims]
        ) { (state, _) throws(OrderRefusal) in
            state.concludeReplacement(of: subject, outcome)
            state.append(.effect, "Done: \(effect.request.description)")
        }
        command.conclusion = EffectConclusion(place: effect.place, problem: nil)
        let answer = try await self.writes.apply(command)
        if case .success(let id) = outcome, !answer.order.childIDs.contains(id) {
            // Another process has told before that it could not be placed: then it is not to be sent.
            try await replacements.takeBack(id, of: order.brand)
        }
        try await self.faults.reach(.effectDone)
        return true
    }

    private func conclude(_ effect: OpenEffect, of order: OrderKey, problem: String?) async throws {
        let text =
            problem.map { "Refused: \(effect.request.description): \($0)" } ?? "Done: \(effect.request.description)"
        var command = OrderCommand(brand: order.brand, order: order.id, by: EffectCalls.principal) {
            (state, _) throws(OrderRefusal) in state.append(.effect, text)
        }
        command.conclusion = EffectConclusion(place: effect.place, problem: problem)
        _ = try await self.writes.apply(command)
    }

    private func postpone(_ effect: OpenEffect, of order: OrderKey, _ error: RPCError) async throws {
        let doublings = min(Int64(effect.tries), 10)
        let pause = min(Self.firstPauseMilliseconds << doublings, Self.longestPauseMilliseconds)
        if effect.problem.isEmpty && !Task.isCancelled {
            self.logger.warning(
                "another service does not do what an order asks of it; it is tried again",
                metadata: Self.metadata(effect, order, error))
        }
        _ = try await self.pool.query(
            EffectRows.postponing(
                effect.place, of: order, milliseconds: pause - .random(in: 0...pause / 5),
                problem: error.message.isEmpty ? "\(error.code)" : error.message))
    }

    private static func metadata(_ effect: OpenEffect, _ order: OrderKey, _ error: RPCError) -> Logger.Metadata {
        [
            "brand": "\(order.brand)", "order": "\(order.id)", "effect": "\(effect.request.description)",
            "error": "\(error)",
        ]
    }
}

extension EffectRunner: Service {
    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            async let driving: Void = self.drive()
            await self.work()
            await driving
        }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            while let order = await self.queue.next() {
                group.addTask {
                    await self.bringAboutNoting(order)
                    self.queue.ended(order)
                }
            }
            group.cancelAll()
        }
    }

    private func bringAboutNoting(_ order: OrderKey) async {
        do {
            try await self.bringAbout(order)
        } catch {
            guard !Task.isCancelled else { return }
            self.logger.warning(
                "what an order asks of other services cannot be read or noted; it is tried again",
                metadata: ["brand": "\(order.brand)", "order": "\(order.id)", "error": "\(error)"])
        }
    }

    /// Finds what nobody has brought about in time.
    private func drive() async {
        while !Task.isCancelled {
            try? await LeaseHolder(self.leases).run(Self.leaseName) { _ in
                while true {
                    try await self.look()
                    try await Task.sleep(for: .milliseconds(Self.driverMilliseconds))
                }
            }
            try? await Task.sleep(for: .milliseconds(Self.driverMilliseconds))
        }
    }

    /// One look of the driver.
    func look() async throws {
        let rows = try await self.pool.query(EffectRows.dueOrders(limit: Self.maximumPerLook))
        for order in Set(try EffectRows.due(rows)) { self.queue.add(order) }
    }
}
