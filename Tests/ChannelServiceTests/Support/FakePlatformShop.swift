import ChannelAdapter
import Synchronization

/// A shop of a platform that stands for a real one: its shelf, what was asked of it, and how it misbehaves.
final class FakePlatformShop: Sendable {
    /// What it shows of one item.
    struct Item: Hashable {
        var quantity: Int64
        var priceMicros: Int64 = 0
        var currency = ""
        var values: [ContentRow.Value] = []
    }

    /// How one call goes wrong.
    enum Fault: Hashable {
        /// It is to be sent later.
        case throttle(retryAfterMilliseconds: Int64?)
        /// The platform failed, and did nothing.
        case serverError
        /// No answer came; it was carried out, or not.
        case timeOut(isDone: Bool)
        /// Every second row is refused.
        case halfRefused
        /// The credentials are refused.
        case unauthorized
        /// A code that no table has.
        case unknown
    }

    /// What becomes of a row in bulk; nil: nothing is said of it.
    typealias BulkEnding = @Sendable (_ sku: String) -> PlatformFault??

    /// A call, as it was made.
    struct Call: Hashable {
        var owner: String
        var operation: String
        var key: String
        var skus: [String]
        var quantities: [Int64]
    }

    private struct State {
        var items: [String: Item] = [:]
        var calls: [Call] = []
        var faults: [Fault] = []
        var randomFaults: (@Sendable () -> Fault?)?
        var bad: Set<String> = []
        var isRefusedWhole = false
        var running: [String: Int] = [:]
        var runningSKUs: Set<String> = []
        var answers: [String: (rows: [StockRow], answer: PushAnswer)] = [:]
        var violations: [String] = []
        var latencyMilliseconds: Int64 = 0
        var ordersUntil: Int64 = 0
        var holdsBulks = false
        var bulkEnding: BulkEnding = { _ in .some(nil) }
        var runningBulks: [String: Int] = [:]
        /// Quantities of bulks that nobody waits for any more, and that come all the same.
        var leftBehind: [StockRow] = []
    }

    private let state = Mutex(State())

    /// What it was asked to tell of.
    let subscriptions = FakeSubscriptions()
    let fulfilled = FakeFulfilledStock()
    let withdrawals = FakeWithdrawals()

    // MARK: What tests do

    /// What it shows.
    var items: [String: Item] { self.state.withLock { $0.items } }
    /// The quantities that it shows.
    var shelf: [String: Int64] { self.items.mapValues(\.quantity) }
    /// All calls, in their order.
    var calls: [Call] { self.state.withLock { $0.calls } }
    /// What must never happen, and did.
    var violations: [String] { self.state.withLock { $0.violations } }

    /// Puts an item on the shelf.
    func put(_ sku: String, _ quantity: Int64) {
        self.state.withLock { $0.items[sku, default: Item(quantity: 0)].quantity = quantity }
    }

    /// Changes an item by hand.
    func edit(_ sku: String, _ change: (inout Item) -> Void) {
        self.state.withLock { state in
            guard var item = state.items[sku] else { return }
            change(&item)
            state.items[sku] = item
        }
    }

    /// Takes an item away.
    func remove(_ sku: String) { self.state.withLock { $0.items[sku] = nil } }

    /// Sells units, if there are any.
    ///
    /// - Returns: How many.
    func sell(_ sku: String, _ units: Int64) -> Int64 {
        self.state.withLock { state in
            guard let item = state.items[sku] else { return 0 }
            let sold = min(units, item.quantity)
            state.items[sku]?.quantity -= sold
            return sold
        }
    }

    /// Has the next calls go wrong.
    func fail(_ faults: Fault...) { self.state.withLock { $0.faults += faults } }

    /// Has calls go wrong by chance; nil: no more.
    func failByChance(_ fault: (@Sendable () -> Fault?)?) { self.state.withLock { $0.randomFaults = fault } }

    /// Rows that it refuses; with the whole call, or by themselves.
    func refuse(_ skus: Set<String>, wholeCalls: Bool) {
        self.state.withLock { ($0.bad, $0.isRefusedWhole) = (skus, wholeCalls) }
    }

    /// How long each call takes.
    func setLatency(milliseconds: Int64) { self.state.withLock { $0.latencyMilliseconds = milliseconds } }

    /// Whether bulks do half of their rows, and end when they are held no more.
    func holdBulks(_ holds: Bool) { self.state.withLock { $0.holdsBulks = holds } }

    /// What becomes of each row in bulk.
    func endBulks(_ ending: @escaping BulkEnding) { self.state.withLock { $0.bulkEnding = ending } }

    // MARK: What adapters ask

    func pushStock(_ rows: [StockRow], key: String, owner: String) async -> PushAnswer {
        let fault = self.begin(
            Call(
                owner: owner, operation: "stock", key: key, skus: rows.map(\.listing.sku),
                quantities: rows.map(\.quantity)))
        await self.pause()
        let answer = self.state.withLock { state -> PushAnswer in
            if let fault, let early = Self.early(fault, rows.map(\.listing.sku)) { return early }
            if let known = state.answers[key] {
                if known.rows != rows { state.violations.append("key \(key) came with other rows") }
                return Self.late(fault, known.answer)
            }
            let answer = Self.set(rows, fault, &state)
            state.answers[key] = (rows, answer)
            return Self.late(fault, answer)
        }
        self.end(owner, rows.map(\.listing.sku))
        return answer
    }

    func pushPrices(_ rows: [PriceRow], key: String, owner: String) async -> PushAnswer {
        let skus = rows.map(\.listing.sku)
        let fault = self.begin(Call(owner: owner, operation: "price", key: key, skus: skus, quantities: []))
        await self.pause()
        let answer = self.state.withLock { state -> PushAnswer in
            if let fault, let early = Self.early(fault, skus) { return early }
            for row in rows {
                state.items[row.listing.platformSKU]?.priceMicros = row.micros
                state.items[row.listing.platformSKU]?.currency = row.currency
            }
            return Self.late(fault, PushAnswer(outcomes: skus.map { RowOutcome(sku: $0) }))
        }
        self.end(owner, skus)
        return answer
    }

    func pushContent(_ rows: [ContentRow], key: String, owner: String) async -> PushAnswer {
        let skus = rows.map(\.listing.sku)
        let fault = self.begin(Call(owner: owner, operation: "content", key: key, skus: skus, quantities: []))
        await self.pause()
        let answer = self.state.withLock { state -> PushAnswer in
            if let fault, let early = Self.early(fault, skus) { return early }
            for row in rows { state.items[row.listing.platformSKU, default: Item(quantity: 0)].values = row.values }
            return Self.late(
                fault,
                PushAnswer(
                    outcomes: rows.map { RowOutcome(sku: $0.listing.sku, ids: ["id": "made-\($0.listing.sku)"]) }))
        }
        self.end(owner, skus, of: "content")
        return answer
    }

    func pushContentInBulk(_ rows: [ContentRow], key: String, owner: String) async -> PushAnswer {
        let skus = rows.map(\.listing.sku)
        self.beginBulk(Call(owner: owner, operation: "content-bulk", key: key, skus: skus, quantities: []))
        let half = rows.count / 2
        self.set(rows.prefix(half))
        while self.state.withLock({ $0.holdsBulks }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(2)) }
        let isCancelled = Task.isCancelled
        if !isCancelled { self.set(rows.dropFirst(half)) }
        let ending = self.endBulk("content-bulk", owner, skus)
        guard !isCancelled else {
            return PushAnswer(
                outcomes: skus.map { RowOutcome(sku: $0, fault: Self.fault(.timeOut(isDone: false))) })
        }
        return PushAnswer(
            outcomes: skus.compactMap { sku in
                ending(sku).map { RowOutcome(sku: sku, fault: $0, ids: ["id": "made-\(sku)"]) }
            })
    }

    /// Sets quantities at its end, as late as can be; also where who asked for it is gone by then.
    func pushStockInBulk(_ rows: [StockRow], key: String, owner: String) async -> PushAnswer {
        let skus = rows.map(\.listing.sku)
        self.beginBulk(
            Call(
                owner: owner, operation: "stock-bulk", key: key, skus: skus, quantities: rows.map(\.quantity)))
        while self.state.withLock({ $0.holdsBulks }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(2)) }
        let isCancelled = Task.isCancelled
        self.state.withLock { state in
            if isCancelled { state.leftBehind = rows } else { Self.show(rows, &state) }
        }
        let ending = self.endBulk("stock-bulk", owner, skus)
        return PushAnswer(
            outcomes: skus.compactMap { sku in
                isCancelled
                    ? RowOutcome(sku: sku, fault: Self.fault(.timeOut(isDone: false)))
                    : ending(sku).map { RowOutcome(sku: sku, fault: $0) }
            })
    }

    /// Ends what was left behind, as soon as bulks are held no more.
    func awaitBulks() async throws(PlatformFault) {
        while self.state.withLock({ $0.holdsBulks }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(2)) }
        guard !Task.isCancelled else { throw Self.fault(.serverError) }
        self.state.withLock { state in
            Self.show(state.leftBehind, &state)
            state.leftBehind = []
        }
    }

    private static func show(_ rows: [StockRow], _ state: inout State) {
        for row in rows where state.bulkEnding(row.listing.sku) == .some(nil) {
            state.items[row.listing.platformSKU]?.quantity = row.quantity
        }
    }

    private func beginBulk(_ call: Call) {
        _ = self.begin(call)
        self.state.withLock { state in
            let running = state.runningBulks[call.operation, default: 0] + 1
            state.runningBulks[call.operation] = running
            if running > 1 { state.violations.append("\(running) of \(call.operation) at once") }
        }
    }

    private func endBulk(_ operation: String, _ owner: String, _ skus: [String]) -> BulkEnding {
        self.end(owner, skus, of: operation)
        return self.state.withLock { state in
            state.runningBulks[operation, default: 0] -= 1
            return state.bulkEnding
        }
    }

    private func set(_ rows: some Sequence<ContentRow>) {
        self.state.withLock { state in
            for row in rows where state.bulkEnding(row.listing.sku) == .some(nil) {
                state.items[row.listing.platformSKU, default: Item(quantity: 0)].values = row.values
            }
        }
    }

    func shelves(_ listings: [ListingReference], owner: String) async throws(PlatformFault) -> [ShelfReading] {
        let skus = listings.map(\.sku)
        let fault = self.begin(Call(owner: owner, operation: "read", key: "", skus: skus, quantities: []))
        await self.pause()
        let readings = self.state.withLock { state in
            listings.map { listing in
                guard let item = state.items[listing.platformSKU] else {
                    return ShelfReading(sku: listing.sku, exists: false)
                }
                return ShelfReading(
                    sku: listing.sku, quantity: item.quantity,
                    priceMicros: item.currency.isEmpty ? nil : item.priceMicros, currency: item.currency)
            }
        }
        self.end(owner, skus)
        if let fault { throw Self.fault(fault) }
        return readings
    }

    func listings(page: String) -> ListingPage {
        let all = self.items.keys.sorted()
        let some = all.filter { $0 > page }.prefix(3)
        return ListingPage(
            listings: some.map { ListingReference(sku: $0, platformSKU: $0, ids: ["id": "p-\($0)"]) },
            next: some.count == 3 ? some.last ?? "" : "")
    }
}

// MARK: - Its rules

extension FakePlatformShop {
    private func begin(_ call: Call) -> Fault? {
        self.state.withLock { state in
            state.calls.append(call)
            let others = state.running.filter { $0.key != call.owner && $0.value > 0 }
            if !others.isEmpty { state.violations.append("\(call.owner) called beside \(others.keys.sorted())") }
            state.running[call.owner, default: 0] += 1
            if call.operation != "read" {
                let marks = Self.marks(call.skus, of: call.operation)
                let twice = state.runningSKUs.intersection(marks)
                if !twice.isEmpty { state.violations.append("\(twice.sorted()) twice at once") }
                state.runningSKUs.formUnion(marks)
            }
            guard !call.operation.hasSuffix("-bulk") else { return nil }
            guard state.faults.isEmpty else { return state.faults.removeFirst() }
            return state.randomFaults?()
        }
    }

    private func end(_ owner: String, _ skus: [String], of operation: String = "") {
        self.state.withLock { state in
            state.running[owner, default: 0] -= 1
            state.runningSKUs.subtract(Self.marks(skus, of: operation))
        }
    }

    /// What no other call may be about meanwhile: beside a bulk, other calls may be about its listings, but for contents.
    private static func marks(_ skus: [String], of operation: String) -> [String] {
        switch operation {
        case "content-bulk": skus.map { "content of \($0)" }
        case "stock-bulk": skus.map { "stock in bulk of \($0)" }
        case "content": skus + skus.map { "content of \($0)" }
        default: skus
        }
    }

    private func pause() async {
        let milliseconds = self.state.withLock { $0.latencyMilliseconds }
        // Uncancelled, as a request that is out cannot be called back.
        if milliseconds > 0 { await Task { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value }
    }

    private static func set(_ rows: [StockRow], _ fault: Fault?, _ state: inout State) -> PushAnswer {
        let refused = PlatformFault(.refused, code: "INVALID", "the row is refused")
        if state.isRefusedWhole, rows.contains(where: { state.bad.contains($0.listing.sku) }) {
            return PushAnswer(outcomes: rows.map { RowOutcome(sku: $0.listing.sku, fault: refused) })
        }
        let outcomes = rows.enumerated().map { index, row -> RowOutcome in
            if state.bad.contains(row.listing.sku) || (fault == .halfRefused && index % 2 == 1) {
                return RowOutcome(sku: row.listing.sku, fault: refused)
            }
            guard let item = state.items[row.listing.platformSKU] else {
                return RowOutcome(
                    sku: row.listing.sku, fault: PlatformFault(.refused, code: "NOT_FOUND", "there is no such item"))
            }
            if let expected = row.expected, expected != item.quantity {
                return RowOutcome(
                    sku: row.listing.sku,
                    fault: PlatformFault(.stale, code: "STALE", "\(item.quantity), not \(expected)"))
            }
            state.items[row.listing.platformSKU]?.quantity = row.quantity
            return RowOutcome(sku: row.listing.sku)
        }
        return PushAnswer(outcomes: outcomes)
    }

    /// The answer of a call that was not carried out.
    private static func early(_ fault: Fault, _ skus: [String]) -> PushAnswer? {
        switch fault {
        case .timeOut(isDone: true), .halfRefused: nil
        default: PushAnswer(outcomes: skus.map { RowOutcome(sku: $0, fault: Self.fault(fault)) })
        }
    }

    /// The answer of one that was, and of which nobody hears.
    private static func late(_ fault: Fault?, _ answer: PushAnswer) -> PushAnswer {
        guard case .timeOut? = fault else { return answer }
        return PushAnswer(
            outcomes: answer.outcomes.map { RowOutcome(sku: $0.sku, fault: Self.fault(.timeOut(isDone: true))) })
    }

    private static func fault(_ fault: Fault) -> PlatformFault {
        switch fault {
        case .throttle(let milliseconds):
            PlatformFault(.throttled, code: "THROTTLED", "slow down", retryAfterMilliseconds: milliseconds)
        case .serverError: PlatformFault(.retry, code: "http-500", "it failed")
        case .timeOut: PlatformFault(.retry, code: "no-answer", "no answer came", isOutcomeUnknown: true)
        case .unauthorized: PlatformFault(.reauthenticate, code: "http-401", "the token is refused")
        case .halfRefused, .unknown: PlatformFault(.unknown, code: "E-4711", "something else")
        }
    }
}
