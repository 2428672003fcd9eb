import ChannelAdapter
import ChannelDomain
import ChannelMessages
import DrivelineTesting
import Postgres
import Synchronization
import Testing

@testable import ChannelService

@Suite("Keeping what is worked on")
struct ClaimRenewalTests {
    @Test("what is worked on is renewed until it is done, also where a renewal fails")
    func renewing() async throws {
        struct Failed: Error {}
        let count = Mutex(0)
        await ClaimRenewal.renewing(every: 2) {
            count.withLock { $0 += 1 }
            throw Failed()
        } during: {
            while count.withLock({ $0 }) < 3 { await Task.yield() }
        }
        let done = count.withLock { $0 }
        try await Task.sleep(for: .milliseconds(20))
        #expect(count.withLock { $0 } == done)
    }

    @Test("who renews a message keeps it, and a renewal that comes late changes nothing")
    func messages() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("order 1 A:1:10", event: "e-1")
            let message = try #require(try await InboundRows.take(1, from: harness.pool).first)
            try await harness.makeDue()
            try await InboundRows.renew(message, in: harness.pool)
            #expect(try await InboundRows.take(1, from: harness.pool).isEmpty)
            let isEnded = try await harness.pool.withTransaction { transaction in
                try await InboundRows.end(
                    message, InboundRows.Ending(status: .pending, tries: 1), in: transaction)
            }
            #expect(isEnded)
            try await InboundRows.renew(message, in: harness.pool)
            #expect(try await InboundRows.take(1, from: harness.pool).count == 1)
        }
    }

    @Test("who renews a connection keeps it, and a renewal that comes late changes nothing")
    func polls() async throws {
        try await OrderFlowHarness.with { harness in
            let poll = try #require(try await OrderPollRows.take(1, from: harness.pool).first)
            try await harness.makeDue()
            try await OrderPollRows.renew(poll, in: harness.pool)
            #expect(try await OrderPollRows.take(1, from: harness.pool).isEmpty)
            try await OrderPollRows.giveBack(poll, pause: 0, tries: 0, to: harness.pool)
            try await OrderPollRows.renew(poll, in: harness.pool)
            #expect(try await OrderPollRows.take(1, from: harness.pool).count == 1)
        }
    }

    @Test("who renews a task keeps it, and a renewal that comes late changes nothing")
    func tasks() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.apply([try harness.event("order.confirmed", harness.order(), number: 1)])
            let task = try #require(try await harness.queue.due(harness.key).first)
            try await harness.makeDue()
            try await harness.queue.renew(task)
            #expect(try await harness.queue.due(harness.key).isEmpty)
            let status = try await harness.queue.answered(
                task, TaskAnswer(fault: PlatformFault(.retry, code: "busy", "later")))
            #expect(status == .retrying)
            try await harness.makeDue()
            try await harness.queue.renew(task)
            #expect(try await harness.queue.due(harness.key).count == 1)
        }
    }
}
