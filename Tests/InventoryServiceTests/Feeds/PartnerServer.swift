import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A partner's server for HTTPS on the local host, which answers as a test tells it to: also wrongly.
final class PartnerServer: Sendable {
    /// What is done with a request.
    enum Reply: Sendable {
        /// Bytes of an answer, with its head; then the connection is closed.
        case bytes([UInt8])
        /// A head, and the same bytes again and again, without an end.
        case endless(head: String, part: String)
        /// A head, and the same bytes every 20 ms.
        case drip(head: String, part: String)
        /// A beginning, and then nothing.
        case stall(String)

        /// An answer as it should be.
        static func file(_ text: String, status: String = "200 OK", _ headers: String...) -> Reply {
            .file(Array(text.utf8), status, headers)
        }

        /// The same with bytes.
        static func file(_ bytes: [UInt8], _ headers: String...) -> Reply { .file(bytes, "200 OK", headers) }

        private static func file(_ bytes: [UInt8], _ status: String, _ headers: [String]) -> Reply {
            let lines = ["HTTP/1.1 \(status)", "content-length: \(bytes.count)"] + headers
            return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + bytes)
        }
    }

    private struct State {
        var reply: @Sendable (String) -> Reply = { _ in .stall("") }
        var requests: [String] = []
    }

    private let state: Shared
    private let channel: any Channel

    fileprivate final class Shared: Sendable {
        private let state = Mutex(State())

        func request(_ head: String) -> Reply {
            let reply = self.state.withLock { state in
                state.requests.append(head)
                return state.reply
            }
            return reply(head)
        }

        var requests: [String] { self.state.withLock { $0.requests } }

        func reply(_ reply: @escaping @Sendable (String) -> Reply) { self.state.withLock { $0.reply = reply } }
    }

    /// Starts a server with a certificate of an authority.
    private init(_ authority: TestAuthority) async throws {
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(authority.path("server.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: authority.path("server.key"), format: .pem)))
        let context = try NIOSSLContext(configuration: tls)
        let shared = Shared()
        self.state = shared
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLServerHandler(context: context), Handler(shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Runs a server for the length of a body.
    static func with(_ authority: TestAuthority, _ body: (PartnerServer) async throws -> Void) async throws {
        let server = try await PartnerServer(authority)
        do {
            try await body(server)
            try await server.channel.close()
        } catch {
            try? await server.channel.close()
            throw error
        }
    }

    func url(_ path: String = "/stock.csv", host: String = "127.0.0.1") -> String {
        "https://\(host):\(self.channel.localAddress?.port ?? 0)\(path)"
    }

    /// The heads of the requests that came.
    var requests: [String] { self.state.requests }

    /// Answers like this from now on.
    func reply(_ reply: @escaping @Sendable (_ head: String) -> Reply) { self.state.reply(reply) }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let shared: Shared
        private var head = ""

        init(_ shared: Shared) { self.shared = shared }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.head += String(buffer: self.unwrapInboundIn(data))
            guard self.head.contains("\r\n\r\n") else { return }
            let head = self.head
            self.head = ""
            switch self.shared.request(head) {
            case .bytes(let bytes):
                let channel = context.channel
                channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in channel.close(promise: nil) }
            case .stall(let text): context.channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            case .drip(let head, let part):
                context.channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
                Self.drip(ByteBuffer(string: part), to: context.channel)
            case .endless(let head, let part):
                context.channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
                Self.repeat(ByteBuffer(string: part), to: context.channel)
            }
        }

        private static func drip(_ part: ByteBuffer, to channel: any Channel) {
            channel.eventLoop.scheduleTask(in: .milliseconds(20)) {
                channel.writeAndFlush(part).whenSuccess { Self.drip(part, to: channel) }
            }
        }

        /// Writes until the other side has gone away.
        private static func `repeat`(_ part: ByteBuffer, to channel: any Channel) {
            channel.writeAndFlush(part).whenSuccess {
                // Not from within, as what is written at once would go deeper each time.
                channel.eventLoop.execute { Self.repeat(part, to: channel) }
            }
        }
    }
}

/// An authority that openssl has made for one run of the tests, with the certificate of a server at the local host.
struct TestAuthority: Sendable {
    private let directory: URL

    static let shared = Result { try TestAuthority("partner") }
    static let stranger = Result { try TestAuthority("stranger") }

    private init(_ name: String) throws {
        self.directory = FileManager.default.temporaryDirectory.appending(
            path: "driveline-feeds-\(name)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        try self.openssl("req -x509 \(key) -keyout ca.key -out ca.pem -days 2 -subj /CN=\(name)")
        try Data("subjectAltName=DNS:localhost,IP:127.0.0.1".utf8).write(to: self.directory.appending(path: "san"))
        try self.openssl("req \(key) -keyout server.key -out server.csr -subj /CN=server")
        try self.openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile san")
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = self.directory
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    func path(_ file: String) -> String { self.directory.appending(path: file).path }
}
