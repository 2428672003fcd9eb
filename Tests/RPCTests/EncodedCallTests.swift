import EchoMessages
import NIOCore
import NIOPosix
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Synchronization
import Testing
import Wire

@Suite("Calls of encoded messages are made without decoding, by the rules of all calls", .timeLimit(.minutes(1)))
struct EncodedCallTests {
    private static let who = testMethod("Who", idempotency: .natural)
    private static let once = testMethod("Once")
    private static let keyed = testMethod("Keyed", idempotency: .keyRequired)

    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private static func call(
        _ client: RPCClient, _ method: MethodDescriptor, _ bytes: [UInt8], options: CallOptions = CallOptions(),
        _ started: (EncodedCall) -> Void = { _ in }
    ) async -> Result<[UInt8], RPCError> {
        await withCheckedContinuation { continuation in
            let call = client.unary(method, encoded: ByteBuffer(bytes: bytes), options: options, on: Self.loop) {
                Self.loop.preconditionInEventLoop()
                continuation.resume(returning: $0.map { Array(buffer: $0) })
            }
            started(call)
        }
    }

    private static func encoded(_ text: String) throws -> [UInt8] { try Text(text: text).encodedBytes() }

    @Test("A unary call answers the response's bytes, with the caller and the metadata that it was given")
    func unary() async throws {
        let service = TestService().unary(Self.who) { request, context in
            let key = context.metadata[Metadata.idempotencyKey] ?? "none"
            return Text(text: "\(request.text) \(context.caller.brand) \(key) \(context.trace?.traceparent ?? "")")
        }
        try await withServer([service]) { (server) async throws in
            try await withClient(of: [server.address], credential: "gateway") { (client) async throws in
                var options = CallOptions(
                    caller: CallerIdentity(brand: "acme", principal: "key"),
                    trace: TraceContext(traceparent: "00-a-b-01"))
                try options.metadata.append(Metadata.idempotencyKey, "k1")
                let result = await Self.call(client, Self.who, try Self.encoded("hello"), options: options)
                #expect(try result.get() == Self.encoded("hello acme k1 00-a-b-01"))
            }
        }
    }

    @Test("Bytes are passed on as they are: the server says that they are no message")
    func malformed() async throws {
        let service = TestService().unary(Self.who) { request, _ in request }
        try await withServerAndClient([service]) { (_, client) async throws in
            let result = await Self.call(client, Self.who, [0xFF])
            #expect(throws: RPCError.self) { try result.get() }
            guard case .failure(let error) = result else { return }
            #expect(error.code == .invalidArgument)
            #expect(error.problem?.reason == .messageMalformed)
        }
    }

    @Test("A failure that invites a repeat is repeated only where the method may be", arguments: [who, once, keyed])
    func repeated(_ method: MethodDescriptor) async throws {
        let tries = Counter()
        let service = TestService().unary(method) { _, _ in
            tries.add()
            throw RPCError(.unavailable, "not now", type: "overloaded", reason: .overloaded)
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let result = await Self.call(client, method, [])
            #expect(throws: RPCError.self) { try result.get() }
            #expect(tries.value == (method.idempotency == .none ? 1 : 3))
        }
    }

    @Test("A call that is given up is told so once, and its handler is cancelled")
    func cancelled() async throws {
        let (begun, ended) = (Event(), Event())
        let service = TestService().unary(Self.who) { request, _ in
            begun.happen()
            defer { ended.happen() }
            try await Event().wait()
            return request
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let result = await Self.call(client, Self.who, []) { call in
                Task {
                    try await begun.wait()
                    call.cancel()
                    call.cancel()
                }
            }
            guard case .failure(let error) = result else {
                Issue.record("the call succeeded")
                return
            }
            #expect(error.code == .cancelled)
            try await ended.wait()
        }
    }

    @Test("A call whose time is over is told so")
    func deadline() async throws {
        let service = TestService().unary(Self.who) { request, _ in
            try await Event().wait()
            return request
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let result = await Self.call(client, Self.who, [], options: CallOptions(timeout: .milliseconds(20)))
            guard case .failure(let error) = result else {
                Issue.record("the call succeeded")
                return
            }
            #expect(error.code == .deadlineExceeded)
        }
    }

    @Test("A stream answers the bytes of each response, and its failure at the end")
    func stream() async throws {
        let method = testMethod("Stream", .serverStreaming, idempotency: .natural)
        let service = TestService().serverStreaming(method) { request, responses, _ in
            for index in 0..<3 { try await responses.write(Text(text: "\(request.text)\(index)")) }
            throw RPCError(.aborted, "enough")
        }
        try await withServerAndClient([service]) { (_, client) async throws in
            let stream = client.serverStreaming(
                method, encoded: ByteBuffer(bytes: try Self.encoded("a")), on: Self.loop)
            var texts: [String] = []
            let error = await failure {
                for try await bytes in stream { texts.append(try Text(decoding: Array(buffer: bytes)).text) }
            }
            #expect(texts == ["a0", "a1", "a2"])
            #expect(error?.code == .aborted)
        }
    }
}
