public import NIOCore
public import NIOSSL
public import Wire

/// Where the servers of a service are.
public enum RPCTarget: Sendable, Hashable {
    /// A server at a fixed address.
    public struct Address: Sendable, Hashable {
        /// A name or a numeric address.
        public var host: String
        /// The TCP port.
        public var port: Int

        /// An address.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// These servers; each name is looked up when a connection is made.
    case list([Address])
    /// All addresses that a DNS name has, looked up anew every 30 seconds while the client is used.
    case dns(Address)
    /// The server of this host that listens on a Unix socket at this path, of 107 bytes at the most. With TLS its
    /// certificate needs a ``RPCClientConfiguration/serverName``.
    case unixSocket(String)
}

/// How a client reaches its servers and what it allows.
public struct RPCClientConfiguration: Sendable {
    /// Where the servers are.
    public var target: RPCTarget
    /// An API key or service token; empty: none, or the certificate says who the client is.
    public var credential: String
    /// TLS, or `nil` for plain text.
    public var tls: TLSConfiguration?
    /// The name that the server's certificate must have; `nil`: the address's host.
    public var serverName: String?
    /// The limits of each connection.
    public var limits: WireLimits
    /// The deadline of calls that set none and inherit none.
    public var defaultTimeout: Duration
    /// How often a call is made at most, the first time included.
    public var maximumAttempts: Int
    /// The calls of an event loop that may wait for a connection; one more fails at once.
    public var maximumWaitingCalls: Int
    /// How long a connection attempt may take.
    public var connectTimeout: TimeAmount
    /// How long a connection with open calls may be silent before it is asked for a sign of life. At least 10 s.
    public var keepaliveInterval: TimeAmount
    /// How long the sign of life may take.
    public var keepaliveTimeout: TimeAmount
    /// When an address is avoided.
    public var circuitBreaker: CircuitBreaker.Configuration
    /// The name and version that HELLO carries.
    public var agent: String

    /// The defaults for a target.
    public init(target: RPCTarget, credential: String = "") {
        self.target = target
        self.credential = credential
        self.tls = nil
        self.serverName = nil
        self.limits = WireLimits()
        self.defaultTimeout = .seconds(5)
        self.maximumAttempts = 3
        self.maximumWaitingCalls = 10_000
        self.connectTimeout = .seconds(3)
        self.keepaliveInterval = .seconds(10)
        self.keepaliveTimeout = .seconds(20)
        self.circuitBreaker = CircuitBreaker.Configuration()
        self.agent = "driveline"
    }
}
