import Foundation
import OrderDomain
import OrderMessages
import Testing

@testable import OrderService

@Suite("How many orders the store takes", .timeLimit(.minutes(10)))
struct OrderRateTests {
    /// Many with `SOAK_TESTS` set; the printed figures mean something in a release build.
    private static let orders = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 500 : 20_000
    private static let callers = 128

    @Test("many callers record and confirm orders of three lines; the rate is printed")
    func rate() async throws {
        try await OrderHarness.with { harness in
            let seconds =
                try await ContinuousClock().measure {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for caller in 0..<Self.callers {
                            group.addTask {
                                for number in stride(from: caller, to: Self.orders, by: Self.callers) {
                                    var state = OrderHarness.order(lines: 3)
                                    state.attention = .after(milliseconds: 10_000)
                                    let order = try await harness.record("A-\(number)", command: "c-\(number)", state)
                                        .order
                                    try await harness.apply(order) { (state, _) throws(OrderRefusal) in
                                        state.order.status = .confirmed
                                        state.append(.confirmed, "Confirmed")
                                    }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                } / .seconds(1)
            let rate = Int(Double(Self.orders) / seconds)
            print("orders recorded and confirmed: \(Self.orders) in \(seconds) s, \(rate)/s")
            let confirmed: StaticString = "select count(*) from sales_order where status = 3 and version = 2"
            #expect(try await harness.number(confirmed) == Int64(Self.orders))
            #expect(try await harness.number("select count(*) from order_placement") == 0)
            try await harness.expectSound()
        }
    }
}
