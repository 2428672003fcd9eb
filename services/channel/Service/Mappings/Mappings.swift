internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

/// The mappings of connections.
final class Mappings: Sendable {
    private let connections: Connections
    private let cache = VersionedCache<MappingProgram?>()

    private var pool: PostgresPool { self.connections.pool }

    init(_ connections: Connections) { self.connections = connections }

    /// The mapping that counts for a connection, ready to run. From memory, as ``VersionedCache`` says.
    ///
    /// - Throws: `ChannelRefusal` where there is no such connection or no adapter of its platform; `PostgresError`.
    func program(of key: ConnectionKey, platform: String) async throws -> MappingProgram {
        guard let entry = self.connections.registry[platform] else { throw ChannelRefusal.connectionNotFound(key.id) }
        let saved = try await self.cache.value(of: key) {
            try ConnectionRows.readStamp(try await self.pool.query(MappingRows.stamp(key)))
        } read: {
            guard let stored = try MappingRows.read(try await self.pool.query(MappingRows.one(key))) else { return nil }
            return VersionedCache.Stamped(
                value: try stored.rules.map { try MappingProgram($0) }, stamp: stored.stamp)
        }
        return (saved ?? nil) ?? entry.defaultMapping
    }

    /// The mapping of a connection as it is answered.
    ///
    /// - Throws: The refusal, where there is no such connection.
    func mapping(of key: ConnectionKey) async throws -> Mapping {
        let rows = try await self.pool.query(MappingRows.one(key))
        guard let stored = try MappingRows.read(rows) else { throw ChannelRefusal.connectionNotFound(key.id) }
        return try await self.answer(stored, of: key)
    }

    /// Saves a mapping; the same saved again changes nothing.
    ///
    /// - Throws: The refusal, with all that is wrong with its rules.
    func put(
        _ rules: [MappingRule], of key: ConnectionKey, expectedVersion: UInt64?,
        concerning concerns: [any ListingsConcern]
    ) async throws -> Mapping {
        _ = try MappingProgram(rules)
        return try await self.change(key, expectedVersion: expectedVersion, to: rules, concerning: concerns)
    }

    /// Goes back to the adapter's own mapping.
    func remove(_ key: ConnectionKey, concerning concerns: [any ListingsConcern]) async throws {
        _ = try await self.change(key, expectedVersion: nil, to: nil, concerning: concerns)
    }

    private func change(
        _ key: ConnectionKey, expectedVersion: UInt64?, to rules: [MappingRule]?,
        concerning concerns: [any ListingsConcern]
    ) async throws -> Mapping {
        let (stored, wasChanged) = try await self.connections.changing { transaction in
            // The connection's row is what makes changes of its mapping come one after the other.
            let rows = try await transaction.execute([
                ConnectionRows.locked(key), MappingRows.one(key), ConnectionRows.time,
            ])
            guard !rows[0].isEmpty, var stored = try MappingRows.read(rows[1]) else {
                throw ChannelRefusal.connectionNotFound(key.id)
            }
            let current = UInt64(clamping: stored.version)
            if let expectedVersion, expectedVersion != current {
                throw ChannelRefusal.versionConflict(of: "the mapping", expected: expectedVersion, current: current)
            }
            guard stored.rules != rules else { return (stored, false) }
            stored.rules = rules
            stored.version += 1
            stored.updatedAt = try Connections.time(rows[2])
            _ = try await transaction.execute([try MappingRows.put(stored, of: key)])
            for concern in concerns { try await concern.policyChanged([.content], of: key, in: transaction) }
            return (stored, true)
        }
        if wasChanged {
            self.cache.drop(key)
            for concern in concerns { concern.changed(key) }
        }
        return try await self.answer(stored, of: key)
    }

    private func answer(_ stored: StoredMapping, of key: ConnectionKey) async throws -> Mapping {
        var mapping = Mapping(
            connection: key.id, version: UInt64(clamping: stored.version),
            updatedAt: stored.version == 0 ? nil : stored.updatedAt.protobuf)
        if let rules = stored.rules {
            mapping.rules = rules
        } else {
            mapping.isDefault = true
            let connection = try await self.connections.connection(key)
            mapping.rules = connection?.adapter.defaultMapping ?? []
        }
        return mapping
    }
}
