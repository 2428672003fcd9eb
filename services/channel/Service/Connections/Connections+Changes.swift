internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import ProtobufC

extension Connections {
    /// Makes a connection, or changes the one that has its id.
    func put(
        _ change: ConnectionChange, concerning concerns: [any ListingsConcern]
    ) async throws -> ConnectionChange.Outcome {
        let key = change.key
        let outcome = try await self.changing { transaction in
            let outcome = try change.outcome(
                from: try await self.present(key, in: transaction), registry: self.registry)
            guard outcome.wasChanged else { return outcome }
            var commands = [try ConnectionRows.put(outcome.connection, of: key.brand)]
            if outcome.isCreated { commands.append(ConnectionHealthRows.creation(of: key)) }
            for (name, text) in outcome.credentials.sorted(by: { $0.key < $1.key }) {
                let sealed = try self.sealing.seal(text, name: name, of: key)
                commands.append(CredentialRows.put(CredentialRow(connection: key, name: name, sealed: sealed)))
            }
            commands += outcome.forgotten.map { CredentialRows.removal($0, of: key) }
            _ = try await transaction.execute(commands)
            if !outcome.kinds.isEmpty {
                for concern in concerns {
                    try await concern.policyChanged(outcome.kinds, of: key, in: transaction)
                }
            }
            return outcome
        }
        if outcome.wasChanged { self.announce(key, to: concerns) }
        return outcome
    }

    /// Forgets a connection.
    ///
    /// - Throws: The refusal, where there is none.
    func remove(_ key: ConnectionKey, concerning concerns: [any ListingsConcern]) async throws {
        try await self.changing { transaction in
            let rows = try await transaction.execute([ConnectionRows.locked(key)])[0]
            guard !rows.isEmpty else { throw ChannelRefusal.connectionNotFound(key.id) }
            for concern in concerns { try await concern.forgotten(key, in: transaction) }
            _ = try await transaction.commit(with: [ConnectionRows.removal(key)])
        }
        self.announce(key, to: concerns)
    }

    /// A connection was changed by this process.
    func announce(_ key: ConnectionKey, to concerns: [any ListingsConcern]) {
        self.dropped(key)
        for concern in concerns { concern.changed(key) }
    }

    /// Runs a transaction, again where it lost a race with another.
    func changing<Value: Sendable>(_ body: (PostgresTransaction) async throws -> Value) async throws -> Value {
        var options = PostgresTransactionOptions()
        options.tries = Self.maximumTries
        return try await self.pool.withTransaction(options, body)
    }

    private func present(
        _ key: ConnectionKey, in transaction: PostgresTransaction
    ) async throws -> ConnectionChange.Present {
        let rows = try await transaction.execute(
            ConnectionRows.setting(of: key.brand) + [
                ConnectionRows.locked(key), CredentialRows.all(of: key), ConnectionRows.time,
            ])
        var credentials: [String: String] = [:]
        for row in try CredentialRows.read(rows[3]) {
            credentials[row.name] = try self.sealing.open(row.sealed, name: row.name, of: key)
        }
        return ConnectionChange.Present(
            stored: try ConnectionRows.read(rows[2]).first, credentials: credentials,
            count: try rows[1].first?.decode(Int64.self) ?? 0, time: try Self.time(rows[4]))
    }
}
