import Events
import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import Testing

@testable import OrderService

@Suite("Changes of orders", .timeLimit(.minutes(5)))
struct OrderWritesTests {
    @Test("an order comes on record with all that belongs to it")
    func record() async throws {
        try await OrderHarness.with { harness in
            let answer = try await harness.record("A-1", command: "c-1", OrderHarness.order(lines: 3))
            guard case .recorded(let recorded) = answer else { throw Missing("\(answer)") }
            #expect(recorded.order.version == 1 && recorded.order.orderID == "A-1")
            #expect(recorded.order.createdAt != nil && recorded.order.orderDate == recorded.order.createdAt)
            #expect(recorded.entries.map(\.number) == [1])
            #expect(try await harness.lookup.order(harness.brand, recorded.order.id) == recorded.order)
            #expect(try await harness.lookup.order(harness.brand, "A-1") == recorded.order)
            #expect(try await harness.log(of: recorded.order) == recorded.entries)
            #expect(try await harness.number("select count(*) from order_line where ordered = 2") == 3)
            #expect(try await harness.number("select count(*) from order_key") == 2)
            let event = try #require(try await harness.events().first)
            #expect(event.type == "order.placed" && event.subject == recorded.order.id)
            let payload = try OrderChanged(decoding: event.payload)
            #expect(payload.order == recorded.order && payload.entry == recorded.entries.first)
        }
    }

    @Test("a command changes the order, its log and its events")
    func command() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1").order
            let answer = try await harness.note(order, "gift", command: "n-1")
            #expect(answer.order.note == "gift" && answer.order.version == 2 && !answer.isRepeated)
            #expect(try await harness.lookup.order(harness.brand, order.id) == answer.order)
            #expect(try await harness.log(of: order).map(\.kind) == [.placed, .amended])
            #expect(try await harness.log(of: order).last == answer.entries.first)
            #expect(try await harness.events().map(\.type) == ["order.placed", "order.amended"])
        }
    }
}

struct Missing: Error {
    let description: String
    init(_ description: String) { self.description = description }
}
