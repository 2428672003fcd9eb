internal import Events
internal import Idempotency
internal import IdentityDomain
internal import IdentityMessages
internal import Postgres

/// The API keys in the database.
struct KeyStore: Sendable {
    /// A key as verifying needs it.
    struct Verifiable: Sendable {
        var brand: PostgresUUID
        var scopes: [String]
        var lastUsedAt: PostgresTimestamp?
        var stored: StoredKey
    }

    let pool: PostgresPool

    /// Adds a key, unless a request with this idempotency key was answered before.
    ///
    /// - Parameters:
    ///   - request: The idempotency key, and what the request asks for.
    ///   - answer: What a repeat is answered, encoded. It must not hold the secret.
    ///   - events: What happened.
    func insert(
        _ key: NewKey, under request: IdempotencyRequest, answer: [UInt8], events: [Event]
    ) async throws -> IdempotencyClaim {
        let events = try EventLog.append(events)
        do {
            return try await self.pool.withTransaction { transaction in
                let claim = try await IdempotencyStore.claim(request, in: transaction)
                guard claim == .new else { throw NotNew(claim: claim) }
                let answer = IdempotencyAnswer(status: 0, response: answer)
                try await IdempotencyStore.complete(request.key, with: answer, in: transaction)
                _ = try await transaction.commit(with: [key.insertion] + events)
                return claim
            }
        } catch let refusal as NotNew {
            return refusal.claim
        }
    }

    /// A brand's keys that were created before one, the newest first.
    func keys(
        of brand: PostgresUUID, before last: KeyID?, limit: Int
    ) async throws(PostgresError) -> [Key] {
        let rows = try await self.pool.query(
            Self.page, brand, last.map { PostgresUUID($0) } ?? .greatest, Int64(limit))
        var keys: [Key] = []
        for row in rows { keys.append(try Self.key(row)) }
        return keys
    }

    /// Revokes a brand's key.
    ///
    /// - Parameter events: Made of the key; for one that was revoked before, nothing happens.
    /// - Returns: The revoked key; `nil` where the brand has no such key.
    func revoke(
        _ id: KeyID, of brand: PostgresUUID, at now: PostgresTimestamp, events: @Sendable (Key) throws -> [Event]
    ) async throws -> Key? {
        try await self.pool.withTransaction { transaction in
            let rows = try await transaction.query(Self.revocation, id.bucketNumber, brand, PostgresUUID(id), now)
            guard let row = rows.first else {
                return try await transaction.query(Self.selection, id.bucketNumber, brand, PostgresUUID(id))
                    .first.map(Self.key)
            }
            let key = try Self.key(row)
            _ = try await transaction.commit(with: try EventLog.append(try events(key)))
            return key
        }
    }

    /// What is needed to verify a key.
    func verifiable(_ id: KeyID) async throws(PostgresError) -> Verifiable? {
        guard let row = try await self.pool.query(Self.verification, id.bucketNumber, PostgresUUID(id)).first else {
            return nil
        }
        let (brand, digest, scopes, expiresAt, isRevoked, lastUsedAt, isBrandActive) = try row.decode(
            PostgresUUID.self, [UInt8].self, [String].self, PostgresTimestamp?.self, Bool.self,
            PostgresTimestamp?.self, Bool.self)
        guard let digest = SecretDigest(stored: digest) else {
            throw .unexpectedValue(column: "digest", reason: "it has not \(SecretDigest.byteCount) bytes")
        }
        return Verifiable(
            brand: brand, scopes: scopes, lastUsedAt: lastUsedAt,
            stored: StoredKey(
                digest: digest, expiresAt: expiresAt?.microseconds, isRevoked: isRevoked,
                isBrandActive: isBrandActive))
    }

    /// Writes when keys were last used, all in one statement.
    func write(_ uses: [(key: KeyID, at: Int64)]) async throws(PostgresError) {
        _ = try await self.pool.query(
            Self.lastUse, uses.map(\.key.bucketNumber), uses.map { PostgresUUID($0.key) },
            uses.map { PostgresTimestamp(microseconds: $0.at) })
    }

    private struct NotNew: Error { let claim: IdempotencyClaim }

    private static func key(_ row: PostgresRow) throws(PostgresError) -> Key {
        let (id, scopes, note, createdBy, createdAt, expiresAt, revokedAt, lastUsedAt) = try row.decode(
            PostgresUUID.self, [String].self, String.self, String.self, PostgresTimestamp.self,
            PostgresTimestamp?.self, PostgresTimestamp?.self, PostgresTimestamp?.self)
        return Key(
            id: id.description, prefix: APIKey.publicPart(of: KeyID(id)), scopes: scopes, note: note,
            createdBy: createdBy, createdAt: createdAt.protobuf, expiresAt: expiresAt?.protobuf,
            revokedAt: revokedAt?.protobuf, lastUsedAt: lastUsedAt?.protobuf)
    }
}

extension KeyStore {
    private static let page = PostgresStatement(
        """
        select id, scopes, note, created_by, created_at, expires_at, revoked_at, last_used_at from credential
        where brand_id = $1 and id < $2 and kind = 1 order by id desc limit $3
        """,
        readOnly: true)

    private static let selection = PostgresStatement(
        """
        select id, scopes, note, created_by, created_at, expires_at, revoked_at, last_used_at from credential
        where bucket = $1 and brand_id = $2 and id = $3 and kind = 1
        """,
        readOnly: true)

    private static let revocation = PostgresStatement(
        """
        update credential set revoked_at = $4
        where bucket = $1 and brand_id = $2 and id = $3 and kind = 1 and revoked_at is null
        returning id, scopes, note, created_by, created_at, expires_at, revoked_at, last_used_at
        """)

    private static let verification = PostgresStatement(
        """
        select c.brand_id, c.digest, c.scopes, c.expires_at, c.revoked_at is not null, c.last_used_at, b.status = 1
        from credential c join brand b on b.id = c.brand_id
        where c.bucket = $1 and c.id = $2 and c.kind = 1
        """,
        readOnly: true)

    private static let lastUse = PostgresStatement(
        """
        update credential c set last_used_at = u.used_at
        from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as u (bucket, id, used_at)
        where c.bucket = u.bucket and c.id = u.id and (c.last_used_at is null or c.last_used_at < u.used_at)
        """)
}

/// A key as it is stored.
struct NewKey: Sendable {
    var id: KeyID
    var brand: PostgresUUID
    var digest: SecretDigest
    var scopes: [String]
    var note: String
    var createdBy: String
    var createdAt: PostgresTimestamp
    var expiresAt: PostgresTimestamp?

    fileprivate var insertion: PostgresCommand {
        PostgresCommand(
            Self.statement, self.id.bucketNumber, self.brand, PostgresUUID(self.id), self.digest.bytes, self.scopes,
            self.note, self.createdBy, self.createdAt, self.expiresAt)
    }

    private static let statement = PostgresStatement(
        """
        insert into credential (bucket, brand_id, id, kind, digest, scopes, note, created_by, created_at, expires_at)
        values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9)
        """)
}
