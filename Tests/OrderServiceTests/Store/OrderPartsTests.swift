import OrderDomain
import OrderMessages
import Postgres
import ProtobufC
import Refusals
import Testing
import WellKnownMessages

@testable import OrderService

@Suite("What belongs to orders", .timeLimit(.minutes(5)))
struct OrderPartsTests {
    @Test("returns and claims are kept with the order, and only read where they are needed")
    func children() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1").order
            let asked = try await harness.apply(order, command: "r-1", needs: [.returns]) {
                (state, _) throws(OrderRefusal) in
                state.returns.append(
                    Return(kind: .doesNotFit, status: .requested, lines: [ReturnLine(lineID: "1", sku: "SKU-1")]))
                state.append(.return, subject: "\(state.order.id)-r1", "Asked for")
            }
            #expect(asked.returns.map(\.returnID) == ["\(order.id)-r1"] && asked.returns.first?.version == 1)
            #expect(asked.order.returnIDs == ["\(order.id)-r1"] && asked.order.version == 2)
            let claimed = try await harness.apply(order, command: "w-1", needs: [.claims]) {
                (state, _) throws(OrderRefusal) in
                state.claims.append(WarrantyClaim(sku: "SKU-1", status: .submitted, lotID: "L"))
                state.append(.claim, subject: "\(state.order.id)-w1", "Claimed")
            }
            #expect(claimed.returns.isEmpty && claimed.claims.map(\.claimID) == ["\(order.id)-w1"])
            #expect(claimed.order.returnIDs.count == 1 && claimed.order.claimIDs.count == 1)
            let authorized = try await harness.apply(order, needs: [.returns, .claims]) {
                (state, _) throws(OrderRefusal) in
                state.returns[0].status = .authorized
                state.append(.return, subject: "\(state.order.id)-r1", "Authorised")
            }
            #expect(authorized.returns.first?.version == 2 && authorized.claims.first?.version == 1)
            #expect(authorized.returns.first?.createdAt == asked.returns.first?.createdAt)
            #expect(try await harness.number("select count(*) from order_return where status = 2 and version = 2") == 1)
            #expect(try await harness.number("select count(*) from order_return_line where sku = 'SKU-1'") == 1)
            #expect(try await harness.number("select count(*) from order_claim where lot_id = 'L'") == 1)
            #expect(
                try await harness.events().map(\.type)
                    == ["order.placed", "order.return.changed", "order.claim.changed", "order.return.changed"])
        }
    }

    @Test("lines and tags follow the order")
    func parts() async throws {
        try await OrderHarness.with { harness in
            let state = OrderHarness.order(lines: 3) { $0.tags = ["urgent", "urgent", "gift"] }
            let order = try await harness.record("A-1", state).order
            #expect(try await harness.number("select count(*) from order_tag") == 2)
            try await harness.apply(order) { (state, _) throws(OrderRefusal) in
                state.order.items.removeLast()
                state.order.items[0].cancelled = 1
                state.order.tags = ["done"]
                state.append(.amended, "Changed")
            }
            #expect(try await harness.number("select count(*) from order_line") == 2)
            #expect(try await harness.number("select cancelled from order_line where line = 0") == 1)
            #expect(try await harness.number("select count(*) from order_tag where tag = 'done'") == 1)
            #expect(try await harness.number("select count(*) from order_tag") == 1)
        }
    }

    @Test("the time when an order is looked after goes with it, and ends when it is decided")
    func attention() async throws {
        try await OrderHarness.with { harness in
            var state = OrderHarness.order()
            state.attention = .after(milliseconds: 10_000)
            let order = try await harness.record("A-1", state).order
            let due: StaticString = """
                select count(*) from order_placement
                where due_at between now() + interval '1 second' and now() + interval '10 seconds'
                """
            #expect(try await harness.number(due) == 1)
            try await harness.apply(order) { (state, moment) throws(OrderRefusal) in
                state.order.status = .reserved
                state.attention = .at(ProtoTimestamp(seconds: moment.now.seconds + 3_600))
                state.append(.reserved, "Reserved")
            }
            #expect(try await harness.number(due) == 0)
            #expect(try await harness.number("select count(*) from order_placement") == 1)
            try await harness.apply(order) { (state, _) throws(OrderRefusal) in
                state.order.status = .confirmed
                state.append(.confirmed, "Confirmed")
            }
            #expect(try await harness.number("select count(*) from order_placement") == 0)
        }
    }

    @Test("an order too large for an event is told in brief")
    func brief() async throws {
        try await OrderHarness.with { harness in
            let state = OrderHarness.order(lines: 250) { order in
                for place in order.items.indices {
                    order.items[place].title = String(repeating: "t", count: 500)
                    order.items[place].vehicle = BuyerVehicle(
                        engine: String(repeating: "e", count: 128), note: String(repeating: "n", count: 255))
                    order.items[place].channelLineID = String(repeating: "c", count: 128)
                    order.items[place].priceRuleIDs = (0..<8).map { "rule-\($0)-" + String(repeating: "r", count: 40) }
                }
            }
            let order = try await harness.record("A-1", state).order
            let event = try #require(try await harness.events().first)
            let told = try OrderChanged(decoding: event.payload).order
            #expect(told == order.inBrief && told != order && told?.version == 1)
        }
    }

    @Test("a decision that asks another service for something without saying what happened is refused")
    func silentEffect() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1").order
            let refusal = try await harness.refusal {
                try await harness.apply(order) { (state, _) throws(OrderRefusal) in
                    state.require(.releaseReservation(id: "x", []))
                }
            }
            #expect(refusal?.reason == .unspecified)
            #expect(try await harness.number("select count(*) from order_effect") == 0)
        }
    }
}
