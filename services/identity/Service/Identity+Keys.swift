internal import Crypto
internal import Events
internal import Idempotency
internal import IdentityDomain
public import IdentityMessages
internal import Logging
internal import Postgres
internal import ProtobufC
public import RPC
internal import Scopes
internal import WellKnownMessages

extension Identity {
    private static let knownScopes = Set(Scopes.all)

    /// Creates a key of the caller's brand; its secret is in this answer only.
    public func createKey(_ request: CreateKeyRequest, context: ServerContext) async throws -> CreateKeyResponse {
        let brand = try self.brand(of: context)
        let idempotencyKey = try Self.idempotencyKey(brand, context)
        let now = self.now()
        let new = try Self.newKey(request, brand: brand, context.caller, now: now)
        return try await self.answering(context) {
            let answer = CreateKeyResponse(key: new.record.message)
            let event = try IdentityEvents(now: now, trace: context.trace).keyCreated(
                new.record.message, id: new.record.id, brand: brand)
            let claim: IdempotencyClaim
            do {
                claim = try await self.keys.insert(
                    new.record,
                    under: IdempotencyRequest(idempotencyKey, fingerprint: Self.fingerprint(of: request)),
                    answer: try answer.encodedBytes(), events: [event])
            } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
                throw RPCError.brandNotFound
            }
            if let refusal = RPCError(claim) { throw refusal }
            if case .answered(let answer) = claim { return try CreateKeyResponse(decoding: answer.response) }
            self.logger.notice("key created", metadata: ["key": "\(new.record.id)"])
            return CreateKeyResponse(key: answer.key, secret: new.secret)
        }
    }

    /// Lists the keys of the caller's brand, the newest first.
    public func listKeys(_ request: ListKeysRequest, context: ServerContext) async throws -> ListKeysResponse {
        let brand = try self.brand(of: context)
        let last = KeyID(request.pageToken)
        guard request.pageToken.isEmpty || last != nil else { throw Self.invalidPageToken }
        let size = Self.pageSize(request.pageSize)
        return try await self.answering(context) {
            let found = try await self.keys.keys(of: brand, before: last, limit: size + 1)
            let page = Array(found.prefix(size))
            return ListKeysResponse(keys: page, nextPageToken: found.count > size ? page.last?.id ?? "" : "")
        }
    }

    /// Revokes a key of the caller's brand.
    public func revokeKey(_ request: RevokeKeyRequest, context: ServerContext) async throws -> Key {
        let brand = try self.brand(of: context)
        guard let id = KeyID(request.keyID) else { throw RPCError.keyNotFound }
        let now = self.now()
        let events = IdentityEvents(now: now, trace: context.trace)
        let principal = context.caller.principal
        return try await self.answering(context) {
            let key = try await self.keys.revoke(id, of: brand, at: now) { key in
                [try events.keyRevoked(key, id: id, brand: brand, by: principal)]
            }
            guard let key else { throw RPCError.keyNotFound }
            self.logger.notice("key revoked", metadata: ["key": "\(id)"])
            return key
        }
    }
}

extension Identity {
    /// A key that is about to be stored, and its text.
    private struct Created {
        let record: NewKey
        let secret: String
    }

    private static func newKey(
        _ request: CreateKeyRequest, brand: PostgresUUID, _ caller: CallerIdentity, now: PostgresTimestamp
    ) throws(RPCError) -> Created {
        let expiry = try request.expiresAt.map { (expiry) throws(RPCError) in
            guard let moment = PostgresTimestamp(expiry) else {
                throw RPCError(field: "expiresAt", "is no time", expected: "a time of the years 1 to 9999")
            }
            return moment
        }
        let scopes: [String]
        do throws(KeyRules.Fault) {
            scopes = try KeyRules.scopes(request.scopes, known: self.knownScopes, held: caller.scopes)
            try KeyRules.checkExpiry(expiry?.microseconds, now: now.microseconds)
        } catch {
            throw RPCError(error)
        }
        // The system's generator is getrandom(2), which is made for secrets.
        var generator = SystemRandomNumberGenerator()
        let key = APIKey(milliseconds: now.microseconds / 1_000, using: &generator)
        let record = NewKey(
            id: key.id, brand: brand, digest: key.digest, scopes: scopes, note: request.note,
            createdBy: caller.principal, createdAt: now, expiresAt: expiry)
        return Created(record: record, secret: key.text)
    }

    private static func idempotencyKey(
        _ brand: PostgresUUID, _ context: ServerContext
    ) throws(RPCError) -> IdempotencyKey {
        do throws(IdempotencyKeyError) {
            return try IdempotencyKey(
                brand: brand, principal: context.caller.principal, method: context.method.name,
                key: context.metadata[Metadata.idempotencyKey] ?? "")
        } catch {
            throw RPCError(error)
        }
    }

    private static func fingerprint(of request: CreateKeyRequest) throws -> [UInt8] {
        Array(SHA256.hash(data: try request.encodedBytes()))
    }
}

extension NewKey {
    /// The key as callers see it.
    fileprivate var message: Key {
        Key(
            id: self.id.description, prefix: APIKey.publicPart(of: self.id), scopes: self.scopes, note: self.note,
            createdBy: self.createdBy, createdAt: self.createdAt.protobuf, expiresAt: self.expiresAt?.protobuf)
    }
}
