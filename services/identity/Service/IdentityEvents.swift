internal import Buckets
internal import Events
internal import IdentityDomain
internal import IdentityMessages
internal import Postgres
internal import ProtobufC
internal import RPC

/// The events of the service. A brand's stand in the bucket of its id, a key's in the bucket of the key.
struct IdentityEvents: Sendable {
    /// When what is told happened.
    let now: PostgresTimestamp
    /// The trace of the call that caused it.
    let trace: TraceContext?

    func brandCreated(_ brand: Brand, id: PostgresUUID) throws -> Event {
        try self.event("identity.brand.created", of: id, subject: brand.id, BrandCreated(brand: brand))
    }

    func brandStatusChanged(_ brand: Brand, id: PostgresUUID) throws -> Event {
        try self.event("identity.brand.status-changed", of: id, subject: brand.id, BrandStatusChanged(brand: brand))
    }

    func keyCreated(_ key: Key, id: KeyID, brand: PostgresUUID) throws -> Event {
        try self.event(
            "identity.key.created", of: brand, subject: key.id, bucket: Bucket(number: id.bucketNumber),
            KeyCreated(key: key))
    }

    func keyRevoked(_ key: Key, id: KeyID, brand: PostgresUUID, by principal: String) throws -> Event {
        try self.event(
            "identity.key.revoked", of: brand, subject: key.id, bucket: Bucket(number: id.bucketNumber),
            KeyRevoked(key: key, revokedBy: principal))
    }

    private func event(
        _ type: String, of brand: PostgresUUID, subject: String, bucket: Bucket? = nil, _ payload: some Message
    ) throws -> Event {
        var generator = SystemRandomNumberGenerator()
        return Event(
            id: PostgresUUID(milliseconds: self.now.microseconds / 1_000, using: &generator), brand: brand,
            bucket: bucket ?? Bucket(brand: (brand.high, brand.low), key: subject), type: type, subject: subject,
            occurredAt: self.now, traceParent: self.trace?.traceparent, payload: try payload.encodedBytes())
    }
}
