import ChannelAdapter
import FileFormats
import Testing

@testable import AmazonAdapter

@Suite("A restricted token goes where buyers' data are asked for, and nowhere else")
struct RestrictedTokenTests {
    private static func tokens(_ amazon: ScriptedAmazon) -> [ScriptedAmazon.Call] {
        amazon.calls.filter { $0.path.hasSuffix("restrictedDataToken") }
    }

    private static func header(_ call: ScriptedAmazon.Call) -> String? {
        call.request.headers.first { $0.name == "x-amz-access-token" }?.value
    }

    @Test("it is asked for once with the access token, and goes in the place of that")
    func used() async throws {
        let amazon = ScriptedAmazon { (call, _) in OrderV0Tests.answers(call) }
        for _ in 0..<3 { _ = try await OrderV0Tests.session(amazon).orders(since: 0, page: "") }
        let asked = Self.tokens(amazon)
        #expect(asked.count == 1 && asked.first.flatMap(Self.header) == "token-1" && amazon.tokenCalls.count == 1)
        let resources = asked.first?.body["restrictedResources"]?.elements ?? []
        #expect(
            resources.map { $0["path"]?.text } == [
                "/orders/v0/orders", "/orders/v0/orders/{orderId}", "/orders/v0/orders/{orderId}/orderItems",
            ])
        #expect(resources.allSatisfy { $0["method"]?.text == "GET" && $0["dataElements"]?.elements.isEmpty == false })
        let others = amazon.calls.filter { $0.method == "GET" }
        #expect(others.count == 6 && others.allSatisfy { Self.header($0) == "Atz.sprdt|one" })
        // Other calls go with the access token.
        let parcel = OrderTaskCall(
            key: "k", kind: .ship, orderID: "114-1", lines: [.init(lineID: "i1", sku: "PAD-1", quantity: 2)],
            carrier: "UPS", trackingNumber: "1Z", happenedAt: 1_767_225_600_000_000)
        _ = try await OrderV0Tests.session(amazon).carryOut(parcel)
        #expect(amazon.calls.last.flatMap(Self.header) == "token-1")
    }

    @Test("it is kept until a minute before its end")
    func kept() async throws {
        let amazon = ScriptedAmazon { (call, _) in OrderV0Tests.answers(call) }
        let session = try OrderV0Tests.session(amazon)
        _ = try await session.order(id: "114-1")
        amazon.time.advance(3_539_000)
        _ = try await session.order(id: "114-1")
        #expect(Self.tokens(amazon).count == 1)
        amazon.time.advance(1_000)
        _ = try await session.order(id: "114-1")
        #expect(Self.tokens(amazon).count == 2)
    }

    @Test("many calls at once ask for one, and one that is refused is asked for anew, once")
    func renewed() async throws {
        let count = Counter()
        let amazon = ScriptedAmazon { (call, _) in
            if call.path.hasSuffix("restrictedDataToken") {
                return .json(#"{"restrictedDataToken":"Atz.sprdt|\#(count.add())","expiresIn":3600}"#)
            }
            return Self.header(call) == "Atz.sprdt|1" ? .error(403, "Unauthorized") : OrderV0Tests.answers(call)
        }
        let session = try OrderV0Tests.session(amazon)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { _ = try await session.order(id: "114-1") } }
            try await group.waitForAll()
        }
        #expect(count.count == 2 && amazon.tokenCalls.count == 1)
    }

    @Test("one that is refused twice is told, and nothing that is told has it in it")
    func refusedTwice() async throws {
        let amazon = ScriptedAmazon { (call, _) in
            call.method == "POST" ? OrderV0Tests.token : .error(403, "Unauthorized")
        }
        let fault = await #expect(throws: PlatformFault.self) {
            try await OrderV0Tests.session(amazon).orders(since: 0, page: "")
        }
        #expect(fault?.kind == .reauthenticate && amazon.calls.count == 4 && Self.tokens(amazon).count == 2)
        #expect(fault.map { "\($0)".contains("sprdt") } == false)
    }

    @Test("where none is given, no order is asked for: the access token is no stand-in for it")
    func refused() async throws {
        for (answer, kind) in [
            (PlatformResponse.error(403, "Unauthorized"), PlatformFault.Kind.reauthenticate),
            (.error(429, "QuotaExceeded"), .throttled), (.error(503, "ServiceUnavailable"), .retry),
            (.json("{}"), .retry), (.json(#"{"restrictedDataToken":"a b","expiresIn":60}"#), .retry),
        ] {
            let amazon = ScriptedAmazon { (_, _) in answer }
            let fault = await #expect(throws: PlatformFault.self) {
                try await OrderV0Tests.session(amazon).orders(since: 0, page: "")
            }
            #expect(fault?.kind == kind && amazon.calls.allSatisfy { $0.method == "POST" })
        }
    }

    @Test("an access token that has ended meanwhile is renewed on the way")
    func accessTokenRenewed() async throws {
        let amazon = ScriptedAmazon { (call, _) in
            if call.method == "POST", Self.header(call) == "token-1" { return .error(403, "Unauthorized") }
            return OrderV0Tests.answers(call)
        }
        _ = try await OrderV0Tests.session(amazon).orders(since: 0, page: "")
        #expect(amazon.tokenCalls.count == 2 && Self.tokens(amazon).map(Self.header) == ["token-1", "token-2"])
    }
}
