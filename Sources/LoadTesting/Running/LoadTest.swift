internal import InventoryAPI
internal import InventoryMessages
public import NIOCore
internal import NIOPosix
public import RPC
internal import Synchronization

/// A load test of the inventory service: it puts stock there, calls for a while, checks what is answered, and adds up
/// at the end what there must be.
///
/// One test at a time may use the same brand with the same prefix, and nobody else may change that stock meanwhile.
public struct LoadTest: Sendable {
    /// What came of a load test.
    public struct Outcome: Sendable {
        /// What was done.
        public var plan: LoadPlan
        /// What was measured.
        public var record: CallRecord
        /// What the checks found.
        public var findings = Findings()
        /// Commands of which it could not be found out whether they were carried out.
        public var unresolved = 0
    }

    private let plan: LoadPlan
    private let makeClient: @Sendable (any EventLoopGroup) throws -> RPCClient
    private let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - plan: What is done.
    ///   - makeClient: Makes a client on event loops, configured by ``configure(_:)``.
    ///   - tell: Told how far things are, from any thread.
    public init(
        _ plan: LoadPlan, makeClient: @escaping @Sendable (any EventLoopGroup) throws -> RPCClient,
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.plan = plan
        self.makeClient = makeClient
        self.tell = tell
    }

    /// Has a client's calls shown as they are: none is made twice, and none is kept from a server that fails.
    public static func configure(_ configuration: inout RPCClientConfiguration) {
        configuration.maximumAttempts = 1
        configuration.circuitBreaker.consecutiveFailures = .max
        configuration.circuitBreaker.minimumCalls = .max
    }

    /// Runs the test.
    ///
    /// - Throws: ``RPCError`` or ``LoadTestError`` where the stock cannot be put there, read, or no connection can be
    ///   made; what fails under load is part of the outcome.
    public func run() async throws -> Outcome {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: self.plan.threads)
        do {
            let outcome = try await self.run(on: group)
            try await group.shutdownGracefully()
            return outcome
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private func run(on group: MultiThreadedEventLoopGroup) async throws -> Outcome {
        let run = "load-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let client = try self.makeClient(group)
        defer { client.shutDown() }
        let preparation = StockPreparation(
            plan: self.plan, run: run, inventory: InventoryServiceClient(client), tell: self.tell)
        self.tell("preparing \(self.plan.skus) SKUs at \(self.plan.locations) locations")
        try await preparation.prepare()
        let book = try await self.book(preparation)
        var outcome = try await self.load(book, run: run, on: group)
        self.tell("adding up the stock")
        let findings = Mutex(Findings())
        let plan = self.plan
        try await preparation.readAll("added up") { sku, stock in
            let found = book.check(stock, of: sku, floor: 0, plan) + book.checkFinal(stock, of: sku, plan)
            guard !found.isEmpty else { return }
            findings.withLock { findings in for finding in found { findings.add(finding) } }
        }
        outcome.findings.merge(findings.withLock { $0 })
        return outcome
    }

    /// What is known of the stock before the test.
    private func book(_ preparation: StockPreparation) async throws -> StockBook {
        let items = Mutex([ItemBook](repeating: ItemBook(onHand: 0, reserved: 0), count: self.plan.skus))
        let bound = UInt64(max(0, self.plan.staleness / .nanoseconds(1)))
        try await preparation.readAll("read") { sku, stock in
            let onHand = stock.warehouses.reduce(0) { $0 &+ ($1.onHand ?? 0) }
            let reserved = stock.warehouses.reduce(0) { $0 &+ ($1.reserved ?? 0) }
            var item = ItemBook(onHand: onHand, reserved: reserved)
            item.versions.know(stock.version ?? 0, now: LoadTimes.now(), bound: bound)
            items.withLock { [item] in $0[sku] = item }
        }
        return StockBook(items.withLock { $0 }, boundNanoseconds: bound, now: LoadTimes.now)
    }

    private func load(_ book: StockBook, run: String, on group: MultiThreadedEventLoopGroup) async throws -> Outcome {
        let zipf = ZipfDistribution(count: self.plan.skus, exponent: self.plan.skew)
        var clients: [(client: RPCClient, eventLoop: any EventLoop)] = []
        defer { for (client, _) in clients { client.shutDown() } }
        for _ in 0..<self.plan.connections {
            let eventLoop = group.next()
            clients.append((client: try self.makeClient(eventLoop), eventLoop: eventLoop))
        }
        self.tell("connecting \(self.plan.connections) times")
        try await self.connect(clients.map(\.client))
        let times = LoadTimes(self.plan, start: LoadTimes.now())
        let connections = clients.enumerated().map { number, client in
            LoadConnection(
                number, of: self.plan, run: run, client.client, on: client.eventLoop, book, zipf, times)
        }
        self.tell("calling for \(self.plan.warmUpSeconds) s to warm up and \(self.plan.durationSeconds) s measured")
        await withDiscardingTaskGroup { group in
            for connection in connections { group.addTask { await connection.run() } }
        }
        return await self.settle(connections, Outcome(plan: self.plan, record: CallRecord(times.measured)))
    }

    /// Makes the connections, so that no call of the test waits for one.
    private func connect(_ clients: [RPCClient]) async throws {
        let request = GetStockRequest(sku: self.plan.sku(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask { _ = try await InventoryServiceClient(client).getStock(request) }
            }
            try await group.waitForAll()
        }
    }

    /// Has the connections give back what they hold, and adds up what they have seen.
    private func settle(_ connections: [LoadConnection], _ outcome: Outcome) async -> Outcome {
        self.tell("giving back what is held")
        let unresolved = await withTaskGroup(of: Int.self) { group in
            for connection in connections { group.addTask { await connection.settle() } }
            return await group.reduce(0, +)
        }
        var outcome = outcome
        outcome.unresolved = unresolved
        for connection in connections {
            outcome.record.merge(await connection.record)
            outcome.findings.merge(await connection.findings)
        }
        return outcome
    }
}
