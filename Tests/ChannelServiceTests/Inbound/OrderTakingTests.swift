import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Events
import OrderMessages
import Postgres
import ProtobufC
import RPC
import RPCMessages
import Synchronization
import Testing
import WellKnownMessages
import Wire

@testable import ChannelService

@Suite("Taking platforms' orders in")
struct OrderTakingTests {
    @Test("an order is placed with our SKUs, waits where stock is missing, and lowers the shelf once")
    func taken() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.list("A", as: "platform-a", shelf: 10)
            try await harness.list("B", as: "B", shelf: 10)
            try await harness.notify("order 1001 platform-a:2:10 B:1:5 platform-a:1:10", event: "e-1")
            try await harness.process()
            let order = try #require(harness.desk.order("1001", harness))
            #expect(order.items.map(\.sku) == ["A", "B", "A"])
            #expect(try await harness.shelf("A") == 7)
            #expect(try await harness.shelf("B") == 9)
            // The same order by other ways: a change, a poll.
            try await harness.notify("order 1001 platform-a:2:10 B:1:5 platform-a:1:10 note", event: "e-2")
            try await harness.notify("order 1001 platform-a:2:10 B:1:5", topic: "orders/updated", event: "e-3")
            try await harness.process()
            #expect(try await harness.shelf("A") == 7)
            #expect(harness.desk.state.withLock { $0.placed } == 1)
            #expect(try await harness.messages().allSatisfy { $0.status == .done })
        }
    }

    @Test("where a platform's sales do not take from what it shows, an order does not either: what is left is sent")
    func otherShelves() async throws {
        try await OrderFlowHarness.with(sellsFromShelf: false) { harness in
            try await harness.list("A", as: "A", shelf: 10)
            try await harness.notify("order 1001 A:2:10", event: "e-1")
            try await harness.process()
            #expect(harness.desk.order("1001", harness) != nil)
            #expect(try await harness.shelf("A") == 10)
        }
    }

    @Test("a SKU that nobody knows makes a dead letter, others go on; listed and replayed, it is taken in")
    func unknownSKU() async throws {
        try await OrderFlowHarness.with { harness in
            harness.desk.state.withLock { $0.unknown = ["odd"] }
            try await harness.notify("order 1 odd:1:10", event: "e-1")
            try await harness.notify("order 2 A:1:10", event: "e-2")
            // The same order again: what is dead holds nothing up, not even of its own subject.
            try await harness.notify("order 1 odd:1:10 paid", topic: "orders/paid", event: "e-3")
            try await harness.process()
            #expect(harness.desk.order("2", harness) != nil)
            let messages = try await harness.messages()
            #expect(messages.map(\.status) == [.dead, .done, .dead])
            #expect(messages[0].problem == "unknown-sku" && messages[0].detail.contains("odd"))
            try await harness.list("B", as: "odd", shelf: 4)
            let answer = try await harness.client.replayDeadLetters(ReplayDeadLettersRequest(subject: "1"))
            #expect(answer.replayed == 2)
            try await harness.process()
            #expect(harness.desk.order("1", harness)?.items.map(\.sku) == ["B"])
            #expect(harness.desk.order("1", harness)?.paymentStatus == .paid)
            #expect(try await harness.shelf("B") == 3)
            #expect(try await harness.messages().allSatisfy { $0.status == .done && $0.problem.isEmpty })
        }
    }

    @Test("a payment is recorded once, a cancellation too, and both by ids that follow from the order")
    func changes() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("order 1 A:2:10", event: "e-1")
            try await harness.process()
            for event in ["e-2", "e-3"] { try await harness.notify("order 1 A:2:10 paid", event: event) }
            try await harness.process()
            var order = try #require(harness.desk.order("1", harness))
            #expect(order.paymentStatus == .paid && order.totals?.paid?.micros == 20_000_000)
            #expect(harness.desk.state.withLock { $0.payments } == 1)
            for event in ["e-4", "e-5"] { try await harness.notify("order 1 A:2:10 paid cancelled", event: event) }
            try await harness.process()
            order = try #require(harness.desk.order("1", harness))
            #expect(order.status == .cancelled && harness.desk.state.withLock { $0.cancellations } == 1)
            #expect(harness.desk.state.withLock { $0.commands }.allSatisfy { $0.contains("channel/shop/1/") })
        }
    }

    @Test("whatever order messages of an order come in, it ends the same")
    func reordered() async throws {
        let bodies = ["order 1 A:2:10", "order 1 A:2:10 paid", "order 1 A:2:10 paid cancelled"]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            try await OrderFlowHarness.with { harness in
                for place in order {
                    try await harness.notify(bodies[place], event: "e-\(place)")
                    try await harness.process()
                }
                let found = harness.desk.order("1", harness)
                #expect(found == nil || found?.status == .cancelled, "\(order)")
                // One that was cancelled before it came is not taken in.
                #expect((found == nil) == (order[0] == 2), "\(order)")
                #expect(try await harness.messages().allSatisfy { $0.status == .done })
            }
        }
    }

    @Test("an answer of the order service that is lost leads to one order and one step of the shelf")
    func lostAnswer() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.list("A", as: "A", shelf: 10)
            harness.desk.state.withLock { $0.lostAnswers = 1 }
            try await harness.notify("order 1 A:2:10", event: "e-1")
            try await harness.process()
            #expect(try await harness.shelf("A") == 10)
            let waiting = try #require(try await harness.messages().first)
            #expect(waiting.status == .retrying && waiting.problem == "unavailable" && waiting.nextTryAt != nil)
            try await harness.makeDue()
            try await harness.process()
            #expect(harness.desk.state.withLock { $0.placed } == 1)
            #expect(try await harness.shelf("A") == 8)
            #expect(try await harness.messages().first?.status == .done)
        }
    }

    @Test(
        "a process that ends at any step leaves what another one brings to the same end", arguments: IntakeStep.allCases
    )
    func killed(at step: IntakeStep) async throws {
        struct Killed: Error {}
        try await OrderFlowHarness.with { harness in
            try await harness.list("A", as: "A", shelf: 10)
            let bodies = ["order 1 A:2:10", "order 1 A:2:10 paid", "order 1 A:2:10 paid cancelled"]
            for (number, body) in bodies.enumerated() {
                try await harness.notify(body, event: "e-\(number)")
                let dying = harness.processor(faults: IntakeFaults { if $0 == step { throw Killed() } })
                for message in try await InboundRows.take(16, from: harness.pool) {
                    await #expect(throws: Killed.self) { try await dying.work(on: message) }
                }
                // Nobody else takes it before its time is over.
                #expect(try await harness.process() == 0)
                try await harness.makeDue()
                try await harness.process()
            }
            let counts = harness.desk.state.withLock { [$0.placed, $0.payments, $0.cancellations] }
            #expect(counts == [1, 1, 1])
            #expect(try await harness.shelf("A") == 8)
            #expect(try await harness.messages().allSatisfy { $0.status == .done })
        }
    }

    @Test("two copies that work on the same messages at once bring each about once")
    func twoCopies() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.list("A", as: "A", shelf: 1_000)
            for number in 0..<20 { try await harness.notify("order \(number) A:1:10 paid", event: "e-\(number)") }
            // Each has all of them, as if the first had been cut off from the database for too long.
            let first = try await InboundRows.take(50, from: harness.pool)
            try await harness.makeDue()
            let second = try await InboundRows.take(50, from: harness.pool)
            #expect(first.count == 20 && second.count == 20)
            await withTaskGroup(of: Void.self) { group in
                for message in zip(first, second).flatMap({ [$0, $1] }) {
                    group.addTask { try? await harness.processor().work(on: message) }
                }
            }
            try await harness.makeDue()
            try await harness.process()
            #expect(harness.desk.state.withLock { $0.placed } == 20)
            #expect(try await harness.shelf("A") == 980)
            #expect(try await harness.messages().allSatisfy { $0.status == .done })
        }
    }

    @Test("the outcome of a copy from which another one has taken a message over does not count, whatever it is")
    func takenOver() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.list("A", as: "A", shelf: 10)
            try await harness.notify("order 1 A:2:10", event: "e-1")
            let first = try #require(try await InboundRows.take(1, from: harness.pool).first)
            try await harness.makeDue()
            let second = try #require(try await InboundRows.take(1, from: harness.pool).first)
            harness.desk.state.withLock { $0.failures = [RPCError(.invalidArgument, "made to be refused")] }
            // Refused for good, and taken in.
            for _ in 0..<2 {
                await #expect(throws: ClaimLost.self) { try await harness.processor().work(on: first) }
                #expect(try await harness.messages().map(\.status) == [.pending])
                #expect(try await harness.shelf("A") == 10)
            }
            try await harness.processor().work(on: second)
            #expect(try await harness.messages().map(\.status) == [.done])
            #expect(try await harness.shelf("A") == 8)
        }
    }

    @Test("an order that is cancelled while another copy places it ends as cancelled")
    func cancelledWhilePlaced() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("order 1 A:1:10", event: "e-1")
            let placing = try await InboundRows.take(1, from: harness.pool)
            // The cancellation overtakes it, between its question for the order and its end.
            let slow = harness.processor(
                faults: IntakeFaults { step in
                    guard step == .asked else { return }
                    try await harness.notify("order 1 A:1:10 cancelled", event: "e-2")
                    let desk = StandInDesk()
                    let cancelling = harness.processor(orders: desk)
                    _ = try await harness.pool.query(
                        PostgresStatement("update inbound set subject = 'other' where event_id = 'e-2'"))
                    for message in try await InboundRows.take(1, from: harness.pool) {
                        try await cancelling.work(on: message)
                    }
                })
            for message in placing { try await slow.work(on: message) }
            try await harness.process()
            #expect(harness.desk.order("1", harness)?.status == .cancelled)
            #expect(try await harness.messages().allSatisfy { $0.status == .done })
        }
    }

    @Test("messages of one subject come one behind the other, and those of others are not held up")
    func order() async throws {
        try await OrderFlowHarness.with { harness in
            harness.desk.state.withLock { $0.failures = [RPCError(.internal, "made to fail")] }
            try await harness.notify("order 1 A:1:10", event: "e-1")
            try await harness.process()
            try await harness.notify("order 1 A:1:10 paid", event: "e-2")
            try await harness.notify("order 2 A:1:10", event: "e-3")
            #expect(try await harness.process() == 1)
            #expect(harness.desk.order("1", harness) == nil && harness.desk.order("2", harness) != nil)
            try await harness.makeDue()
            #expect(try await harness.process() == 2)
            #expect(harness.desk.order("1", harness)?.paymentStatus == .paid)
        }
    }

    @Test("what fails again and again is a dead letter in the end; that the order service is not there makes none")
    func dead() async throws {
        try await OrderFlowHarness.with { harness in
            harness.desk.state.withLock { $0.failures = Array(repeating: StandInDesk.lost, count: 40) }
            try await harness.notify("order 1 A:1:10", event: "e-1")
            for _ in 0..<30 {
                try await harness.makeDue()
                try await harness.process()
            }
            #expect(try await harness.messages().first?.status == .retrying)
            harness.desk.state.withLock {
                $0.failures = Array(repeating: RPCError(.internal, "made to fail"), count: 100)
            }
            var tries = 0
            while try await harness.messages().first?.status == .retrying {
                try await harness.makeDue()
                tries += try await harness.process()
                try #require(tries <= InboundLimits.maximumTries)
            }
            let message = try #require(try await harness.messages().first)
            #expect(message.status == .dead && message.detail == "made to fail")
            #expect(message.tries == UInt32(InboundLimits.maximumTries))
        }
    }

    @Test("a message that ends each process that works on it is a dead letter after its tries")
    func poison() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("order 1 A:1:10", event: "e-1")
            for _ in 0..<InboundLimits.maximumTries {
                try await harness.makeDue()
                #expect(try await InboundRows.take(16, from: harness.pool).count == 1)
            }
            try await harness.makeDue()
            try await harness.process()
            let message = try #require(try await harness.messages().first)
            #expect(message.status == .dead && message.problem == "no-outcome")
        }
    }

    @Test("a service that runs deals with what comes, and with what a backlog of another connection would hold up")
    func running() async throws {
        try await OrderFlowHarness.with { harness in
            let other = ConnectionKey(brand: harness.key.brand, id: "other")
            try await harness.connections.add(
                other, notificationKey: "key-2", adapter: StandInAdapter(shop: harness.shop))
            for number in 0..<50 { try await harness.notify("order \(number) A:1:10", event: "e-\(number)") }
            try await harness.notify("order 1 A:1:10", event: "e-1", key: "key-2")
            // A share of each connection's.
            let taken = try await InboundRows.take(4, from: harness.pool)
            #expect(Set(taken.map(\.key)) == [harness.key, other])
            try await harness.makeDue()
            let processor = harness.processor()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await processor.run() }
                try await harness.notify("order 99 A:1:10", event: "e-99")
                try await until { harness.desk.state.withLock { $0.placed } == 52 }
                try await until { try await harness.messages().allSatisfy { $0.status == .done } }
                group.cancelAll()
            }
        }
    }
}
