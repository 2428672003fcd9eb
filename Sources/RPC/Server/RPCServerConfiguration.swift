public import NIOCore
public import NIOSSL
public import Wire

/// How a server listens and what it allows.
public struct RPCServerConfiguration: Sendable {
    /// The address to listen on; only this host can reach the default.
    public var host: String
    /// The port to listen on; 0 takes a free one.
    public var port: Int
    /// The path of a Unix socket to listen on instead, of 107 bytes at the most. A socket that is there already is
    /// replaced; its folder decides who may connect.
    public var unixSocketPath: String?
    /// The limits of each connection.
    public var limits: WireLimits
    /// TLS, or `nil` for plain text. For mutual TLS, demand client certificates here and read their names in the
    /// authenticator.
    public var tls: TLSConfiguration?
    /// The connections that may be open at once; one more is closed at once.
    public var maximumConnections: Int
    /// What the requests of a connection's open calls may take together, in bytes.
    public var maximumHeldBytes: Int
    /// How long a peer may take to say HELLO.
    public var helloTimeout: TimeAmount
    /// How long bytes may wait for a peer that reads nothing.
    public var stallTimeout: TimeAmount
    /// The deadline of calls that set none, of methods that have none of their own.
    public var defaultTimeout: TimeAmount
    /// How long a drain may take before what is left is cut off.
    public var drainTimeout: TimeAmount
    /// The name and version that HELLO carries.
    public var agent: String

    /// The defaults: any free port of this host, plain text, and the limits of `docs/wire.md`.
    public init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
        self.unixSocketPath = nil
        self.limits = WireLimits()
        self.tls = nil
        self.maximumConnections = 20_000
        self.maximumHeldBytes = 67_108_864
        self.helloTimeout = .seconds(10)
        self.stallTimeout = .seconds(30)
        self.defaultTimeout = .seconds(30)
        self.drainTimeout = .seconds(20)
        self.agent = "driveline"
    }

    /// The names of the certificate that the peer of a channel showed and that was verified.
    func peerNames(_ channel: (any Channel)?) -> [String] {
        guard self.tls != nil, let channel,
            let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let certificate = handler.peerCertificate
        else { return [] }
        return certificate.names
    }
}

extension NIOSSLCertificate {
    /// The common name and the DNS names.
    var names: [String] {
        var names: [String] = []
        for alternative in self._subjectAlternativeNames() where alternative.nameType == .dnsName {
            if let name = String(validating: alternative.contents, as: UTF8.self) { names.append(name) }
        }
        return names
    }
}
