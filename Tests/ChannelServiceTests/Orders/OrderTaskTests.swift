import Buckets
import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelAdapter
import ChannelDomain
import ChannelMessages
import Events
import OrderMessages
import Postgres
import ProtobufC
import RPCMessages
import Synchronization
import Testing
import WellKnownMessages

@testable import ChannelService

@Suite("Telling platforms of orders")
struct OrderTaskTests {
    @Test("what happens to an order is told once, in its order: acknowledged, shipped with tracking, refunded")
    func told() async throws {
        try await OrderFlowHarness.with { harness in
            let shipped = harness.order {
                $0.shipments = [
                    Shipment(
                        shipmentID: "s1", carrier: "UPS", tracking: "1Z1",
                        lines: [ShipmentLine(lineID: "2", quantity: 1), ShipmentLine(lineID: "2", quantity: 1)],
                        shippedAt: ProtoTimestamp(seconds: 5))
                ]
                $0.refunds = [
                    Refund(refundID: "f1", amount: Decimal(micros: 7_000_000), reason: .goodwill)
                ]
            }
            let events = [
                try harness.event("order.confirmed", harness.order(), number: 1),
                try harness.event("order.shipped", shipped, subject: "s1", number: 2),
                try harness.event("order.refund", shipped, subject: "f1", number: 3),
            ]
            // Delivered twice, by a consumer that lost its cursor.
            try await harness.apply(events)
            try await harness.apply(events)
            #expect(try await harness.tasks().count == 3)
            #expect(try await harness.sendTasks() == 3)
            let told = harness.shop.state.withLock { $0.carriedOut }
            #expect(told.map(\.kind) == [.acknowledge, .ship, .refund])
            #expect(told.allSatisfy { $0.orderID == "1001" && !$0.mayBeDone })
            #expect(told[1].carrier == "UPS" && told[1].trackingNumber == "1Z1" && told[1].happenedAt == 5_000_000)
            #expect(told[1].lines == [OrderTaskCall.Line(lineID: "line-2", sku: "B", quantity: 2)])
            #expect(told[2].amountMicros == 7_000_000 && told[2].currency == "USD" && told[2].reason == "goodwill")
            let tasks = try await harness.tasks()
            #expect(tasks.allSatisfy { $0.status == .done && $0.platformID == "p-\($0.id)" && $0.doneAt != nil })
            #expect(try await harness.sendTasks() == 0)
        }
    }

    @Test("orders of other connections, and what the platform did itself, are not told; nor what could not be placed")
    func notTold() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.apply([
                try harness.event("order.confirmed", harness.order { $0.connection = "direct" }),
                try harness.event("order.amended", harness.order(), number: 2),
                try harness.event(
                    "order.cancelled",
                    harness.order("2") {
                        $0.status = .cancelled
                        $0.cancelReason = .buyer
                    }, number: 3, by: RemoteOrders.principal),
                try harness.event(
                    "order.cancelled",
                    harness.order("3") {
                        $0.status = .cancelled
                        $0.cancelReason = .notPlaced
                    }, number: 4),
            ])
            #expect(try await harness.tasks().map(\.status) == [.notNeeded, .notNeeded])
            #expect(try await harness.sendTasks() == 0)
        }
    }

    @Test(
        "a cancellation tells the units that it took off, and not those of the one before; the whole order without lines"
    )
    func cancellations() async throws {
        try await OrderFlowHarness.with { harness in
            func cancelled(_ units: [Int64], whole: Bool = false) -> Order {
                harness.order {
                    for place in units.indices { $0.items[place].cancelled = units[place] }
                    $0.cancelReason = .outOfStock
                    if whole { $0.status = .cancelled }
                }
            }
            try await harness.apply([
                try harness.event("order.cancelled", cancelled([0, 1]), number: 5),
                // By the platform: it knows.
                try harness.event("order.cancelled", cancelled([1, 1]), number: 6, by: RemoteOrders.principal),
            ])
            try await harness.apply([
                try harness.event("order.cancelled", cancelled([1, 3]), number: 7),
                try harness.event("order.cancelled", cancelled([2, 3], whole: true), number: 8),
            ])
            try await harness.sendTasks()
            let told = harness.shop.state.withLock { $0.carriedOut }
            #expect(told.allSatisfy { $0.reason == "out-of-stock" })
            #expect(
                told.map { $0.lines.map { "\($0.sku)\($0.quantity)" } } == [["B1"], ["B2"], []])
        }
    }

    @Test("a kit is told of with the parcel with which all of its parts have left")
    func kits() {
        func line(_ sku: String, _ quantity: Int64) -> ShipmentLine {
            ShipmentLine(lineID: "1", quantity: quantity, sku: sku)
        }
        var order = Order(items: [OrderItem(lineID: "1", sku: "KIT", quantity: 2, channelLineID: "k")])
        let first = Shipment(shipmentID: "s1", lines: [line("pad", 8), line("disc", 2)])
        order.shipments = [first]
        #expect(OrderTaskCall.lines(of: first, in: order).isEmpty)
        #expect(!OrderTaskCall.says(.ship, "s1", order))
        let second = Shipment(shipmentID: "s2", lines: [line("disc", 2)])
        order.shipments.append(second)
        order.items[0].shipped = 2
        #expect(
            OrderTaskCall.lines(of: second, in: order)
                == [OrderTaskCall.Line(lineID: "k", sku: "KIT", quantity: 2)])
    }

    @Test("what was split from a platform's order is told as a part of that, and what replaces a part is not told")
    func splits() async throws {
        try await OrderFlowHarness.with { harness in
            _ = try await harness.pool.withTransaction { transaction in
                try await PlatformOrderRows.note(.taken("our-1001"), "1001", on: harness.key, in: transaction)
            }
            func child(_ id: String) -> Order {
                harness.order(id) {
                    $0.parentID = "our-1001"
                    $0.shipments = [Shipment(shipmentID: "s1", lines: [ShipmentLine(lineID: "1", quantity: 2)])]
                }
            }
            try await harness.apply([
                try harness.event("order.confirmed", child("1001-2")),
                try harness.event("order.shipped", child("1001-2"), subject: "s1", number: 2),
                try harness.event("order.shipped", child("replacement"), subject: "s1", number: 3),
            ])
            try await harness.sendTasks()
            let told = harness.shop.state.withLock { $0.carriedOut }
            #expect(told.map(\.orderID) == ["1001"] && told.map(\.kind) == [.ship])
        }
    }

    @Test("a task whose answer is lost is looked for before it is sent again, and so carried out once")
    func lostAnswer() async throws {
        try await OrderFlowHarness.with { harness in
            harness.shop.state.withLock { $0.lostAnswers = 1 }
            try await harness.apply([try harness.event("order.confirmed", harness.order())])
            try await harness.sendTasks()
            #expect(try await harness.tasks().map(\.status) == [.retrying])
            try await harness.makeDue()
            try await harness.sendTasks()
            #expect(try await harness.tasks().map(\.status) == [.done])
            let shop = harness.shop.state.withLock { $0 }
            #expect(shop.sent.map(\.mayBeDone) == [false, true] && shop.carriedOut.count == 1)
            #expect(Set(shop.sent.map(\.key)).count == 1)
        }
    }

    @Test(
        "a try that did not come to ask whether an earlier one was carried out leaves that open",
        arguments: [
            PlatformFault(.retry, code: PlatformFault.notReached, "it is away"),
            PlatformFault(.throttled, code: "THROTTLED", "wait"),
            PlatformFault(.reauthenticate, code: "http-401", "the token is not valid"),
        ])
    func stillOpen(fault: PlatformFault) async throws {
        try await OrderFlowHarness.with { harness in
            harness.shop.state.withLock { $0.lostAnswers = 1 }
            try await harness.apply([try harness.event("order.confirmed", harness.order())])
            try await harness.sendTasks()
            harness.shop.state.withLock { $0.taskFaults = [fault] }
            for _ in 0..<2 {
                try await harness.makeDue()
                try await harness.sendTasks()
            }
            #expect(try await harness.tasks().map(\.status) == [.done])
            let shop = harness.shop.state.withLock { $0 }
            #expect(shop.sent.map(\.mayBeDone) == [false, true, true] && shop.carriedOut.count == 1)
        }
    }

    @Test(
        "a process that ends between sending and noting leaves a task that is looked for first; its late answer does not count"
    )
    func killed() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.apply([try harness.event("order.confirmed", harness.order())])
            let taken = try #require(try await harness.queue.due(harness.key).first)
            let answer = harness.shop.carryOut(taken.call)
            #expect(try await harness.queue.due(harness.key).isEmpty)
            try await harness.makeDue()
            try await harness.sendTasks()
            #expect(harness.shop.state.withLock { $0.carriedOut.count } == 1)
            #expect(try await harness.queue.answered(taken, answer) == nil)
            #expect(try await harness.tasks().map(\.status) == [.done])
        }
    }

    @Test("what a process says of a task that another one has taken over since does not count, whatever it is")
    func takenOver() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.apply([try harness.event("order.confirmed", harness.order())])
            let first = try #require(try await harness.queue.due(harness.key).first)
            try await harness.makeDue()
            let second = try #require(try await harness.queue.due(harness.key).first)
            let refused = TaskAnswer(fault: PlatformFault(.refused, code: "closed", "it is closed"))
            for late in [refused, TaskAnswer(platformID: "p-1")] {
                #expect(try await harness.queue.answered(first, late) == nil)
                #expect(try await harness.tasks().map(\.status) == [.pending])
            }
            #expect(try await harness.queue.answered(second, TaskAnswer(platformID: "p-2")) == .done)
            #expect(try await harness.tasks().map(\.platformID) == ["p-2"])
        }
    }

    @Test("two copies that ask at once do not both get a task")
    func twoCopies() async throws {
        try await OrderFlowHarness.with { harness in
            for number in 0..<10 {
                try await harness.apply([try harness.event("order.confirmed", harness.order("\(number)"))])
            }
            let taken = await withTaskGroup(of: [DueOrderTask].self) { group in
                for _ in 0..<4 { group.addTask { (try? await harness.queue.due(harness.key)) ?? [] } }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.count == 10 && Set(taken.map(\.id)).count == 10)
        }
    }

    @Test(
        "what the platform refuses is a dead letter that holds up nothing; throttling and refused credentials count as no try"
    )
    func faults() async throws {
        try await OrderFlowHarness.with { harness in
            let shipped = harness.order {
                $0.shipments = [Shipment(shipmentID: "s1", lines: [ShipmentLine(lineID: "1", quantity: 1)])]
            }
            try await harness.apply([
                try harness.event("order.confirmed", harness.order()),
                try harness.event("order.shipped", shipped, subject: "s1", number: 2),
                try harness.event("order.confirmed", harness.order("2")),
            ])
            harness.shop.state.withLock { $0.taskFaults = [PlatformFault(.refused, code: "closed", "it is closed")] }
            try await harness.sendTasks()
            #expect(try await harness.tasks().map(\.status) == [.dead, .done, .done])
            let letter = try #require(
                try await harness.client.listDeadLetters(ListDeadLettersRequest()).deadLetters.first)
            #expect(letter.kind == .orderTask && letter.topic == "acknowledge" && letter.problem == "closed")
            _ = try await harness.client.replayDeadLetters(ReplayDeadLettersRequest(ids: [letter.id]))
            for fault in [
                PlatformFault(.throttled, code: "THROTTLED", "wait"),
                PlatformFault(.reauthenticate, code: "http-401", "no"), PlatformFault(.stop, code: "gone", "no"),
            ] {
                harness.shop.state.withLock { $0.taskFaults = [fault] }
                try await harness.sendTasks()
                let task = try #require(try await harness.tasks().first)
                #expect(task.status == .retrying && task.tries == 0)
                try await harness.makeDue()
            }
            try await harness.sendTasks()
            #expect(try await harness.tasks().map(\.status) == [.done, .done, .done])
        }
    }

    @Test("faults that pass are tried twenty times, unknown ones eight times")
    func tries() async throws {
        for (kind, most) in [(PlatformFault.Kind.retry, 20), (.unknown, 8)] {
            for tries in 1...most {
                let outcome = OrderTaskOutcome(
                    of: TaskAnswer(fault: PlatformFault(kind, code: "c", "")), tries: tries, mightBeDone: false,
                    chance: 1)
                #expect(outcome.status == (tries == most ? .dead : .retrying))
                #expect((1...300_000).contains(outcome.pauseMilliseconds))
            }
        }
        #expect(
            OrderTaskOutcome(
                of: TaskAnswer(fault: PlatformFault(.doneAlready, code: "c", "")), tries: 20, mightBeDone: true,
                chance: 1
            ).status == .done)
    }

    @Test("a platform that is not reached, however long, makes no dead letter, and is tried again within half a minute")
    func unreached() {
        var tries = 0
        for _ in 0..<100 {
            let fault = PlatformFault(.retry, code: PlatformFault.notReached, "it is away")
            let outcome = OrderTaskOutcome(
                of: TaskAnswer(fault: fault), tries: tries + 1, mightBeDone: false, chance: 1)
            #expect(outcome.status == .retrying && !outcome.mayBeDone)
            #expect(outcome.pauseMilliseconds <= 32_000)
            if outcome.counts { tries += 1 }
        }
    }

    @Test(
        "an order that was too large for its event is asked for again; a part of one that was cancelled is a dead letter"
    )
    func brief() async throws {
        try await OrderFlowHarness.with { harness in
            let whole = harness.order {
                $0.shipments = [Shipment(shipmentID: "s1", lines: [ShipmentLine(lineID: "1", quantity: 1)])]
            }
            harness.desk.state.withLock { $0.orders["any"] = whole }
            let brief = harness.order { $0.items = [] }
            try await harness.apply([
                try harness.event("order.shipped", brief, subject: "s1"),
                try harness.event("order.cancelled", brief, number: 2),
            ])
            harness.desk.state.withLock { $0.failures = [StandInDesk.lost] }
            #expect(try await harness.sendTasks() == 0)
            try await harness.makeDue()
            try await harness.sendTasks()
            let told = harness.shop.state.withLock { $0.carriedOut }
            #expect(told.first?.lines == [OrderTaskCall.Line(lineID: "line-1", sku: "A", quantity: 1)])
            let tasks = try await harness.tasks()
            #expect(tasks.map(\.status) == [.done, .dead] && tasks[1].errorCode == "too-large")
        }
    }
}
