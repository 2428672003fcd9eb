internal import IdentityDomain
public import IdentityMessages
internal import Postgres
public import RPC
internal import WellKnownMessages

extension Identity {
    /// Says whose a key is.
    public func verifyKey(_ request: VerifyKeyRequest, context: ServerContext) async throws -> VerifyKeyResponse {
        try self.requireOperator(context)
        let key: APIKey
        do {
            key = try APIKey(request.key)
        } catch {
            return VerifyKeyResponse(.malformed)
        }
        return try await self.answering(context) {
            let found = try await self.keys.verifiable(key.id)
            let now = self.now().microseconds
            let verification = Verification(of: key, against: found?.stored, now: now)
            guard let found, verification.isValid else { return VerifyKeyResponse(verification) }
            self.lastUse.used(key.id, written: found.lastUsedAt?.microseconds, now: now)
            var response = VerifyKeyResponse(verification)
            response.caller = VerifiedCaller(
                brandID: found.brand.description, principal: "key:\(key.id)", kind: .key, scopes: found.scopes,
                expiresAt: found.stored.expiresAt.map { PostgresTimestamp(microseconds: $0).protobuf })
            return response
        }
    }
}

extension VerifyKeyResponse {
    /// A verdict without a caller.
    fileprivate init(_ verification: Verification) {
        let (seconds, milliseconds) = verification.cacheableMilliseconds.quotientAndRemainder(dividingBy: 1_000)
        self.init(
            verdict: verification.verdict,
            cacheableFor: ProtoDuration(seconds: seconds, nanos: Int32(milliseconds) * 1_000_000))
    }
}
