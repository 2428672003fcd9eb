import DrivelineTesting
import Events
import OrderAPI
import OrderDomain
import OrderMessages
import RPC
import Testing

@testable import OrderService

@Suite("Watching orders", .timeLimit(.minutes(5)))
struct WatchOrdersTests {
    /// Watches until so many notices came.
    private func watch(
        _ client: OrderServiceClient, from cursor: String, until count: Int,
        _ began: (String) async throws -> Void = { _ in }
    ) async throws -> (notices: [OrderNotice], cursor: String) {
        var (notices, last): ([OrderNotice], String) = ([], "")
        for try await answer in try await client.watchOrders(WatchOrdersRequest(cursor: cursor)) {
            if last.isEmpty { try await began(answer.cursor) }
            notices += answer.orders
            last = answer.cursor
            if notices.count >= count { break }
        }
        return (notices, last)
    }

    @Test("a watcher is told each change once and in order, also one that comes back with its cursor")
    func noGaps() async throws {
        try await OrderHarness.with { harness in
            try await harness.record("before")
            try await harness.withReads { client, _ in
                var orders: [Order] = []
                let first = try await self.watch(client, from: "", until: 10) { _ in
                    for number in 0..<10 { orders.append(try await harness.record("A-\(number)").order) }
                }
                #expect(Set(first.notices.map(\.id)) == Set(orders.map(\.id)) && first.notices.count == 10)
                #expect(
                    first.notices.allSatisfy { $0.type == "order.placed" && $0.version == 1 && $0.status == .pending })
                // What happens while nobody watches.
                for order in orders {
                    try await harness.note(order, "one")
                    try await harness.note(order, "two")
                }
                let second = try await self.watch(client, from: first.cursor, until: 20)
                #expect(second.notices.count == 20)
                for order in orders {
                    let told = second.notices.filter { $0.id == order.id }
                    #expect(told.map(\.version) == [2, 3] && told.allSatisfy { $0.orderID == order.orderID })
                }
            }
        }
    }

    @Test("returns and claims are told as well; other brands' orders are not")
    func kinds() async throws {
        try await OrderHarness.with { harness in
            try await harness.withReads { client, stranger in
                let told = try await self.watch(client, from: "", until: 3) { _ in
                    let order = try await harness.record("A-1").order
                    try await harness.apply(order, needs: [.returns, .claims]) { (state, _) throws(OrderRefusal) in
                        state.returns.append(Return(kind: .other, status: .requested))
                        state.claims.append(WarrantyClaim(status: .submitted))
                        state.append(.return, subject: "\(state.order.id)-r1", "Asked for")
                    }
                }
                #expect(told.notices.map(\.type) == ["order.placed", "order.return.changed", "order.claim.changed"])
                #expect(Set(told.notices.map(\.orderID)) == ["A-1"])
                let others = try await self.watch(stranger, from: "", until: 1) { _ in
                    try await harness.record("A-2")
                    _ = try await harness.writes.record(
                        NewOrder(
                            brand: harness.otherBrand, state: OrderHarness.order(), orderID: "theirs", commandID: "",
                            fingerprint: [1], by: "tester"))
                }
                #expect(others.notices.map(\.orderID) == ["theirs"])
            }
        }
    }
}
