import EchoMessages
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Addresses that fail are avoided, and used again when they work", .timeLimit(.minutes(1)))
struct BreakerOverSocketsTests {
    static let method = testMethod("Who")

    /// Runs a server that works, one that fails while `isBroken` says so, and a client of both.
    private static func withPair(
        _ body: (RPCClient, _ isBroken: Watched<Bool>, _ failed: Counter) async throws -> Void
    ) async throws {
        let (isBroken, failed) = (Watched(true), Counter())
        let good = TestService().unary(Self.method) { _, _ in Text(text: "good") }
        let bad = TestService().unary(Self.method) { request, _ in
            guard request.text != "wait" else {
                failed.add()
                try await Event().wait()
                return Text()
            }
            guard isBroken.value else { return Text(text: "mended") }
            failed.add()
            throw RPCError(.internal, "broken")
        }
        try await withServer([good]) { (first) async throws in
            try await withServer([bad]) { (second) async throws in
                let configure = { (configuration: inout RPCClientConfiguration) in
                    configuration.circuitBreaker.openNanoseconds = 300_000_000
                    configuration.circuitBreaker.maximumOpenNanoseconds = 300_000_000
                }
                try await withClient(
                    of: [first.address, second.address], onOneLoop: true, configure: configure
                ) { (client) async throws in
                    try await body(client, isBroken, failed)
                }
            }
        }
    }

    /// Calls until an answer is as wanted.
    private static func call(_ client: RPCClient, until text: String) async throws {
        try await withHangGuard {
            while !Task.isCancelled {
                let answer = try? await client.call(Self.method)
                if answer == text { return }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    @Test("A server that fails is avoided, and used again when it is mended")
    func avoided() async throws {
        try await Self.withPair { (client, isBroken, failed) async throws in
            for _ in 0..<500 { _ = try? await client.call(Self.method) }
            let failures = failed.value
            #expect((3..<150).contains(failures))
            isBroken.update { $0 = false }
            try await Self.call(client, until: "mended")
        }
    }

    @Test("A probe that is cancelled does not lock its address out for ever")
    func cancelledProbe() async throws {
        try await Self.withPair { (client, isBroken, failed) async throws in
            // Opened by failures.
            for _ in 0..<200 { _ = try? await client.call(Self.method) }
            isBroken.update { $0 = false }
            // Calls that wait for ever on the bad server, until one of them was the probe.
            let before = failed.value
            try await withHangGuard {
                while failed.value == before {
                    let call = Task { try? await client.call(Self.method, "wait") }
                    try await Task.sleep(for: .milliseconds(5))
                    call.cancel()
                    _ = await call.value
                }
            }
            try await Self.call(client, until: "mended")
        }
    }
}
