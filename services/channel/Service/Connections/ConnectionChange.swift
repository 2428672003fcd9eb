internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Postgres
internal import ProtobufC
internal import Refusals

/// A connection that is made or changed: what it is to be, checked against what there is.
struct ConnectionChange: Sendable {
    /// What there is.
    struct Present: Sendable {
        /// nil: it is a new one.
        var stored: StoredConnection?
        /// The credentials that are known, opened.
        var credentials: [String: String]
        /// How many connections the brand has.
        var count: Int64
        /// Now.
        var time: PostgresTimestamp
    }

    let key: ConnectionKey
    /// As it was asked for.
    let given: Connection
    /// nil: any.
    let expectedVersion: UInt64?

    /// What has to be written.
    struct Outcome: Sendable {
        var connection: StoredConnection
        var isCreated = false
        var wasChanged = true
        /// What of listings may have to be sent again.
        var kinds: Set<SyncKind> = []
        /// Credentials that are new or others than before.
        var credentials: [String: String] = [:]
        /// Credentials that are forgotten.
        var forgotten: [String] = []
    }

    /// Decides what becomes of it.
    ///
    /// - Throws: Why it is refused; nothing of a credential is in it.
    func outcome(from present: Present, registry: ConnectionRegistry) throws(ChannelRefusal) -> Outcome {
        let current = UInt64(clamping: present.stored?.version ?? 0)
        if let expected = self.expectedVersion, expected != current {
            throw ChannelRefusal.versionConflict(of: "the connection", expected: expected, current: current)
        }
        if let stored = present.stored, stored.document.platform != self.given.platform {
            throw ChannelRefusal(
                .platformFixed, field: "platform", "is another one than that of the connection",
                expected: "\(stored.document.platform), or a connection with another id")
        }
        let document = ConnectionRules.normalized(self.given, id: self.key.id)
        try self.check(document, present, registry)
        if present.stored == nil, present.count >= Int64(ConnectionLimits.connectionsOfBrand) {
            throw ChannelRefusal(
                .tooMany,
                "the brand has \(present.count) connections; at most \(ConnectionLimits.connectionsOfBrand) may be")
        }
        return self.outcome(document, present)
    }

    private func check(
        _ document: Connection, _ present: Present, _ registry: ConnectionRegistry
    ) throws(ChannelRefusal) {
        guard let adapter = registry[document.platform]?.adapter else {
            throw ChannelRefusal(
                .unknownPlatform, field: "platform", "is \(document.platform.debugDescription)",
                expected: registry.platforms.isEmpty
                    ? "none: there are no adapters" : "one of " + registry.platforms.joined(separator: ", "))
        }
        var faults = ChannelFaults()
        ConnectionRules.check(document, faults: &faults)
        adapter.platform.check(settings: document.settings, faults: &faults)
        if faults.isEmpty {
            for problem in adapter.problems(in: document.settings) {
                faults.add(
                    .invalidValue, "settings.\(problem.field)", problem.reason, expected: problem.expected)
            }
        }
        adapter.platform.check(
            credentials: self.given.credentials, known: Array(present.credentials.keys), faults: &faults)
        try faults.refuse()
    }

    private func outcome(_ document: Connection, _ present: Present) -> Outcome {
        let credentials = self.given.credentials.filter { !$1.isEmpty && present.credentials[$0] != $1 }
        let forgotten = self.given.credentials.keys.filter {
            self.given.credentials[$0] == "" && present.credentials[$0] != nil
        }
        guard var stored = present.stored else {
            let connection = StoredConnection(
                document: document, notificationKey: NotificationKey.make(), status: .active, statusReason: "",
                statusSince: present.time, version: 1, createdAt: present.time, updatedAt: present.time,
                credentialNames: credentials.keys.sorted(), health: ConnectionHealth(circuit: .closed),
                subscription: SubscriptionState())
            return Outcome(connection: connection, isCreated: true, credentials: credentials)
        }
        let old = stored.document
        guard old != document || !credentials.isEmpty || !forgotten.isEmpty else {
            return Outcome(connection: stored, wasChanged: false)
        }
        stored.document = document
        stored.version += 1
        stored.updatedAt = present.time
        stored.credentialNames = Set(stored.credentialNames).subtracting(forgotten).union(credentials.keys).sorted()
        // What it was stopped for may have been its old credentials.
        if stored.status == .stopped, !credentials.isEmpty {
            (stored.status, stored.statusReason, stored.statusSince) = (.active, "", present.time)
        }
        return Outcome(
            connection: stored, kinds: ConnectionRules.kinds(changedFrom: old, to: document), credentials: credentials,
            forgotten: forgotten.sorted())
    }
}
