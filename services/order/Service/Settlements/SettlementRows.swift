internal import Jobs
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import ProtobufC

/// A settlement as its row has it.
struct StoredSettlement: Sendable {
    let id: PostgresUUID
    var settlement: Settlement

    init(_ row: PostgresRow) throws(PostgresError) {
        let (id, state, document) = try row.decode(PostgresUUID.self, Int16.self, [UInt8].self)
        self.id = id
        do throws(DecodingError) {
            self.settlement = try Settlement(decoding: document)
        } catch {
            throw .unexpectedValue(column: "document", reason: "it is no settlement: \(error)")
        }
        self.settlement.state = SettlementState(rawValue: Int32(state))
    }

    /// As callers see it: one whose job did not come to its end is what became of the job.
    ///
    /// - Parameter job: nil: it is forgotten.
    func message(_ job: Job?) throws -> Settlement {
        var settlement = self.settlement
        guard settlement.state == .reading else { return settlement }
        guard let job else {
            settlement.state = .failed
            settlement.problem = "the file did not come, and the job that waited for it is forgotten"
            return settlement
        }
        try SettlementProgress(of: job).describe(&settlement)
        settlement.changedAt = (job.endedAt ?? job.createdAt).protobuf
        switch job.state {
        case .failed:
            settlement.state = .failed
            settlement.problem = job.failure?.message ?? ""
        case .cancelled: settlement.state = .cancelled
        case .queued, .running, .cancelling, .succeeded: break
        }
        return settlement
    }
}

/// Reads and writes settlements.
enum SettlementRows {
    /// The command that puts a settlement on record that waits for its file, unless it is there.
    static func beginning(_ settlement: Settlement, _ job: Job) throws(EncodingError) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, job.brand, job.id.uuid, settlement.options?.connection ?? "",
            SettlementState.reading.column, try settlement.encodedBytes())
    }

    /// The command that writes what became of a settlement.
    static func writing(
        _ settlement: Settlement, _ id: PostgresUUID, of brand: PostgresUUID
    ) throws(EncodingError) -> PostgresCommand {
        PostgresCommand(Self.update, brand, id, settlement.state.column, try settlement.encodedBytes())
    }

    /// The command that reads a settlement.
    static func reading(_ id: PostgresUUID, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, id)
    }

    /// The command that locks a settlement.
    static func locking(_ id: PostgresUUID, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.lockingSelection, brand, id)
    }

    /// The command that reads a page of settlements, the newest first.
    ///
    /// - Parameters:
    ///   - connection: Empty: all.
    ///   - before: The last of the page before.
    static func page(
        of brand: PostgresUUID, connection: String, before: PostgresUUID?, limit: Int64
    ) -> PostgresCommand {
        connection.isEmpty
            ? PostgresCommand(Self.pageSelection, brand, before, limit)
            : PostgresCommand(Self.connectionPageSelection, brand, before, limit, connection)
    }

    /// The command that reads how often settlements of a connection were matched.
    static func turn(_ brand: PostgresUUID, _ connection: String) -> PostgresCommand {
        PostgresCommand(Self.turnSelection, brand, connection)
    }

    /// The command that counts a matching; it answers a row, unless another one was counted since.
    static func takingTurn(_ brand: PostgresUUID, _ connection: String, after turn: Int64) -> PostgresCommand {
        PostgresCommand(Self.turnTaking, brand, connection, turn)
    }

    private static let insertion = PostgresStatement(
        """
        insert into settlement (brand_id, settlement_id, connection, state, document) values ($1, $2, $3, $4, $5)
        on conflict (brand_id, settlement_id) do nothing
        """)

    private static let update = PostgresStatement(
        "update settlement set state = $3, document = $4 where brand_id = $1 and settlement_id = $2")

    private static let columns: StaticString =
        "select settlement_id, state, document from settlement where brand_id = $1"

    private static let selection = PostgresStatement(
        joining: [Self.columns, " and settlement_id = $2"], readOnly: true)

    private static let lockingSelection = PostgresStatement(
        joining: [Self.columns, " and settlement_id = $2 for update"])

    private static let pageSelection = PostgresStatement(
        joining: [
            Self.columns, " and ($2::uuid is null or settlement_id < $2) order by settlement_id desc limit $3",
        ], readOnly: true)

    private static let connectionPageSelection = PostgresStatement(
        joining: [
            Self.columns,
            """
             and connection = $4 and ($2::uuid is null or settlement_id < $2) order by settlement_id desc limit $3
            """,
        ], readOnly: true)

    private static let turnSelection = PostgresStatement(
        "select turn from settlement_turn where brand_id = $1 and connection = $2", readOnly: true)

    private static let turnTaking = PostgresStatement(
        """
        insert into settlement_turn (brand_id, connection, turn) values ($1, $2, 1)
        on conflict (brand_id, connection) do update set turn = settlement_turn.turn + 1 where settlement_turn.turn = $3
        returning turn
        """)
}
