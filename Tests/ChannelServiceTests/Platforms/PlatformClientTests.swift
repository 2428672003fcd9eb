import ChannelAdapter
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ChannelService

@Suite("Calls to platforms")
struct PlatformClientTests {
    private func client(allowsPrivate: Bool = true) -> PlatformClient {
        var configuration = PlatformClientConfiguration()
        configuration.allowsPrivate = allowsPrivate
        return PlatformClient(configuration)
    }

    private func fault(
        of url: String, timeout: Int64 = 60_000, allowsPrivate: Bool = true
    ) async -> PlatformFault? {
        let client = self.client(allowsPrivate: allowsPrivate)
        let fault: PlatformFault?
        do throws(PlatformFault) {
            _ = try await client.send(PlatformRequest(method: "GET", url: url, timeoutMilliseconds: timeout))
            fault = nil
        } catch { fault = error }
        await client.stop()
        return fault
    }

    @Test("a call is sent as it is said, and its answer read whole, whatever its status")
    func call() async throws {
        let answer = "HTTP/1.1 422 Nope\r\ncontent-length: 5\r\nx-left: 7\r\n\r\nhello"
        try await CannedServer.with(answer) { server in
            let client = self.client()
            let response = try await client.send(
                PlatformRequest(
                    method: "POST", url: "http://127.0.0.1:\(server.port)/graphql?x=1",
                    headers: [PlatformHeader("x-token", "secret")], body: Array("{}".utf8)))
            #expect(response.status == 422 && response.header("X-Left") == "7")
            #expect(String(decoding: response.body, as: UTF8.self) == "hello")
            await client.stop()
            let request = server.received
            #expect(request.hasPrefix("POST /graphql?x=1 HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n{}"))
            #expect(request.lowercased().contains("x-token: secret\r\n"))
            #expect(request.lowercased().contains("user-agent: driveline\r\n"))
        }
    }

    @Test("a redirection is an answer, and is not followed")
    func redirection() async throws {
        try await CannedServer.with("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n") { server in
            let client = self.client()
            let response = try await client.send(
                PlatformRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            #expect(response.status == 302 && response.header("location") == "/x")
            await client.stop()
            #expect(server.requests == 1)
        }
    }

    @Test(
        "addresses of insiders are refused unless they are allowed, before anything is sent",
        arguments: ["https://127.0.0.1:9/", "https://10.0.0.1/", "https://[::1]:9/", "https://169.254.169.254/latest"])
    func insiders(_ url: String) async throws {
        let fault = await self.fault(of: url, allowsPrivate: false)
        #expect(fault?.kind == .refused && fault?.code == "address-private" && fault?.isOutcomeUnknown == false)
    }

    @Test(
        "what is no https address with a host and without a user is refused",
        arguments: [
            "http://shop.example/", "ftp://shop.example/", "https://user:secret@shop.example/", "https://",
            "shop.example",
            "https://shop.example/a b", "https://shop.example:0/", "",
        ])
    func addresses(_ url: String) async throws {
        let fault = await self.fault(of: url, allowsPrivate: false)
        #expect(fault?.kind == .refused && fault?.code == "url-forbidden")
        #expect(fault?.message.contains("secret") == false)
    }

    @Test("where nothing was sent the fault says so, and where something may have been it says that")
    func failures() async throws {
        let refused = await self.fault(of: "http://127.0.0.1:1/")
        #expect(refused?.kind == .retry && refused?.code == "not-reached" && refused?.isOutcomeUnknown == false)
        try await CannedServer.with("") { server in
            let cut = await self.fault(of: "http://127.0.0.1:\(server.port)/")
            #expect(cut?.kind == .retry && cut?.code == "no-answer" && cut?.isOutcomeUnknown == true)
        }
        try await CannedServer.with(nil) { server in
            let silent = await self.fault(of: "http://127.0.0.1:\(server.port)/", timeout: 300)
            #expect(silent?.kind == .retry && silent?.code == "no-answer" && silent?.isOutcomeUnknown == true)
        }
        try await CannedServer.with("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf", closes: false) { server in
            let half = await self.fault(of: "http://127.0.0.1:\(server.port)/", timeout: 300)
            #expect(half?.code == "no-answer" && half?.isOutcomeUnknown == true)
        }
    }

    @Test("an answer that is longer than is read is a fault, whatever length it says")
    func tooLong() async throws {
        let length = PlatformLimits.responseBytes + 1
        try await CannedServer.with(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", padding: length
        ) { server in
            let fault = await self.fault(of: "http://127.0.0.1:\(server.port)/")
            #expect(fault?.code == "answer-too-long" && fault?.isOutcomeUnknown == true)
        }
    }
}

/// A server that gives every request the same bytes.
final class CannedServer: Sendable {
    private let state = Mutex((received: "", requests: 0))
    private let channel: any NIOCore.Channel

    var port: Int { self.channel.localAddress?.port ?? 0 }
    var received: String { self.state.withLock { $0.received } }
    var requests: Int { self.state.withLock { $0.requests } }

    private init(_ channel: any NIOCore.Channel) { self.channel = channel }

    /// - Parameters:
    ///   - answer: nil: it says nothing.
    ///   - padding: Bytes that follow.
    ///   - closes: Whether the connection ends after the answer.
    static func with(
        _ answer: String?, padding: Int = 0, closes: Bool = true, _ body: (CannedServer) async throws -> Void
    ) async throws {
        let box = Mutex<CannedServer?>(nil)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Answering(answer: answer, padding: padding, closes: closes) { bytes in
                            box.withLock { $0 }?.state.withLock {
                                $0.received += String(buffer: bytes)
                                $0.requests += 1
                            }
                        })
                }
            }
        let server = CannedServer(try await bootstrap.bind(host: "127.0.0.1", port: 0).get())
        box.withLock { $0 = server }
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try? await server.channel.close()
        try result.get()
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: String?
        private let padding: Int
        private let closes: Bool
        private let heard: @Sendable (ByteBuffer) -> Void
        private var request = ByteBuffer()
        private var hasAnswered = false

        init(answer: String?, padding: Int, closes: Bool, heard: @escaping @Sendable (ByteBuffer) -> Void) {
            self.answer = answer
            self.padding = padding
            self.closes = closes
            self.heard = heard
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = self.unwrapInboundIn(data)
            self.request.writeBuffer(&bytes)
            let text = String(buffer: self.request)
            // The requests of these tests have either no body or one that ends with a brace.
            guard !self.hasAnswered, text.hasSuffix("\r\n\r\n") && !text.hasPrefix("POST") || text.hasSuffix("}") else {
                return
            }
            self.hasAnswered = true
            self.heard(self.request)
            guard let answer = self.answer else { return }
            var buffer = ByteBuffer(string: answer)
            buffer.writeRepeatingByte(0x20, count: self.padding)
            let sent = context.writeAndFlush(self.wrapOutboundOut(buffer))
            guard self.closes else { return }
            let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
            sent.whenComplete { _ in loopBound.value.close(promise: nil) }
        }
    }
}
