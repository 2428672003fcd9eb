/// What a peer shows to prove who it is.
public struct PeerCredentials: Sendable {
    /// The credential in HELLO, or empty.
    public var credential: String
    /// The subject names of the verified client certificate (mutual TLS): its common name and DNS names; empty
    /// without one.
    public var certificateNames: [String]
    /// The peer's address, for logs.
    public var remoteAddress: String

    /// Credentials.
    public init(credential: String, certificateNames: [String] = [], remoteAddress: String = "") {
        self.credential = credential
        self.certificateNames = certificateNames
        self.remoteAddress = remoteAddress
    }
}

/// Decides who a peer is, once per connection.
public protocol Authenticator: Sendable {
    /// Who the peer is.
    ///
    /// The connection reads nothing further until this returns; a function that does not suspend delays nothing.
    ///
    /// - Throws: ``RPCError``, with which the connection is refused. A peer without any credential should become
    ///   ``CallerIdentity/anonymous`` instead, so that it can ask for health.
    func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity
}

/// Takes every peer for the same caller: for tests, benchmarks, and servers that only their own host can reach.
public struct TrustingAuthenticator: Authenticator {
    private let identity: CallerIdentity

    /// An authenticator that answers `identity` to everyone.
    public init(_ identity: CallerIdentity) { self.identity = identity }

    /// Answers the same identity whatever the credentials are.
    public func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity { self.identity }
}
