import EchoMessages
import RPC
import RPCTestSupport
import Testing

/// What a handler, and the tasks that it starts, know of the call.
@Suite("A handler's tasks find the call that started them") struct CallScopeTests {
    private static func trace(_ number: Int) -> TraceContext {
        let digits = String(1_000 + number)
        return TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c8\(digits)0-b7ad6b7169203331-01")
    }

    @Test("A task that outlives its call still finds that one, whatever its handler's task runs next")
    func leftBehind() async throws {
        let release = Event()
        let found = Watched<[String: String]>([:])
        let leaving = testMethod("Leaving")
        let service = TestService.echoing.unary(leaving) { request, context in
            let own = context.trace?.traceparent ?? "none"
            Task {
                try await release.wait()
                found.update { $0[own] = CallScope.current?.trace?.traceparent ?? "none" }
            }
            return request
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            for number in 0..<50 {
                _ = try await client.call(leaving, options: CallOptions(trace: Self.trace(number)))
                _ = try await client.call(Echoing.unary, options: CallOptions(trace: Self.trace(500 + number)))
            }
            release.happen()
            try await found.wait { $0.count == 50 }
            for (own, found) in found.value { #expect(own == found) }
        }
    }

    @Test("Tasks that the handler waits for find the call, and the next call on the same task finds its own")
    func children() async throws {
        let method = testMethod("Parent")
        let service = TestService().unary(method) { _, _ in
            async let first = CallScope.current?.trace?.traceparent
            let second = await withTaskGroup(of: String?.self) { group in
                group.addTask { CallScope.current?.trace?.traceparent }
                return await group.next() ?? nil
            }
            let own = CallScope.current?.trace?.traceparent
            return Text(text: [await first, second, own].map { $0 ?? "none" }.joined(separator: " "))
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            for number in 0..<50 {
                let trace = Self.trace(number)
                let answer = try await client.call(method, options: CallOptions(trace: trace))
                #expect(answer == Array(repeating: trace.traceparent, count: 3).joined(separator: " "))
            }
        }
    }

    @Test("A scope that is bound within a handler stands before the call's")
    func bound() async throws {
        let method = testMethod("Bound")
        let service = TestService().unary(method) { _, _ in
            let inner = await CallScope.with(timeout: .seconds(1), brand: "inner") { CallScope.current?.brand }
            return Text(text: "\(inner ?? "none") \(CallScope.current?.brand == "inner")")
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            #expect(try await client.call(method) == "inner false")
        }
    }
}
