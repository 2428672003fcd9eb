internal import DequeModule
internal import InventoryAPI
internal import InventoryMessages
internal import NIOCore
internal import RPC
internal import RPCMessages

/// One connection of a load test, with the callers that share it. It lives on its connection's event loop, so that a
/// call never changes threads.
actor LoadConnection {
    /// How long a caller without a schedule waits after a call that failed or found no room, so that a service that is
    /// down is not asked in a circle.
    private static let pauseNanoseconds: UInt64 = 20_000_000
    /// How long a caller sleeps before it looks whether the test was given up.
    private static let longestSleepNanoseconds: UInt64 = 100_000_000

    /// Units that are held for an order.
    struct Held: Sendable {
        var reservation: String
        var lines: [(sku: Int, units: Int64)]
        /// When it was made, at the earliest.
        var since: UInt64
    }

    let plan: LoadPlan
    let book: StockBook
    let client: RPCClient
    private let eventLoop: any EventLoop
    private let times: LoadTimes
    private let options: CallOptions
    /// What tells this connection's commands from those of others and of other runs.
    let name: String
    private let zipf: ZipfDistribution
    private var coldWalk: ColdWalk
    private var schedule: CallSchedule?
    var generator: SeededGenerator
    /// Commands that were made.
    var commands = 0
    /// What is to be shipped or given back, the oldest first.
    var held: Deque<Held> = []
    /// SKUs that were sold out, to be filled up.
    var soldOut: Deque<Int> = []
    /// Commands of which it is not known whether they were carried out.
    var unresolved: [LoadCommand] = []
    private(set) var record: CallRecord
    var findings = Findings()

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.eventLoop.executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - number: Which of the plan's connections it is, from 0 on.
    ///   - run: What tells this run's commands from those of others.
    ///   - client: With one connection, on the event loop.
    init(
        _ number: Int, of plan: LoadPlan, run: String, _ client: RPCClient, on eventLoop: any EventLoop,
        _ book: StockBook, _ zipf: ZipfDistribution, _ times: LoadTimes
    ) {
        self.plan = plan
        self.book = book
        self.client = client
        self.eventLoop = eventLoop
        self.times = times
        self.options = CallOptions(timeout: plan.timeout)
        self.name = "\(run).\(number)"
        self.zipf = zipf
        self.coldWalk = ColdWalk(count: plan.skus, part: number, of: plan.connections)
        self.generator = SeededGenerator(seed: plan.seed, stream: number)
        self.record = CallRecord(times.measured)
        if case .open(let rate) = plan.pacing {
            self.schedule = CallSchedule(
                start: times.start, callsPerSecond: rate, connection: number, of: plan.connections)
        }
    }

    /// Calls until the time is over and the last answer is there.
    func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<self.plan.outstanding { group.addTask { await self.callAgainAndAgain() } }
        }
        self.record.unbegun = self.schedule?.untaken(in: self.times.measured) ?? 0
    }

    var inventory: InventoryServiceClient { InventoryServiceClient(self.client) }

    /// What one caller does.
    private func callAgainAndAgain() async {
        while !Task.isCancelled, let due = await self.nextDue() {
            let isWell = await self.call(due: due)
            if !isWell, self.schedule == nil { await self.sleep(until: LoadTimes.now() + Self.pauseNanoseconds) }
        }
    }

    /// When the caller's next call is due, once it is; `nil` when the test is over.
    private func nextDue() async -> UInt64? {
        let end = self.times.measured.upperBound
        guard self.schedule != nil else {
            if LoadTimes.now() < self.times.start { await self.sleep(until: self.times.start) }
            let now = LoadTimes.now()
            return now < end ? now : nil
        }
        // What is due and was not begun by the end is counted, and not begun behind it.
        guard LoadTimes.now() < end, let due = self.schedule?.take(before: end) else { return nil }
        while !Task.isCancelled, LoadTimes.now() < due { await self.sleep(until: due) }
        return due
    }

    private func sleep(until moment: UInt64) async {
        let deadline = min(moment, LoadTimes.now() + Self.longestSleepNanoseconds)
        await withUnsafeContinuation { continuation in
            self.eventLoop.scheduleTask(deadline: .uptimeNanoseconds(deadline)) { continuation.resume() }
        }
    }

    /// Makes one call.
    ///
    /// - Returns: Whether it was carried out, or refused rightly.
    private func call(due: UInt64) async -> Bool {
        let favourite = self.zipf.pick(using: &self.generator)
        switch self.plan.mix.pick(using: &self.generator) {
        case .reads: return await self.read(favourite, .read, due: due)
        case .coldReads: return await self.read(self.coldWalk.next(), .coldRead, due: due)
        case .updates: return await self.carryOut(self.nextUpdate(favourite), due: due)
        case .reservations: return await self.carryOut(self.nextOfReservations(favourite), due: due)
        }
    }

    private func read(_ sku: Int, _ kind: CallKind, due: UInt64) async -> Bool {
        let floor = self.book.floor(sku)
        do throws(RPCError) {
            let stock = try await self.inventory.getStock(
                GetStockRequest(sku: self.plan.sku(sku)), options: self.options)
            self.record.add(kind, .answered, due: due, end: LoadTimes.now())
            self.found(self.book.check(stock, of: sku, floor: floor, self.plan))
            return true
        } catch {
            return self.ended(kind, CallEnding(error, expected: []), error, due: due)
        }
    }

    private func carryOut(_ command: LoadCommand, due: UInt64) async -> Bool {
        let beginning = self.book.begin(command)
        let begin = LoadTimes.now()
        do throws(RPCError) {
            let receipt = try await self.inventory.carryOut(command.command, self.options)
            self.record.add(command.kind, .answered, due: due, end: LoadTimes.now())
            self.found(self.book.succeed(command, beginning, receipt, self.plan))
            if command.kind == .reserve { self.keep(command, since: begin) }
            return true
        } catch {
            let ending = CallEnding(error, expected: command.rightRefusals)
            if error.saysNo {
                let isLack = error.problem?.type == "insufficient-stock"
                self.found(self.book.fail(command, beginning, forLackOfStock: isLack, self.plan))
                self.refused(command, ending)
            } else {
                self.unresolved.append(command)
            }
            return self.ended(command.kind, ending, error, due: due)
        }
    }

    /// A call has ended with an error.
    ///
    /// - Returns: Whether it was refused rightly.
    private func ended(_ kind: CallKind, _ ending: CallEnding, _ error: RPCError, due: UInt64) -> Bool {
        self.record.add(kind, ending, due: due, end: LoadTimes.now())
        switch ending {
        case .answered, .refused: return true
        case .overloaded: return false
        case .failed:
            self.found([Finding(.failedCall, "\(kind.rawValue): \(error)")])
            return false
        }
    }

    private func found(_ findings: [Finding]) {
        for finding in findings { self.findings.add(finding) }
    }
}
