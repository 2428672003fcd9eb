public import RPC

/// Lets callers in by API key, for servers that brands' own programs connect to, such as a load test.
///
/// A peer whose credential begins like an API key is its own caller, with the key's brand and scopes; all others are
/// for another authenticator, such as that of the service token. A connection keeps the caller that it began with:
/// a key that is revoked opens no further connection.
public struct KeyAuthenticator: Authenticator {
    /// What every API key begins with. A service token must not.
    public static let keyPrefix = "dl_"

    private let verifier: KeyVerifier
    private let otherwise: any Authenticator

    /// - Parameter otherwise: Decides about peers that show no API key.
    public init(_ verifier: KeyVerifier, otherwise: any Authenticator) {
        self.verifier = verifier
        self.otherwise = otherwise
    }

    /// Who the peer is.
    ///
    /// - Throws: ``RPCError``: UNAUTHENTICATED for a key that is not valid, UNAVAILABLE where that cannot be found out.
    public func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        guard credentials.credential.hasPrefix(Self.keyPrefix) else {
            return try await self.otherwise.authenticate(credentials)
        }
        return try await self.verifier.caller(of: credentials.credential)
    }
}
