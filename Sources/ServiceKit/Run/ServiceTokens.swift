public import RPC
internal import Wire

/// Takes a peer that shows the service token, or a certificate with a trusted name, for a service that may act for
/// brands; one that shows nothing for anonymous, so that it can ask for health; and refuses all others.
public struct ServiceTokenAuthenticator: Authenticator {
    private let token: String?
    private let trustedPeers: Set<String>

    /// An authenticator.
    ///
    /// - Parameter token: The token; `nil`: none is known, and none is right.
    public init(token: String?, trustedPeers: Set<String> = []) {
        self.token = token
        self.trustedPeers = trustedPeers
    }

    /// Who the peer is.
    public func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
        if let name = credentials.certificateNames.first(where: self.trustedPeers.contains) {
            return CallerIdentity(brand: "", principal: name, mayActForOthers: true)
        }
        if credentials.credential.isEmpty { return .anonymous }
        guard let token = self.token, Self.isEqual(token, credentials.credential) else {
            throw RPCError(.unauthenticated, "the token is not known")
        }
        return CallerIdentity(brand: "", principal: "service", mayActForOthers: true)
    }

    /// Compares in a time that says nothing about how much of the text is right.
    static func isEqual(_ expected: String, _ shown: String) -> Bool {
        let expected = Array(expected.utf8)
        let shown = Array(shown.utf8)
        guard !expected.isEmpty, !shown.isEmpty else { return false }
        var difference: UInt8 = expected.count == shown.count ? 0 : 1
        for index in shown.indices { difference |= shown[index] ^ expected[index % expected.count] }
        return difference == 0
    }
}
