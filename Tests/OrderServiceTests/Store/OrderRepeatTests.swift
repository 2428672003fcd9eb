import Buckets
import DrivelineTesting
import Foundation
import OrderDomain
import OrderMessages
import Postgres
import Refusals
import TestSupport
import Testing

@testable import OrderService

@Suite("Orders and commands that come again", .timeLimit(.minutes(10)))
struct OrderRepeatTests {
    private static let callers = 64
    /// A thousand in `make soak`.
    private static let rounds = ProcessInfo.processInfo.environment["SOAK_TESTS"] == nil ? 40 : 1_000

    @Test("of 64 callers at once with one key, through two processes, one places the order and all get it")
    func oneOrder() async throws {
        try await OrderHarness.with { harness in
            try await harness.withSecond { second in
                for round in 0..<Self.rounds {
                    let answers = try await withThrowingTaskGroup(of: NewOrderAnswer.self) { group in
                        for caller in 0..<Self.callers {
                            group.addTask {
                                let store = caller.isMultiple(of: 2) ? harness : second
                                let id = round.isMultiple(of: 3) ? "" : "A-\(round)"
                                return try await store.record(id, command: "c-\(round)")
                            }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(Set(answers.map(\.order.id)).count == 1)
                    #expect(answers.count { if case .recorded = $0 { true } else { false } } == 1)
                    let areSame = answers.allSatisfy { if case .found(let found) = $0 { found.isSame } else { true } }
                    #expect(areSame)
                }
            }
            #expect(try await harness.number("select count(*) from sales_order") == Int64(Self.rounds))
            #expect(try await harness.number("select count(*) from order_entry") == Int64(Self.rounds))
            #expect(try await harness.number("select count(*) from event") == Int64(Self.rounds))
        }
    }

    @Test(
        "a repeat by either key finds the order, says whether it is the same, and leads there by its own id from then on"
    )
    func keys() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1", command: "first").order
            func found(_ id: String, _ command: String, _ fingerprint: [UInt8] = [1]) async throws -> FoundOrder {
                let answer = try await harness.record(id, command: command, fingerprint: fingerprint)
                guard case .found(let found) = answer else { throw Missing("\(answer)") }
                #expect(found.order == order)
                return found
            }
            let byNatural = try await found("A-1", "second")
            #expect(byNatural.isSame && byNatural.kind == .natural)
            #expect(try await found("", "second").isSame)
            let other = try await found("A-1", "third", [2])
            #expect(!other.isSame && other.kind == .natural)
            let reused = try await found("A-2", "first", [2])
            #expect(!reused.isSame && reused.kind == .command)
            // What was refused holds no key.
            #expect(try await harness.number("select count(*) from order_key") == 3)
            let free = try await harness.record("A-2", command: "third")
            #expect(free.order.id != order.id)
        }
    }

    @Test("an order that is sent again with the same id is found, whether or not its first answer came")
    func sameID() async throws {
        try await OrderHarness.with { harness in
            let new = harness.new("A-1", command: "c-1")
            guard case .recorded(let recorded) = try await harness.writes.record(new) else {
                throw Missing("the order")
            }
            guard case .found(let found) = try await harness.writes.record(new) else {
                throw Missing("the order again")
            }
            #expect(found.isSame && found.order == recorded.order)
        }
    }

    @Test("what an order's own decision refuses leaves nothing, and its keys are free")
    func refusedOrder() async throws {
        try await OrderHarness.with { harness in
            let new = NewOrder(
                brand: harness.brand, state: OrderHarness.order(), orderID: "A-1", commandID: "c-1", fingerprint: [1],
                by: "tester"
            ) { (_, _) throws(OrderRefusal) in throw OrderRefusal(.tooMany, "no room") }
            let refusal = try await harness.refusal { _ = try await harness.writes.record(new) }
            #expect(refusal?.reason == .tooMany)
            for table: StaticString in [
                "select count(*) from order_key", "select count(*) from sales_order", "select count(*) from event",
                "select count(*) from order_entry", "select count(*) from order_line",
            ] { #expect(try await harness.number(table) == 0) }
            guard case .recorded = try await harness.record("A-1", command: "c-1") else { throw Missing("the order") }
        }
    }

    @Test("an order that could not be placed gives its place to the next one, as another attempt")
    func replaced() async throws {
        try await OrderHarness.with { harness in
            let first = try await harness.record("A-1", command: "c-1", OrderHarness.order(lines: 3)).order
            try await harness.apply(first) { (state, _) throws(OrderRefusal) in
                state.order.status = .cancelled
                state.order.cancelReason = .notPlaced
                state.order.plan = OrderPlan()
                state.append(.cancelled, "Not placed")
            }
            let answer = try await harness.record("A-1", command: "c-2", fingerprint: [2])
            guard case .replaced(let replaced) = answer else { throw Missing("\(answer)") }
            #expect(replaced.order.id == first.id && replaced.order.orderID == "A-1")
            #expect(replaced.order.attempt == 2 && replaced.order.version == 3)
            #expect(replaced.order.status == .pending && replaced.order.createdAt == first.createdAt)
            #expect(try await harness.number("select count(*) from order_line") == 1)
            #expect(try await harness.log(of: first).map(\.kind) == [.placed, .cancelled, .placed])
            guard case .found(let found) = try await harness.record("A-1", command: "c-2", fingerprint: [2]) else {
                throw Missing("the order")
            }
            #expect(found.isSame)
        }
    }

    @Test("callers at once who place an order anew make one attempt")
    func replacedOnce() async throws {
        try await OrderHarness.with { harness in
            let first = try await harness.record("A-1", command: "c-0").order
            try await harness.apply(first) { (state, _) throws(OrderRefusal) in
                state.order.status = .cancelled
                state.order.cancelReason = .outOfStock
                state.order.plan = OrderPlan()
                state.append(.cancelled, "Not placed")
            }
            let replaced = try await withThrowingTaskGroup(of: Bool.self) { group in
                for caller in 1...20 {
                    group.addTask {
                        let answer = try await harness.record("A-1", command: "c-\(caller)")
                        return if case .replaced = answer { true } else { false }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(replaced == 1)
            #expect(try await harness.lookup.order(harness.brand, "A-1").attempt == 2)
        }
    }

    @Test("a command that comes again changes nothing; another one with its id is refused")
    func commands() async throws {
        try await OrderHarness.with { harness in
            let order = try await harness.record("A-1", command: "c-1").order
            let first = try await harness.note(order, "one", command: "n-1")
            let second = try await harness.note(first.order, "two", command: "n-2")
            let again = try await harness.note(order, "one", command: "n-1")
            #expect(again.isRepeated && again.order == second.order && again.entries.isEmpty)
            for command in ["n-1", "c-1"] {
                let refusal = try await harness.refusal {
                    try await harness.note(order, "three", command: command, fingerprint: [2])
                }
                #expect(refusal?.reason == .commandIDReused)
            }
            #expect(try await harness.log(of: order).count == 3)
            let unknown = Order(id: OrderID(bucket: .init(number: 1)!, milliseconds: 1, random: (1, 1)).description)
            let refusal = try await harness.refusal { try await harness.note(unknown, "four") }
            #expect(refusal?.reason == .orderNotFound)
        }
    }

    @Test("of commands at once with one id one is carried out; of those that exclude each other one, too")
    func conflicts() async throws {
        try await OrderHarness.with { harness in
            try await harness.withSecond { second in
                for round in 0..<Self.rounds {
                    let order = try await harness.record("B-\(round)").order
                    let (carriedOut, refused) = try await withThrowingTaskGroup(of: Bool?.self) { group in
                        for caller in 0..<Self.callers {
                            group.addTask {
                                let store = caller.isMultiple(of: 2) ? harness : second
                                do {
                                    // Half with one id, the others each with its own: all close the same order.
                                    let id = caller % 4 < 2 ? "one" : "own-\(caller)"
                                    return try await store.close(order, command: id).isRepeated ? nil : true
                                } catch let refusal as OrderRefusal {
                                    #expect(refusal.reason == .stateNotAllowed)
                                    return false
                                }
                            }
                        }
                        return try await group.reduce(into: (0, 0)) { counts, isCarriedOut in
                            if isCarriedOut == true { counts.0 += 1 }
                            if isCarriedOut == false { counts.1 += 1 }
                        }
                    }
                    #expect(carriedOut == 1)
                    #expect(refused >= Self.callers / 2 - 1)
                    #expect(try await harness.log(of: order).map(\.number) == [1, 2])
                    #expect(try await harness.lookup.order(harness.brand, order.id).version == 2)
                }
            }
        }
    }
}

extension OrderHarness {
    /// Closes an order, which can be done once.
    func close(_ order: Order, command: String) async throws -> OrderAnswer {
        try await self.apply(order, command: command) { (state, _) throws(OrderRefusal) in
            guard state.order.status != .closed else { throw OrderRefusal(.stateNotAllowed, "it is closed") }
            state.order.status = .closed
            state.append(.closed, "Closed")
        }
    }
}
