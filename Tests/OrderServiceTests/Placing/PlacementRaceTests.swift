import InventoryMessages
import OrderDomain
import OrderMessages
import Postgres
import Refusals
import Synchronization
import TestSupport
import Testing
import WellKnownMessages

@testable import InventoryService
@testable import OrderService

@Suite("Orders that are placed at once", .timeLimit(.minutes(5)))
struct PlacementRaceTests {
    /// Calls something so many times at once.
    private static func atOnce<Value: Sendable>(
        _ count: Int, _ call: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for number in 0..<count { group.addTask { try await call(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("fifty buyers of ten units: ten orders, through two processes")
    func buyers() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 10])
            try await harness.withProcess { other in
                let placed = try await Self.atOnce(50) { number in
                    var request = PlacingHarness.request("A")
                    request.items[0].quantity = 1
                    request.onShortfall = number.isMultiple(of: 3) ? .refuse : .hold
                    let refusal: OrderRefusal?
                    do {
                        let answer = try await (number.isMultiple(of: 2) ? process : other).place(request)
                        return answer.order?.status == .confirmed
                    } catch let error as OrderRefusal { refusal = error }
                    #expect(refusal?.reason == .insufficientStock)
                    return false
                }
                #expect(placed.count { $0 } == 10)
            }
            try await process.settle()
            #expect(try await harness.free("A") == 0)
            #expect(try await harness.openReservations().count == 10)
            #expect(try await process.number("select count(*) from sales_order where status = 3") == 10)
        }
    }

    @Test("64 callers with one key get one order, each time")
    func oneKey() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 100])
            try await harness.withProcess { other in
                for round in 0..<12 {
                    let request = PlacingHarness.request("A", id: "ORD-\(round)")
                    let answers = try await Self.atOnce(64) { number in
                        let key = number.isMultiple(of: 3) ? "" : "key-\(round)"
                        return try await (number.isMultiple(of: 2) ? process : other).place(request, key: key)
                    }
                    #expect(answers.count { $0.created } == 1)
                    #expect(Set(answers.map { $0.order?.id }).count == 1)
                    #expect(answers.allSatisfy { $0.order?.status == .confirmed })
                }
            }
            #expect(try await harness.free("A") == 100 - 24)
            #expect(try await process.number("select count(*) from sales_order") == 12)
        }
    }

    @Test("callers with one key are all told why it is refused, whoever decides it")
    func oneRefusal() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 1])
            try await harness.withProcess { other in
                for round in 0..<10 {
                    var request = PlacingHarness.request("A", id: "ORD-\(round)")
                    request.onShortfall = .refuse
                    let short = request
                    let reasons = try await Self.atOnce(16) { number in
                        let process = number.isMultiple(of: 2) ? process : other
                        return try await harness.refusal { _ = try await process.place(short, key: "key-\(round)") }?
                            .reason
                    }
                    #expect(Set(reasons) == [.insufficientStock])
                }
            }
            try await process.settle()
            #expect(try await harness.openReservations().isEmpty)
        }
    }

    @Test("the price on record is one that was quoted, while prices change all the time")
    func prices() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 1000])
            try await harness.price(["A": "50"])
            let isDone = Mutex(false)
            async let changing: Void = {
                var cents = 0
                while !isDone.withLock({ $0 }) {
                    cents = (cents + 1) % 50
                    try await harness.price(["A": "50.\(cents + 10)"])
                }
            }()
            var (version, changed, kept) = ("", 0, 0)
            for _ in 0..<40 {
                var request = PlacingHarness.unpriced("A")
                request.quoteVersion = version
                do {
                    let order = try #require(try await process.place(request).order)
                    let unit = order.items[0].price?.micros ?? 0
                    #expect(order.totals?.total?.micros == unit * 2)
                    if !version.isEmpty {
                        kept += 1
                        #expect(order.quoteVersion == version)
                    }
                    version = order.quoteVersion
                } catch let refusal as OrderRefusal {
                    #expect(refusal.reason == .priceChanged)
                    version = refusal.faults.first { $0.field == "quoteVersion" }?.expected ?? ""
                    changed += 1
                }
            }
            isDone.withLock { $0 = true }
            try await changing
            #expect(changed + kept > 0)
        }
    }

    @Test("payment, expiry and cancelling at once: one of them wins, and stock is held only where the order says so")
    func confirmExpireCancel() async throws {
        try await PlacingHarness.withProcess { harness, process in
            try await harness.stock(["A": 1000])
            var random = SeededGenerator(seed: testSeed())
            var ends: [OrderStatus: Int] = [:]
            for round in 0..<30 {
                var request = PlacingHarness.request("A", id: "ORD-\(round)")
                request.confirmOnPayment = true
                request.holdFor = ProtoDuration(seconds: 1)
                let order = try #require(try await process.place(request).order)
                #expect(order.status == .reserved && order.heldUntil != nil)
                let isLate = round.isMultiple(of: 10)
                if isLate { try await Task.sleep(for: .milliseconds(1100)) }
                let order0 = order
                let doings: [@Sendable () async throws -> Void] = [
                    { try await Self.pay(order0, process) },
                    { _ = try await harness.sweeper.sweep() },
                    {
                        _ = try await process.pool.query(PostgresStatement("update order_placement set due_at = now()"))
                        _ = try await process.driver.look()
                    },
                    { if round % 3 == 1 { try await Self.cancel(order0, process) } },
                ].shuffled(using: &random)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for doing in doings { group.addTask { try await doing() } }
                    try await group.waitForAll()
                }
                try await process.settle()
                let end = try await process.order(order.id)
                ends[end.status, default: 0] += 1
                let state = try await harness.reservation("\(order.id).1")
                switch end.status {
                case .confirmed: #expect(state == .confirmed)
                case .cancelled: #expect(state == .released || state == .expired)
                default: Issue.record("the order is \(end.status)")
                }
            }
            #expect(try await harness.openReservations().count == ends[.confirmed, default: 0])
            #expect(ends[.confirmed, default: 0] > 0 && ends[.cancelled, default: 0] > 0)
        }
    }

    private static func pay(_ order: Order, _ process: OrderProcess) async throws {
        let answer = try await process.apply(order) { (state, moment) throws(OrderRefusal) in
            try state.recordPayment(
                RecordPaymentRequest(kind: .payment, amount: order.totals?.total), at: moment)
        }
        _ = try await process.placements.confirm(answer.order, for: process.placing())
    }

    private static func cancel(_ order: Order, _ process: OrderProcess) async throws {
        do {
            _ = try await process.apply(order) { (state, moment) throws(OrderRefusal) in
                try state.cancel(CancelOrderRequest(reason: .buyer), at: moment)
            }
        } catch let refusal as OrderRefusal { #expect(refusal.reason == .stateNotAllowed) }
    }

    @Test(
        "an order that is cancelled while it is placed holds nothing, though its steps come behind the cancelling",
        arguments: [FaultPoint.recorded, .redeemed, .reserved])
    func overtaken(_ point: FaultPoint) async throws {
        try await PlacingHarness.with { harness in
            try await harness.stock(["A": 10])
            try await harness.price(["A": "50"])
            try await harness.coupon("TEN", uses: 1)
            try await harness.withProcess { canceller in
                try await harness.withProcess(reached: { reached in
                    guard reached == point else { return }
                    let order = try await canceller.order("ORD-1")
                    try await Self.cancel(order, canceller)
                    try await canceller.settle()
                }) { process in
                    var request = PlacingHarness.unpriced("A", coupons: ["TEN"])
                    request.orderID = "ORD-1"
                    let answer = try await process.place(request)
                    #expect(answer.order?.status == .cancelled && answer.order?.cancelReason == .buyer)
                }
                try await canceller.settle()
                #expect(try await harness.openReservations().isEmpty)
                #expect(try await harness.openRedemptions().isEmpty)
                #expect(try await harness.free("A") == 10)
                #expect(try await canceller.order("ORD-1").cancelReason == .buyer)
            }
        }
    }

    @Test("what a process leaves is taken up within a minute by the driver of another one")
    func driven() async throws {
        try await PlacingHarness.with { harness in
            try await harness.stock(["A": 10])
            try await harness.withProcess(reached: { reached in
                if reached == .reserved { throw OrderProcess.Killed() }
            }) { process in
                await #expect(throws: OrderProcess.Killed.self) {
                    try await process.place(PlacingHarness.request("A", id: "ORD-1"))
                }
            }
            var pace = PlacementDriver.Pace()
            pace.lookMilliseconds = 100
            try await harness.withProcess(pace: pace) { process in
                let start = ContinuousClock.now
                let driving = Task { await process.driver.run() }
                while try await process.order("ORD-1").status != .confirmed {
                    try await Task.sleep(for: .milliseconds(100))
                }
                driving.cancel()
                await driving.value
                #expect(.now - start < .seconds(60))
                #expect(try await harness.openReservations().count == 1)
            }
        }
    }
}
