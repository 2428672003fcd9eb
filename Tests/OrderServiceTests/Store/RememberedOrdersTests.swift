import OrderDomain
import OrderMessages
import Postgres
import Testing

@testable import OrderService

@Suite("Orders that are remembered", .timeLimit(.minutes(5)))
struct RememberedOrdersTests {
    private static func key(_ number: UInt64) -> OrderKey {
        OrderKey(brand: OrderHarness.newBrand(), id: OrderID(high: 1, low: number))
    }

    private static func stored(_ note: String, lines: Int = 1) -> StoredOrder {
        let items = (0..<lines).map { OrderItem(lineID: "\($0)", sku: "SKU", quantity: 1) }
        return StoredOrder(order: Order(items: items, note: note), entries: 1)
    }

    @Test("an order is given out once, and those remembered first are forgotten first")
    func bounds() {
        let orders = RememberedOrders(capacity: 10)
        let keys = (0..<16).map { Self.key(UInt64($0)) }
        for (number, key) in keys.enumerated() { orders.keep(Self.stored("\(number)"), key) }
        let remembered = keys.compactMap { orders.take($0)?.order.note }
        #expect(remembered.count <= 10 && remembered.last == "15")
        #expect(remembered == (16 - remembered.count..<16).map { "\($0)" })
        #expect(keys.allSatisfy { orders.take($0) == nil })
        orders.keep(Self.stored("", lines: RememberedOrders.maximumLines + 1), keys[0])
        #expect(orders.take(keys[0]) == nil)
    }

    @Test("what another process has changed meanwhile is not lost")
    func changed() async throws {
        try await OrderHarness.with { harness in
            try await harness.withSecond { second in
                let order = try await harness.record("A-1").order
                let noted = try await second.note(order, "from elsewhere").order
                let answer = try await harness.apply(order) { (state, _) throws(OrderRefusal) in
                    state.order.customerID = "seen: \(state.order.note)"
                    state.append(.amended, "")
                }
                #expect(noted.version == 2 && answer.order.version == 3 && answer.order.note == "from elsewhere")
                #expect(answer.order.customerID == "seen: from elsewhere")
                #expect(try await harness.lookup.order(harness.brand, "A-1") == answer.order)
                #expect(try await harness.log(of: order).map(\.number) == [1, 2, 3])
            }
        }
    }

    @Test("a change that finds nothing to do in what is remembered looks at what there is")
    func unchanged() async throws {
        try await OrderHarness.with { harness in
            try await harness.withSecond { second in
                let orders = try await [harness.record("A-1").order, harness.record("A-2").order]
                for order in orders { try await second.note(order, "from elsewhere") }
                let answer = try await harness.apply(orders[0]) { (state, _) throws(OrderRefusal) in
                    guard !state.order.note.isEmpty else { return }
                    state.append(.amended, "seen")
                }
                #expect(answer.entries.map(\.number) == [3] && answer.order.note == "from elsewhere")
                let refusal = OrderRefusal.orderNotFound("a note")
                let seen = try await harness.apply(orders[1]) { (state, _) throws(OrderRefusal) in
                    if state.order.note.isEmpty { throw refusal }
                }
                #expect(seen.order.note == "from elsewhere" && seen.entries.isEmpty)
            }
        }
    }

    @Test("an entry that leaves the order as it is counts, too")
    func entries() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1").order
            try await harness.pool.runScript("update sales_order set entries = 5")
            let answer = try await harness.note(order, "later")
            #expect(answer.entries.map(\.number) == [6] && answer.order.version == 2)
        }
    }

    @Test("one that is outdated harms no other of its batch, and each of them is decided once")
    func batch() async throws {
        try await OrderHarness.with { harness in
            try await harness.withSecond { second in
                var orders: [Order] = []
                for number in 0..<12 { orders.append(try await harness.record("A-\(number)").order) }
                for number in stride(from: 0, to: 12, by: 5) { try await second.note(orders[number], "elsewhere") }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for order in orders {
                        group.addTask {
                            try await harness.apply(order) { (state, _) throws(OrderRefusal) in
                                state.order.tags = ["decided"]
                                state.append(.amended, "")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                for (number, order) in orders.enumerated() {
                    let found = try await harness.lookup.order(harness.brand, order.id)
                    let isNoted = number % 5 == 0
                    #expect(found.note == (isNoted ? "elsewhere" : "") && found.tags == ["decided"])
                    #expect(found.version == (isNoted ? 3 : 2))
                    #expect(try await harness.log(of: order).count == (isNoted ? 3 : 2))
                }
                #expect(try await harness.number("select count(*) from order_tag") == 12)
            }
        }
    }
}
