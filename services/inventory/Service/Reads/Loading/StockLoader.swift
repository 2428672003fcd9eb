internal import InventoryDomain
internal import Logging
internal import Postgres
internal import RPC
internal import RPCMessages
internal import ServiceKit
internal import Synchronization
internal import Wire

/// Reads items that the cache does not have: those that wait at the same time in one statement, each once however many
/// ask for it; and puts them into the cache where that can be.
final class StockLoader: Sendable {
    /// A call that is told the answer, from any thread.
    struct Waiter: Sendable {
        let answers: StockCallAnswers
        let call: Int

        func receive(_ answer: StockAnswer) { self.answers.give(answer, to: self.call) }
    }

    private let stock: StockAnswers
    private let cache: StockCache?
    private let logger: Logger
    private let queue: Mutex<StockLoadQueue<Waiter>>

    /// - Parameter cache: Where items are put; nil: nowhere.
    init(
        _ stock: StockAnswers, cache: StockCache?, logger: Logger,
        limits: StockLoadQueue<Waiter>.Limits = StockLoadQueue<Waiter>.Limits()
    ) {
        self.stock = stock
        self.cache = cache
        self.logger = logger
        self.queue = Mutex(StockLoadQueue(limits: limits))
    }

    /// Reads keys, and tells each waiter once.
    func load(_ requests: [(key: StockKey, waiter: Waiter)]) {
        let refused = self.queue.withLock { queue in
            requests.filter { !queue.add($0.waiter, for: $0.key) }
        }
        for request in refused { request.waiter.receive(.failed(.tooManyReads)) }
        self.startLoads()
    }

    private func startLoads() {
        while let load = self.queue.withLock({ $0.nextLoad() }) {
            Task {
                await self.run(load)
                self.queue.withLock { $0.loadEnded() }
                self.startLoads()
            }
        }
    }

    /// The token comes before the reading, so that whatever changes meanwhile takes it away.
    private func run(_ load: StockLoadQueue<Waiter>.Load) async {
        let keys = load.map(\.key)
        let ticket = self.cache?.freshness.followed() == nil ? nil : self.cache?.near?.ticket(for: keys)
        var lease: StockCacheLease?
        if let cache, let epoch = cache.freshness.current { lease = await cache.lease(keys, in: epoch) }
        do throws(PostgresError) {
            let answers = try await self.stock.answers(to: keys)
            for (request, answer) in zip(load, answers) {
                for waiter in request.waiters { waiter.receive(answer.answer) }
            }
            if let near = self.cache?.near, let ticket {
                let entries = zip(keys, answers).enumerated().compactMap { position, read in
                    read.1.entry.map { NearCache.Entry(position: position, key: read.0, entry: $0) }
                }
                near.fill(entries, under: ticket)
            }
            if let cache, let lease {
                await cache.fill(
                    lease, with: zip(keys, answers).compactMap { key, answer in answer.entry.map { (key, $0) } })
            }
        } catch {
            self.logger.error("stock cannot be read", error: error)
            let failure = StockAnswer.failed(RPCError(storage: error))
            for request in load { for waiter in request.waiters { waiter.receive(failure) } }
        }
    }
}

extension RPCError {
    static let tooManyReads = RPCError(
        .resourceExhausted, "too many reads wait for the database", type: "overloaded", reason: .overloaded)

    static let skuNotFound = RPCError(.notFound, "there is no such SKU", type: "sku-not-found", reason: .notFound)
}
