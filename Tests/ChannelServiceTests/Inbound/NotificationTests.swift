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
import RPC
import RPCMessages
import RawMessages
import Synchronization
import Testing
import WellKnownMessages
import Wire

@testable import ChannelService

@Suite("Notifications of platforms")
struct NotificationTests {
    @Test("a notification is kept before it is answered, as it came; its repeat is answered and not kept again")
    func once() async throws {
        try await OrderFlowHarness.with { harness in
            let body = "order 1001 A:2:10   paid"
            for _ in 0..<3 {
                let answer = try await harness.notify(body, event: "e-1")
                #expect(answer.head?.status == 200 && answer.body.isEmpty)
            }
            let messages = try await harness.messages()
            #expect(messages.count == 1)
            let message = try #require(messages.first)
            #expect(message.status == .pending && message.topic == "orders/create" && message.subject == "1001")
            #expect(message.source == "webhook" && message.kind == .order && message.body.isEmpty)
            let whole = try await harness.client.getInbound(GetInboundRequest(id: message.id))
            #expect(whole.body == Array(body.utf8))
            // Secrets of whoever called are not kept.
            #expect(
                try await harness.number("select count(*) from inbound where headers::text like '%session%'") == 0)
            // The same event under another topic is another event.
            try await harness.notify(body, topic: "orders/paid", event: "e-1")
            #expect(try await harness.messages().count == 2)
        }
    }

    @Test("a notification whose body was encoded again, or that is signed with another secret, is refused and not kept")
    func signature() async throws {
        try await OrderFlowHarness.with { harness in
            let sent = Array("order 1001  A:2:10".utf8)
            for signature in [
                StandInAdapter.signature(sent),
                StandInAdapter.signature(Array("order 1001 A:2:10".utf8), secret: "other"), "",
            ] {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.notify("order 1001 A:2:10", event: "e-1", signature: signature)
                }
                #expect(error?.code == .unauthenticated && error?.problem?.type == "signature-invalid")
            }
            let kept = try await harness.number("select count(*) from inbound")
            #expect(kept == 0)
        }
    }

    @Test("a platform that wants another status for a wrong signature gets it, and nothing is kept")
    func signatureStatus() async throws {
        try await OrderFlowHarness.with(wrongSignatureStatus: 412) { harness in
            let answer = try await harness.notify("order 1001 A:2:10", event: "e-1", signature: "other")
            #expect(answer.head?.status == 412 && answer.body.isEmpty)
            #expect(try await harness.number("select count(*) from inbound") == 0)
        }
    }

    @Test("what cannot be verified now is not kept, and is taken when it comes again; what is kept waits for the key")
    func withoutKey() async throws {
        try await OrderFlowHarness.with { harness in
            harness.shop.state.withLock { $0.givesKeys = false }
            let error = await #expect(throws: RPCError.self) {
                try await harness.notify("order 7 A:1:10", event: "e-1")
            }
            #expect(error?.code == .unavailable && error?.problem?.type == "platform-failed")
            #expect(try await harness.number("select count(*) from inbound") == 0)
            harness.shop.state.withLock { $0.givesKeys = true }
            #expect(try await harness.notify("order 7 A:1:10", event: "e-1").head?.status == 200)
            #expect(try await harness.notify("order2 8 A:1:10", event: "e-2").head?.status == 200)
            #expect(try await harness.notify("nonsense", event: "e-3").head?.status == 200)
            harness.shop.state.withLock { ($0.givesKeys, $0.readsNewBodies) = (false, true) }
            _ = try await harness.client.replayDeadLetters(ReplayDeadLettersRequest(connection: "shop"))
            _ = try await InboundRows.take(16, from: harness.pool).asyncMap { message in
                try await harness.processor().work(on: message)
            }
            let messages = try await harness.messages()
            let waiting = messages.filter { $0.status == .retrying }
            #expect(waiting.count == 1 && waiting.first?.topic.isEmpty == true, "\(messages)")
            harness.shop.state.withLock { $0.givesKeys = true }
            _ = try await harness.pool.query(PostgresStatement("update inbound set due_at = now()"))
            try await harness.process()
            #expect(harness.desk.order("7", harness) != nil)
        }
    }

    @Test("a notification that only says that an order has changed has the platform asked for its orders at once")
    func orderChanged() async throws {
        try await OrderFlowHarness.with { harness in
            _ = try await harness.pool.query(
                PostgresStatement(
                    """
                    insert into order_poll (brand_id, connection_id, due_at)
                    select brand_id, connection_id, now() + interval '1 hour' from connection
                    on conflict (brand_id, connection_id) do update set due_at = excluded.due_at
                    """))
            #expect(try await harness.notify("changed 1001", topic: "changes/order", event: "e-1").head?.status == 200)
            try await harness.process()
            #expect(try await harness.number("select count(*) from order_poll where due_at <= now()") == 1)
            #expect(try await harness.messages().map(\.status) == [.done])
        }
    }

    @Test("a platform's question is answered for the address that it was given, and of no other connection")
    func challenge() async throws {
        try await OrderFlowHarness.with(wrongSignatureStatus: 412) { harness in
            let answer = try await harness.client.answerChallenge(
                AnswerChallengeRequest(key: "key-1", challengeCode: "c-1"))
            #expect(answer.challengeResponse == "c-1 of https://api.example.com/v1/notifications/key-1")
            for key in ["key-2", "KEY-1"] {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.client.answerChallenge(AnswerChallengeRequest(key: key, challengeCode: "c-1"))
                }
                #expect(error?.code == .notFound)
            }
            let empty = await #expect(throws: RPCError.self) {
                try await harness.client.answerChallenge(AnswerChallengeRequest(key: "key-1"))
            }
            #expect(empty?.code == .invalidArgument)
        }
        try await OrderFlowHarness.with { harness in
            let error = await #expect(throws: RPCError.self) {
                try await harness.client.answerChallenge(AnswerChallengeRequest(key: "key-1", challengeCode: "c-1"))
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("what is signed rightly and cannot be read is a dead letter with its body, and goes on once it can be")
    func notUnderstood() async throws {
        try await OrderFlowHarness.with { harness in
            #expect(try await harness.notify("nonsense", event: "e-1").head?.status == 200)
            #expect(try await harness.notify("nonsense", event: "e-2").head?.status == 200)
            try await harness.notify("order2 7 A:1:10", event: "e-3")
            try await harness.process()
            let letters = try await harness.client.listDeadLetters(ListDeadLettersRequest()).deadLetters
            #expect(letters.map(\.problem) == ["not-understood", "not-understood"])
            let bodies = try await letters.asyncMap {
                String(
                    decoding: try await harness.client.getDeadLetter(GetDeadLetterRequest(id: $0.id)).body,
                    as: UTF8.self)
            }
            #expect(Set(bodies) == ["nonsense", "order2 7 A:1:10"])
            harness.shop.state.withLock { $0.readsNewBodies = true }
            let answer = try await harness.client.replayDeadLetters(ReplayDeadLettersRequest(connection: "shop"))
            #expect(answer.replayed == 2)
            try await harness.process()
            #expect(harness.desk.order("7", harness) != nil)
            let left = try await harness.client.listDeadLetters(ListDeadLettersRequest()).deadLetters
            #expect(left.count == 1 && left.first?.problem == "not-understood")
        }
    }

    @Test("a connection that is paused keeps what comes; one that is stopped, or is not there, takes nothing")
    func status() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.connections.become(.paused, harness.key)
            try await harness.notify("order 1 A:1:10", event: "e-1")
            #expect(try await harness.process() == 0)
            #expect(harness.desk.order("1", harness) == nil)
            try await harness.connections.become(.active, harness.key)
            #expect(try await harness.process() == 1)
            #expect(harness.desk.order("1", harness) != nil)
            try await harness.connections.become(.stopped, harness.key)
            for key in ["key-1", "key-2"] {
                let error = await #expect(throws: RPCError.self) {
                    try await harness.notify("order 2 A:1:10", event: "e-2", key: key)
                }
                #expect(error?.code == .notFound && error?.problem?.type == "connection-not-found")
            }
            #expect(try await harness.messages().count == 1)
        }
    }

    @Test("a platform that ends the connection stops it, and the connection says so; not one that was resumed since")
    func disconnected() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("shop gone", topic: "app/uninstalled", event: "e-1")
            try await harness.process()
            let stopped = try #require(try await harness.connections.connection(harness.key))
            #expect(stopped.connection.status == .stopped)
            #expect(stopped.connection.statusReason.contains("app/uninstalled"))
            try await harness.connections.become(.active, harness.key)
            _ = try await harness.pool.query(
                PostgresStatement("update inbound set status = 1, due_at = now(), received_at = now() - interval '1 h'")
            )
            try await harness.process()
            #expect(try await harness.connections.connection(harness.key)?.connection.status == .active)
        }
    }

    @Test("news of stock and products have them read back, others are kept for their time")
    func hints() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("item 77 available 3", topic: "inventory/update", event: "e-1")
            try await harness.notify("product 78", topic: "products/update", event: "e-2")
            try await harness.notify("theme 79", topic: "themes/publish", event: "e-3")
            try await harness.process()
            let hints = harness.hints.hints.withLock { $0 }
            #expect(hints.map(\.subject).sorted() == ["77", "78"] && Set(hints.map(\.kind)) == [.stock, .product])
            #expect(try await harness.messages().allSatisfy { $0.status == .done })
        }
    }

    @Test("another brand sees none of it")
    func strangers() async throws {
        try await OrderFlowHarness.with { harness in
            try await harness.notify("nonsense", event: "e-1")
            let message = try #require(try await harness.messages().first)
            let letter = try #require(
                try await harness.client.listDeadLetters(ListDeadLettersRequest()).deadLetters.first)
            #expect(try await harness.strangers.listInbound(ListInboundRequest()).messages.isEmpty)
            #expect(try await harness.strangers.listDeadLetters(ListDeadLettersRequest()).deadLetters.isEmpty)
            for call in [
                { _ = try await harness.strangers.getInbound(GetInboundRequest(id: message.id)) },
                { _ = try await harness.strangers.getDeadLetter(GetDeadLetterRequest(id: letter.id)) },
                { _ = try await harness.strangers.getInbound(GetInboundRequest(id: "nonsense")) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: RPCError.self) { try await call() }
                #expect(error?.code == .notFound && error?.problem?.type == "message-not-found")
            }
            let replayed = try await harness.strangers.replayDeadLetters(ReplayDeadLettersRequest(ids: [letter.id]))
            #expect(replayed.replayed == 0)
            let error = await #expect(throws: RPCError.self) {
                try await harness.strangers.listInbound(ListInboundRequest(connection: "shop"))
            }
            #expect(error?.problem?.type == "connection-not-found")
        }
    }

    @Test("a notification from the future, or with an id that no column takes, is kept all the same")
    func strangeContent() async throws {
        try await OrderFlowHarness.with { harness in
            let key = harness.key
            for (number, time) in [Int64.max, Int64.min, 4_102_444_800_000_000].enumerated() {
                let content = NotificationContent(
                    kind: .other, topic: "t\0opic" + String(repeating: "x", count: 500),
                    eventID: String(repeating: "e", count: 5_000) + "\(number)", subject: "s\0", happenedAt: time)
                let message = NewInbound(content, NotificationHead(), body: [1], of: key)
                let (isNew, isNewAgain) = (
                    try await harness.inbound.store(message), try await harness.inbound.store(message)
                )
                #expect(isNew && !isNewAgain)
            }
            let kept = try await harness.messages().count
            #expect(kept == 3)
        }
    }
}

extension Array {
    /// One behind the other.
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
