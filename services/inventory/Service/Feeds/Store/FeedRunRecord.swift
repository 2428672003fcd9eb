internal import InventoryDomain
internal import InventoryMessages
internal import Postgres

/// A run's row.
struct FeedRunRecord: Sendable {
    let id: PostgresUUID
    var progress: FeedRunProgress
    let isByHand: Bool
    let startedAt: PostgresTimestamp
    var endedAt: PostgresTimestamp?
    /// When the figures were made, as far as the source tells.
    var figuresAt: PostgresTimestamp?
    /// The file's name, or the URL without its query.
    let file: String
    /// Whether its numbers are units on hand.
    let isOnHand: Bool
    var content = FeedContent()
    var validators = FeedValidators()
    var counts = Counts()
    var importID: String?
    var problem: FeedProblem?

    /// What became of the rows.
    struct Counts: Hashable, Sendable {
        var changed: Int64 = 0
        var unchanged: Int64 = 0
        var superseded: Int64 = 0
        var failed: Int64 = 0
        var absent: Int64 = 0
    }

    /// A run that begins.
    init(
        id: PostgresUUID, isByHand: Bool, startedAt: PostgresTimestamp, figuresAt: PostgresTimestamp?, file: String,
        isOnHand: Bool
    ) {
        self.id = id
        self.progress = FeedRunProgress()
        self.isByHand = isByHand
        self.startedAt = startedAt
        self.figuresAt = figuresAt
        self.file = file
        self.isOnHand = isOnHand
    }

    /// A row of the statements below.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (id, state, isByHand, startedAt, endedAt, figuresAt, file, isOnHand, tag, modified, importID) =
            try row.decode(
                PostgresUUID.self, Int16.self, Bool.self, PostgresTimestamp.self, PostgresTimestamp?.self,
                PostgresTimestamp?.self, String.self, Bool.self, String?.self, String?.self, String?.self)
        guard let state = InventoryDomain.FeedRunState(rawValue: state) else {
            throw .unexpectedValue(column: "state", reason: "it is none of a run")
        }
        self.init(
            id: id, isByHand: isByHand, startedAt: startedAt, figuresAt: figuresAt, file: file, isOnHand: isOnHand)
        self.progress = FeedRunProgress(state)
        self.endedAt = endedAt
        self.validators = FeedValidators(entityTag: tag, lastModified: modified)
        self.importID = importID
        self.content = try FeedContent(row)
        self.counts = Counts(
            changed: try row.decode(column: "rows_changed"), unchanged: try row.decode(column: "rows_unchanged"),
            superseded: try row.decode(column: "rows_superseded"), failed: try row.decode(column: "rows_failed"),
            absent: try row.decode(column: "rows_absent"))
        let code: String? = try row.decode(column: "failure_code")
        let message: String? = try row.decode(column: "failure_message")
        self.problem = code.map { FeedProblem(code: $0, message: message ?? "") }
    }

    /// The command that writes it: a new row, or all that can have changed of it.
    func written(of feed: FeedRecord) -> PostgresCommand {
        PostgresCommand(
            Self.upsert, feed.brand, feed.id, self.id, self.progress.state.rawValue, self.isByHand, self.startedAt,
            self.endedAt, self.figuresAt, self.file, self.isOnHand, self.validators.entityTag,
            self.validators.lastModified, self.importID, self.content.bytes, self.content.digest, self.content.rows,
            self.counts.changed, self.counts.unchanged, self.counts.superseded, self.counts.failed,
            self.counts.absent, self.problem?.code, self.problem?.message, self.content.faults.map(\.row),
            self.content.faults.map(\.message))
    }

    /// The command that reads a feed's run that has not ended.
    static func open(of feed: FeedRecord) -> PostgresCommand {
        PostgresCommand(Self.openSelection, feed.brand, feed.id)
    }

    /// The command that reads a feed's runs, the newest first.
    static func page(
        of feed: String, brand: PostgresUUID, before: PostgresUUID?, limit: Int64
    ) -> PostgresCommand {
        PostgresCommand(Self.pageSelection, brand, feed, before, limit)
    }

    /// The command that leaves only a feed's latest runs.
    static func pruning(of feed: FeedRecord) -> PostgresCommand {
        PostgresCommand(Self.pruning, feed.brand, feed.id, FeedLimits.runsKept)
    }

    /// The command that takes back a run that has turned out to be none.
    static func withdrawal(of run: FeedRunRecord, of feed: FeedRecord) -> PostgresCommand {
        PostgresCommand(Self.deletion, feed.brand, feed.id, run.id)
    }

    private static let openSelection = PostgresStatement(
        """
        select run_id, state, is_by_hand, started_at, ended_at, figures_at, file, is_on_hand, entity_tag, last_modified,
            import_id, bytes, digest, rows_read, rows_changed, rows_unchanged, rows_superseded, rows_failed, rows_absent,
            failure_code, failure_message, fault_rows, fault_messages
        from feed_run where brand_id = $1 and feed_id = $2 and state <= 2
        """)

    private static let pageSelection = PostgresStatement(
        """
        select run_id, state, is_by_hand, started_at, ended_at, figures_at, file, is_on_hand, entity_tag, last_modified,
            import_id, bytes, digest, rows_read, rows_changed, rows_unchanged, rows_superseded, rows_failed, rows_absent,
            failure_code, failure_message, fault_rows, fault_messages
        from feed_run where brand_id = $1 and feed_id = $2 and ($3::uuid is null or run_id < $3)
        order by run_id desc limit $4
        """,
        readOnly: true)

    private static let upsert = PostgresStatement(
        """
        insert into feed_run (brand_id, feed_id, run_id, state, is_by_hand, started_at, ended_at, figures_at, file,
            is_on_hand, entity_tag, last_modified, import_id, bytes, digest, rows_read, rows_changed, rows_unchanged,
            rows_superseded, rows_failed, rows_absent, failure_code, failure_message, fault_rows, fault_messages)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25)
        on conflict (brand_id, feed_id, run_id) do update set state = excluded.state, ended_at = excluded.ended_at,
            figures_at = excluded.figures_at, entity_tag = excluded.entity_tag, last_modified = excluded.last_modified,
            import_id = excluded.import_id, bytes = excluded.bytes, digest = excluded.digest,
            rows_read = excluded.rows_read, rows_changed = excluded.rows_changed,
            rows_unchanged = excluded.rows_unchanged, rows_superseded = excluded.rows_superseded,
            rows_failed = excluded.rows_failed, rows_absent = excluded.rows_absent, failure_code = excluded.failure_code,
            failure_message = excluded.failure_message, fault_rows = excluded.fault_rows,
            fault_messages = excluded.fault_messages
        """)

    private static let deletion = PostgresStatement(
        "delete from feed_run where brand_id = $1 and feed_id = $2 and run_id = $3")

    private static let pruning = PostgresStatement(
        """
        delete from feed_run where brand_id = $1 and feed_id = $2 and run_id < (
            select run_id from feed_run where brand_id = $1 and feed_id = $2
            order by run_id desc offset $3 - 1 limit 1)
        """)
}

/// What a file holds, as far as it was read.
struct FeedContent: Hashable, Sendable {
    /// A row that could not be read.
    struct Fault: Hashable, Sendable {
        let row: Int64
        let message: String
    }

    /// As it came; of a compressed one those of the compressed file.
    var bytes: Int64 = 0
    /// The SHA-256 of its bytes, decompressed; nil while they are read.
    var digest: [UInt8]?
    /// Rows below the names.
    var rows: Int64 = 0
    /// Of those that could not be read or were refused, the first ones.
    private(set) var faults: [Fault] = []

    init() {}

    /// Notes a row that came to nothing.
    mutating func note(_ fault: String, row: Int64) {
        guard self.faults.count < FeedLimits.faultsKept else { return }
        self.faults.append(Fault(row: row, message: String(fault.prefix(FeedFault.maximumMessageLength))))
    }

    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        self.bytes = try row.decode(column: "bytes")
        self.digest = try row.decode(column: "digest")
        self.rows = try row.decode(column: "rows_read")
        let rows: [Int64] = try row.decode(column: "fault_rows")
        let messages: [String] = try row.decode(column: "fault_messages")
        self.faults = zip(rows, messages).map { Fault(row: $0, message: $1) }
    }
}
