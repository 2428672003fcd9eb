internal import ChannelMessages
internal import Postgres
internal import ProtobufC

/// Reads and writes connections.
enum ConnectionRows {
    /// The command that reads a connection.
    static func one(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.single, key.brand, key.id) }

    /// The command that reads a connection and keeps others from changing it until the transaction ends.
    static func locked(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.lock, key.brand, key.id) }

    /// The command that makes changes of a brand's connections come one after the other, and counts them.
    static func setting(of brand: PostgresUUID) -> [PostgresCommand] {
        [
            PostgresCommand(Self.turn, Int64(bitPattern: brand.high ^ brand.low)),
            PostgresCommand(Self.count, brand),
        ]
    }

    /// The command that reads connections behind an id.
    ///
    /// - Parameters:
    ///   - platform: Only of that; empty: of all.
    ///   - statuses: Only with one of these; empty: with any.
    static func page(
        after id: String, of brand: PostgresUUID, platform: String, statuses: [ConnectionStatus], limit: Int64
    ) -> PostgresCommand {
        PostgresCommand(Self.page, brand, id, platform, statuses.map { Int16(clamping: $0.rawValue) }, limit)
    }

    /// The connections of rows of these commands, in their order.
    static func read(_ rows: PostgresRows) throws(PostgresError) -> [StoredConnection] {
        let memory = ArenaMemory()
        return try rows.map { (row) throws(PostgresError) in
            let (
                key, document, status, reason, since, version, created, updated, names, succeeded, failed, error,
                circuit,
                until, notified, through
            ) = try row.decode(
                String.self, [UInt8].self, Int16.self, String.self, PostgresTimestamp.self, Int64.self,
                PostgresTimestamp.self, PostgresTimestamp.self, [String].self, PostgresTimestamp?.self,
                PostgresTimestamp?.self, String.self, Int16.self, PostgresTimestamp?.self, PostgresTimestamp?.self,
                PostgresTimestamp?.self)
            memory.arena.reset()
            return StoredConnection(
                document: try Connection(stored: document, column: "document", in: memory.arena),
                notificationKey: key, status: ConnectionStatus(rawValue: Int32(status)), statusReason: reason,
                statusSince: since, version: version, createdAt: created, updatedAt: updated, credentialNames: names,
                health: ConnectionHealth(
                    succeededAt: succeeded?.protobuf, failedAt: failed?.protobuf, error: error,
                    circuit: CircuitState(rawValue: Int32(circuit)), circuitUntil: until?.protobuf,
                    notifiedAt: notified?.protobuf, ordersThrough: through?.protobuf),
                subscription: try SubscriptionRows.state(row))
        }
    }

    /// The command that asks for a connection's stamp: no row, where there is none.
    static func stamp(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.stamp, key.brand, key.id) }

    /// The stamp of a row of that command.
    static func readStamp(_ rows: PostgresRows) throws(PostgresError) -> RowStamp? {
        guard let row = rows.first else { return nil }
        let (version, changedAt) = try row.decode(Int64.self, PostgresTimestamp.self)
        return RowStamp(version: version, changedAt: changedAt)
    }

    /// The command that makes a connection, or writes what was changed of it.
    static func put(_ connection: StoredConnection, of brand: PostgresUUID) throws(EncodingError) -> PostgresCommand {
        PostgresCommand(
            Self.upsert, brand, connection.document.id, connection.notificationKey, connection.document.platform,
            try connection.document.encodedBytes(), Int16(clamping: connection.status.rawValue),
            connection.statusReason, connection.statusSince, connection.version, connection.createdAt,
            connection.updatedAt)
    }

    /// The command that forgets a connection with its secrets, mapping and listings; what came in and what was told of its
    /// orders stays.
    static func removal(_ key: ConnectionKey) -> PostgresCommand { PostgresCommand(Self.delete, key.brand, key.id) }

    /// The command that finds the connection of a notification key.
    static func owner(ofNotificationKey key: String) -> PostgresCommand { PostgresCommand(Self.byKey, key) }

    /// The command that reads the connections of all brands that work, behind one.
    static func active(after key: ConnectionKey?, limit: Int64) -> PostgresCommand {
        PostgresCommand(Self.active, key?.brand ?? PostgresUUID(high: 0, low: 0), key?.id ?? "", limit)
    }

    /// The keys of rows of these two commands.
    static func keys(_ rows: PostgresRows) throws(PostgresError) -> [ConnectionKey] {
        try rows.map { (row) throws(PostgresError) in
            let (brand, id) = try row.decode(PostgresUUID.self, String.self)
            return ConnectionKey(brand: brand, id: id)
        }
    }

    /// The command that tells the time of the database.
    static var time: PostgresCommand { PostgresCommand(Self.clock) }

    private static let selection: StaticString =
        """
        select c.notification_key, c.document, c.status, c.status_reason, c.status_since, c.version, c.created_at,
            c.updated_at, array(
                select s.name from connection_secret s
                where s.brand_id = c.brand_id and s.connection_id = c.connection_id order by s.name),
            h.succeeded_at, h.failed_at, coalesce(h.error, ''), coalesce(h.circuit, 1::smallint), h.circuit_until,
            h.notified_at, h.orders_through, n.address as notification_address,
            n.connection_version as notification_version, n.topics, n.subscribed_at, n.due_at as notification_due_at,
            n.tries as notification_tries, n.error as notification_error
        from connection c left join connection_health h using (brand_id, connection_id)
            left join subscription n using (brand_id, connection_id)

        """

    private static let single = PostgresStatement(
        joining: [Self.selection, "where c.brand_id = $1 and c.connection_id = $2"], readOnly: true)

    private static let lock = PostgresStatement(
        joining: [Self.selection, "where c.brand_id = $1 and c.connection_id = $2 for update of c"])

    private static let page = PostgresStatement(
        joining: [
            Self.selection,
            """
            where c.brand_id = $1 and c.connection_id > $2 and ($3 = '' or c.platform = $3)
                and (cardinality($4::smallint[]) = 0 or c.status = any($4::smallint[]))
            order by c.connection_id limit $5
            """,
        ], readOnly: true)

    // Any number does as long as no other lock of this kind has its class.
    private static let turn = PostgresStatement("select pg_advisory_xact_lock($1)::text")

    private static let count = PostgresStatement("select count(*) from connection where brand_id = $1")

    private static let stamp = PostgresStatement(
        "select version, updated_at from connection where brand_id = $1 and connection_id = $2", readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into connection (brand_id, connection_id, notification_key, platform, document, status, status_reason,
            status_since, version, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (brand_id, connection_id) do update set document = excluded.document, status = excluded.status,
            status_reason = excluded.status_reason, status_since = excluded.status_since, version = excluded.version,
            updated_at = excluded.updated_at
        """)

    private static let delete = PostgresStatement("delete from connection where brand_id = $1 and connection_id = $2")

    private static let byKey = PostgresStatement(
        "select brand_id, connection_id from connection where notification_key = $1", readOnly: true)

    private static let active = PostgresStatement(
        """
        select brand_id, connection_id from connection where status = 1 and (brand_id, connection_id) > ($1, $2)
        order by brand_id, connection_id limit $3
        """,
        readOnly: true)

    private static let clock = PostgresStatement("select now()", readOnly: true)
}
