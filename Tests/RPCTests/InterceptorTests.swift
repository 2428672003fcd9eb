import EchoMessages
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Interceptors and the observer see every call", .timeLimit(.minutes(1)))
struct InterceptorTests {
    /// Writes down when it is entered and left.
    private struct Recorder: ServerInterceptor {
        let name: String
        let steps: Watched<[String]>

        func admit(_ call: CallInfo) throws(RPCError) {
            let step = "admit \(self.name) \(call.caller.principal) \(call.metadata["key"] ?? "-")"
            self.steps.update { $0.append(step) }
            guard call.metadata["refuse"] != self.name else {
                throw RPCError(.failedPrecondition, "refused by \(self.name)")
            }
        }

        func around(_ call: CallInfo, _ run: @Sendable () async -> Void) async {
            self.steps.update { $0.append("enter \(self.name)") }
            await Tag.$current.withValue(Tag.current + self.name) { await run() }
            self.steps.update { $0.append("leave \(self.name)") }
        }
    }

    enum Tag {
        @TaskLocal static var current = ""
    }

    @Test("They are asked and entered in order, left in reverse, and what they set is seen by the handler")
    func order() async throws {
        let steps = Watched<[String]>([])
        let method = testMethod("Tagged")
        let service = TestService().unary(method) { _, _ in
            await Task.yield()
            return Text(text: Tag.current)
        }
        let interceptors = ["a", "b", "c"].map { Recorder(name: $0, steps: steps) }
        try await withServerAndClient([service], interceptors: interceptors) { (_, client) async throws in
            let options = CallOptions(metadata: try RPC.Metadata(["key": "value"]))
            #expect(try await client.call(method, options: options) == "abc")
            try await steps.wait { $0.last == "leave a" }
            #expect(
                steps.value == [
                    "admit a tester value", "admit b tester value", "admit c tester value", "enter a", "enter b",
                    "enter c", "leave c", "leave b", "leave a",
                ])
        }
    }

    @Test("A refusal keeps every form of handler from running, and those behind from being asked")
    func refusal() async throws {
        let steps = Watched<[String]>([])
        let interceptors = ["a", "b", "c"].map { Recorder(name: $0, steps: steps) }
        try await withServerAndClient(interceptors: interceptors) { (_, client) async throws in
            let options = CallOptions(metadata: try RPC.Metadata(["refuse": "b"]))
            for method in Echoing.unaryForms {
                steps.update { $0 = [] }
                let error = await failure { _ = try await client.call(method, options: options) }
                #expect(error?.code == .failedPrecondition)
                #expect(error?.message == "refused by b")
                #expect(steps.value == ["admit a tester -", "admit b tester -"])
            }
        }
    }

    @Test("A task-local of one call is not seen by the next, though they share a task")
    func isolation() async throws {
        let steps = Watched<[String]>([])
        let method = testMethod("Tagged")
        let service = TestService().unary(method) { _, _ in Text(text: Tag.current) }
        let interceptor = Recorder(name: "x", steps: steps)
        try await withServerAndClient([service], interceptors: [interceptor]) { (_, client) async throws in
            for _ in 0..<100 { #expect(try await client.call(method) == "x") }
        }
    }

    /// Counts what it is told.
    private final class Accounts: RPCObserver {
        struct Book: Sendable {
            var began = 0
            var ended: [StatusCode: Int] = [:]
            var requestBytes = 0
            var connections = 0
            var opened = 0
            var bytesRead: UInt64 = 0
            var bytesWritten: UInt64 = 0

            var inFlight: Int { self.began - self.ended.values.reduce(0, +) }
        }

        let book = Watched(Book())

        func callBegan(_ method: MethodDescriptor) { self.book.update { $0.began += 1 } }

        func callEnded(_ method: MethodDescriptor, _ code: StatusCode, nanoseconds: UInt64, requestBytes: Int) {
            self.book.update { book in
                book.ended[code, default: 0] += 1
                book.requestBytes += requestBytes
            }
        }

        func connectionsChanged(by difference: Int) {
            self.book.update { book in
                book.connections += difference
                book.opened += max(0, difference)
            }
        }

        func transferred(bytesRead: UInt64, bytesWritten: UInt64) {
            self.book.update { book in
                book.bytesRead += bytesRead
                book.bytesWritten += bytesWritten
            }
        }
    }

    @Test("The observer's accounts are right for every form of handler and every end")
    func accounts() async throws {
        let accounts = Accounts()
        let fail = testMethod("Fail")
        let wait = testMethod("Wait")
        let service = TestService.echoing
            .unary(fail) { _, _ in throw RPCError(.notFound, "no") }
            .unary(wait) { _, _ in
                try await Event().wait()
                return Text()
            }
        try await withServer([service], observer: accounts) { (server) async throws in
            let peer = try await RawPeer.greet(server.port)
            var stream: UInt32 = 1
            for method in Echoing.unaryForms {
                for size in [0, 10, 100_000] {
                    let text = String(repeating: "x", count: size)
                    let frames = try Self.frames(method.id, stream, text)
                    await peer.write(frames.flatMap(\.bytes))
                    while let frame = try await peer.nextOfCall(), frame.type != .response {}
                    stream += 2
                }
            }
            #expect(accounts.book.value.ended == [.ok: 21])
            try await peer.write(.request(fail.id, stream: 101))
            #expect(try await peer.nextOfCall()?.status == .notFound)
            try await peer.write(
                RawFrame(FrameHeader(.request, flags: .endStream, stream: 103, word: Echoing.inline.id), body: [0xFF]))
            #expect(try await peer.nextOfCall()?.status == .invalidArgument)
            try await peer.write(.request(wait.id, stream: 105, timeout: 20_000))
            #expect(try await peer.nextOfCall()?.status == .deadlineExceeded)
            // The peer is answered before the cancelled handler has returned; only then has the call ended.
            try await accounts.book.wait { $0.inFlight == 0 }
            try await peer.write(.request(wait.id, stream: 107))
            try await accounts.book.wait { $0.inFlight == 1 }
            try await peer.write(.bare(.cancel, stream: 107))
            try await accounts.book.wait { $0.inFlight == 0 }
            #expect(accounts.book.value.began == 25)
            #expect(accounts.book.value.connections == 1)
            await peer.close()
            try await accounts.book.wait { $0.connections == 0 && $0.bytesWritten > 0 }
            #expect(accounts.book.value.bytesRead > 600_000)
            #expect(accounts.book.value.bytesWritten > 600_000)
        }
    }

    @Test("Refused requests and unknown methods are not admitted calls")
    func refusedCalls() async throws {
        let accounts = Accounts()
        let guarded = testMethod("Guarded", scope: "no:one")
        let service = TestService().unary(guarded) { request, _ in request }
        try await withServerAndClient([service], observer: accounts) { (_, client) async throws in
            _ = await failure { _ = try await client.call(guarded) }
            _ = await failure { _ = try await client.call(testMethod("Absent")) }
            #expect(accounts.book.value.began == 0)
            #expect(accounts.book.value.ended.isEmpty)
        }
    }

    /// A request in as many frames as it needs.
    private static func frames(_ method: UInt32, _ stream: UInt32, _ text: String) throws -> [RawFrame] {
        let body = try Text(text: text).encodedBytes()
        guard body.count > 60_000 else { return [try .request(method, stream: stream, text)] }
        return [
            RawFrame(
                FrameHeader(.request, flags: .more, stream: stream, word: method), body: Array(body.prefix(60_000))),
            RawFrame(FrameHeader(.data, flags: .endStream, stream: stream), body: Array(body.dropFirst(60_000))),
        ]
    }
}
