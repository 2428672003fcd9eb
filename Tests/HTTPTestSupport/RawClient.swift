internal import DrivelineTesting
package import NIOCore
internal import NIOPosix
package import NIOSSL
internal import Synchronization

/// A client that sends any bytes, and shows the bytes that come back.
package final class RawClient: Sendable {
    package let channel: any Channel
    private let received: Received

    private init(_ channel: any Channel, _ received: Received) {
        self.channel = channel
        self.received = received
    }

    /// Connects to a port of this host.
    ///
    /// - Parameters:
    ///   - source: The address that the client has; `nil` for the usual one.
    ///   - reads: Whether what comes is read; a client that does not read is a slow one.
    package static func connect(
        _ port: Int, trusting certificate: NIOSSLCertificate? = nil, from source: String? = nil, reads: Bool = true
    ) async throws -> RawClient {
        let received = Received()
        let tls = try certificate.map { certificate in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates([certificate])
            configuration.certificateVerification = .noHostnameVerification
            return try NIOSSLContext(configuration: configuration)
        }
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: 65_536)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(Receiver(received))
                }
            }
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        return RawClient(try await bootstrap.connect(host: "127.0.0.1", port: port).get(), received)
    }

    /// Sends bytes. What the other side has closed takes nothing; that is no failure here.
    package func send(_ bytes: [UInt8]) async { try? await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    package func send(_ text: String) async { await self.send(Array(text.utf8)) }

    /// Waits until the bytes so far are as they should be.
    package func wait(_ isSo: @escaping @Sendable ([UInt8]) -> Bool) async throws {
        try await self.received.wait { isSo($0) || $1 }
    }

    /// The answers up to a number of them.
    package func answers(_ count: Int, heads: Set<Int> = []) async throws -> [Answer] {
        try await self.received.wait { bytes, isClosed in
            isClosed || Answer.all(bytes, isClosed: isClosed, heads: heads).count >= count
        }
        return Answer.all(self.received.bytes, isClosed: self.received.isClosed, heads: heads)
    }

    /// The answers up to the end of the connection.
    package func answersUntilClose() async throws -> [Answer] {
        try await self.received.wait { $1 }
        return Answer.all(self.received.bytes, isClosed: true)
    }

    /// Everything that came, up to the end of the connection.
    package func bytesUntilClose() async throws -> [UInt8] {
        try await self.received.wait { $1 }
        return self.received.bytes
    }

    package var bytes: [UInt8] { self.received.bytes }

    package var isClosed: Bool { self.received.isClosed }

    /// Whether the connection was broken off, not ended.
    package var wasReset: Bool { self.received.wasReset }

    package func close() async { try? await self.channel.close().get() }

    /// Reads again.
    package func beginReading() async throws { try await self.channel.setOption(.autoRead, value: true).get() }
}

/// What a client has received.
private final class Received: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var wasReset = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    var bytes: [UInt8] { self.state.withLock { $0.bytes } }
    var isClosed: Bool { self.state.withLock { $0.isClosed } }
    var wasReset: Bool { self.state.withLock { $0.wasReset } }

    func reset() { self.change { $0.wasReset = true } }

    func append(_ bytes: ByteBufferView) { self.change { $0.bytes += bytes } }

    func close() { self.change { $0.isClosed = true } }

    private func change(_ change: (inout State) -> Void) {
        let waiters = self.state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// - Throws: `CancellationError` where the test's time is over.
    func wait(_ isSo: @Sendable ([UInt8], Bool) -> Bool) async throws {
        while true {
            try Task.checkCancellation()
            let number = self.state.withLock { state -> Int? in
                if isSo(state.bytes, state.isClosed) { return nil }
                state.nextWaiter += 1
                return state.nextWaiter
            }
            guard let number else { return }
            await self.change(number, isSo)
        }
    }

    /// Waits for the next change, unless things are as they should be by now.
    private func change(_ number: Int, _ isSo: @Sendable ([UInt8], Bool) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if isSo(state.bytes, state.isClosed) || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}

private final class Receiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: Received

    init(_ received: Received) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received.append(self.unwrapInboundIn(data).readableBytesView)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.received.reset()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.received.close() }
}

extension RawClient {
    /// Waits for something that is not to be seen in this client's bytes.
    package func waitUntil(_ isSo: @Sendable () -> Bool) async throws { try await until { isSo() } }
}
