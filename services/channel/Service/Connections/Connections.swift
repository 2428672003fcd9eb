internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Logging
internal import Postgres
internal import ServiceKit
internal import WellKnownMessages

/// The connections of all brands, for whoever works for them.
final class Connections: IntakeConnections {
    /// How often a change is tried that lost a race with another.
    static let maximumTries = 8
    /// The characters of a status's reason.
    static let maximumReasonCharacters = 500
    /// Connections of one question about all brands.
    private static let portion: Int64 = 10_000

    let pool: PostgresPool
    let registry: ConnectionRegistry
    let sealing: CredentialSealing
    /// Where platforms send their notifications; nil: they are not asked for any.
    let gateway: GatewayAddress?
    private let logger: Logger
    private let cache = VersionedCache<SyncConnection>()

    init(
        _ pool: PostgresPool, registry: ConnectionRegistry, sealing: CredentialSealing, gateway: GatewayAddress? = nil,
        logger: Logger
    ) {
        self.pool = pool
        self.registry = registry
        self.sealing = sealing
        self.gateway = gateway
        self.logger = logger
    }

    /// A connection with its account. From memory, as ``VersionedCache`` says: a change that another process has made counts
    /// here a quarter of a second later. Who must not act on an older state, above all on a connection that was paused
    /// meanwhile, compares the version in the transaction that has the effect.
    ///
    /// - Returns: nil: the brand has none of that id, or no adapter is of its platform.
    /// - Throws: `PostgresError`; ``CredentialFault`` where its credentials cannot be opened.
    func connection(_ key: ConnectionKey) async throws -> SyncConnection? {
        try await self.cache.value(of: key) {
            try ConnectionRows.readStamp(try await self.pool.query(ConnectionRows.stamp(key)))
        } read: {
            try await self.read(key)
        }
    }

    /// The same, read anew.
    func renewed(_ key: ConnectionKey) async throws -> SyncConnection? {
        self.cache.drop(key)
        return try await self.connection(key)
    }

    /// The connection that notifications with a key are for; nil: none is.
    func key(ofNotifications key: String) async throws -> ConnectionKey? {
        try ConnectionRows.keys(try await self.pool.query(ConnectionRows.owner(ofNotificationKey: key))).first
    }

    /// The connections of all brands for which calls may be made now, by brand and id.
    func active() async throws -> [ConnectionKey] {
        var all: [ConnectionKey] = []
        while true {
            let rows = try await self.pool.query(ConnectionRows.active(after: all.last, limit: Self.portion))
            let page = try ConnectionRows.keys(rows)
            all += page
            guard page.count == Int(Self.portion) else { return all }
        }
    }

    /// Stops a connection, as its platform refuses the credentials or has ended it. Nothing happens where it is paused or
    /// stopped already.
    ///
    /// - Parameter reason: For people; no secret in it.
    func stop(_ key: ConnectionKey, reason: String) async throws {
        let stopped = try await self.changeStatus(of: key) { stored in
            stored.status == .active ? (.stopped, String(reason.prefix(Self.maximumReasonCharacters))) : nil
        }
        guard stopped?.wasChanged == true else { return }
        self.logger.warning(
            "stopped a connection",
            metadata: ["brand": "\(key.brand)", "connection": "\(key.id)", "reason": "\(reason)"])
    }

    /// Gives a connection another status.
    ///
    /// - Parameter change: The status and its reason; nil: it stays as it is.
    /// - Returns: nil: there is no such connection.
    func changeStatus(
        of key: ConnectionKey, _ change: (StoredConnection) -> (ConnectionStatus, reason: String)?
    ) async throws -> (connection: StoredConnection, wasChanged: Bool)? {
        let result = try await self.changing { transaction in
            let rows = try await transaction.execute([ConnectionRows.locked(key), ConnectionRows.time])
            guard var stored = try ConnectionRows.read(rows[0]).first else {
                return nil as (StoredConnection, Bool)?
            }
            guard let (status, reason) = change(stored) else { return (stored, false) }
            let now = try Self.time(rows[1])
            if status != stored.status { stored.statusSince = now }
            (stored.status, stored.statusReason) = (status, reason)
            (stored.version, stored.updatedAt) = (stored.version + 1, now)
            _ = try await transaction.commit(with: [try ConnectionRows.put(stored, of: key.brand)])
            return (stored, true)
        }
        self.dropped(key)
        return result.map { ($0.0, $0.1) }
    }

    /// A connection was changed by this process.
    func dropped(_ key: ConnectionKey) { self.cache.drop(key) }

    /// The time of a row of ``ConnectionRows/time``.
    static func time(_ rows: PostgresRows) throws(PostgresError) -> PostgresTimestamp {
        guard let row = rows.first else { throw PostgresError(.server, "a statement without an answer") }
        return try row.decode(PostgresTimestamp.self)
    }

    private func read(_ key: ConnectionKey) async throws -> VersionedCache<SyncConnection>.Stamped? {
        var options = PostgresTransactionOptions()
        (options.isReadOnly, options.isolation) = (true, .repeatableRead)
        let rows = try await self.pool.withTransaction(options) { transaction in
            try await transaction.commit(with: [ConnectionRows.one(key), CredentialRows.all(of: key)])
        }
        guard let stored = try ConnectionRows.read(rows[0]).first else { return nil }
        guard let adapter = self.registry[stored.document.platform]?.adapter else {
            self.logger.error("no adapter is of the platform \(stored.document.platform) of the connection \(key)")
            return nil
        }
        var credentials: [String: String] = [:]
        for row in try CredentialRows.read(rows[1]) {
            credentials[row.name] = try self.sealing.open(row.sealed, name: row.name, of: key)
        }
        let connection = SyncConnection(
            key: key, connection: stored.answer,
            account: PlatformAccount(
                brand: "\(key.brand)", connection: key.id, settings: stored.document.settings, credentials: credentials),
            adapter: adapter)
        return VersionedCache.Stamped(value: connection, stamp: stored.stamp)
    }
}
