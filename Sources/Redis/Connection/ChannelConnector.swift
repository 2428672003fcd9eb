internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens channels to one server.
struct ChannelConnector: Sendable {
    private let address: RedisConfiguration.Address
    private let connectTimeout: TimeAmount
    private let serverName: String?
    private let sslContext: NIOSSLContext?

    /// - Throws: ``RedisError`` with code `configuration` where TLS is configured in a way that cannot work.
    init(_ configuration: RedisConfiguration) throws(RedisError) {
        self.address = configuration.address
        self.connectTimeout = .milliseconds(Int64(configuration.connectMilliseconds))
        self.serverName = configuration.serverName
        do {
            self.sslContext = try configuration.tls.map { try NIOSSLContext(configuration: $0) }
        } catch {
            throw RedisError(.configuration, "TLS cannot be used as configured: \(error)")
        }
    }

    /// Opens a channel that the handler stands in.
    func connect<Owner: RedisChannelOwner>(
        on eventLoop: any EventLoop, _ makeHandler: @escaping @Sendable () -> RedisChannelHandler<Owner>
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(self.connectTimeout)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 262_144)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let sslContext = self.sslContext {
                        let handler = try NIOSSLClientHandler(context: sslContext, serverHostname: self.serverName)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(makeHandler())
                }
            }
        switch self.address {
        case .tcp(let host, let port):
            return bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
        case .unix(let path): return bootstrap.connect(unixDomainSocketPath: path)
        }
    }
}
