import EchoMessages
import NIOCore
import NIOPosix
import ProtobufC
import RPC
import RPCMessages
import RPCTestSupport
import Testing
import Wire

@Suite("Calls of many encoded messages and one answer", .timeLimit(.minutes(1)))
struct EncodedUploadTests {
    private static let join = testMethod("Join", .clientStreaming)
    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private static func encoded(_ text: String) throws -> ByteBuffer {
        ByteBuffer(bytes: try Text(text: text).encodedBytes())
    }

    /// Joins what it is sent; "refuse" is refused, before the end.
    private static func service(_ broken: Event = Event()) -> TestService {
        TestService().clientStreaming(self.join) { requests, _ in
            var text = ""
            do {
                for try await request in requests {
                    if request.text == "refuse" { throw RPCError(.failedPrecondition, "not this") }
                    text += request.text
                }
            } catch let error as RPCError where error.code == .cancelled {
                broken.happen()
                throw error
            }
            return Text(text: text)
        }
    }

    @Test("All messages arrive in order, and the answer's bytes come back")
    func whole() async throws {
        try await withServerAndClient([Self.service()]) { (_, client) async throws in
            let call = client.clientStreaming(Self.join, on: Self.loop)
            for index in 0..<100 { try await call.write(try Self.encoded("\(index),")) }
            await call.finish()
            let answer = try Text(decoding: Array(buffer: try await call.response()))
            #expect(answer.text == (0..<100).map { "\($0)," }.joined())
        }
    }

    @Test("An answer that comes early ends the writing, and says why")
    func early() async throws {
        try await withServerAndClient([Self.service()]) { (_, client) async throws in
            let call = client.clientStreaming(Self.join, on: Self.loop)
            try await call.write(try Self.encoded("refuse"))
            let error = await failure { _ = try await call.response() }
            #expect(error?.code == .failedPrecondition)
            #expect(await failure { try await call.write(try Self.encoded("more")) } != nil)
        }
    }

    @Test("A call that is given up, or dropped, is cancelled and never finished")
    func cancelled() async throws {
        for drops in [false, true] {
            let broken = Event()
            try await withServerAndClient([Self.service(broken)]) { (_, client) async throws in
                var call: EncodedUpload? = client.clientStreaming(Self.join, on: Self.loop)
                try await call?.write(try Self.encoded("a"))
                if !drops { call?.cancel() }
                call = nil
                try await broken.wait()
            }
        }
    }
}
