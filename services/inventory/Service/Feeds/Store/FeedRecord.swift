internal import InventoryDomain
internal import InventoryMessages
internal import Postgres
internal import ProtobufC

/// A feed's row: what it is, and how it is doing.
struct FeedRecord: Sendable {
    let brand: PostgresUUID
    let id: String
    /// As it was put.
    let feed: Feed
    let version: Int64
    let dueAt: PostgresTimestamp?
    /// When somebody asked for a look that has not been yet.
    let askedAt: PostgresTimestamp?
    let acceptsFall: Bool
    let failures: Int32
    let problem: FeedProblem?
    let lookedAt: PostgresTimestamp?
    let finding: Int16
    /// What is known of the file that was imported last.
    let validators: FeedValidators
    let digest: [UInt8]?

    /// A row of the statements below.
    init(_ row: PostgresRow) throws(PostgresError) {
        let (
            brand, id, definition, version, dueAt, askedAt, acceptsFall, failures, code, message, lookedAt, finding,
            tag, modified, digest
        ) = try row.decode(
            PostgresUUID.self, String.self, [UInt8].self, Int64.self, PostgresTimestamp?.self, PostgresTimestamp?.self,
            Bool.self, Int32.self, String?.self, String?.self, PostgresTimestamp?.self, Int16.self, String?.self,
            String?.self, [UInt8]?.self)
        do throws(DecodingError) { self.feed = try Feed(decoding: definition) } catch {
            throw .unexpectedValue(column: "definition", reason: "\(error)")
        }
        self.brand = brand
        self.id = id
        self.version = version
        self.dueAt = dueAt
        self.askedAt = askedAt
        self.acceptsFall = acceptsFall
        self.failures = failures
        self.problem = code.map { FeedProblem(code: $0, message: message ?? "") }
        self.lookedAt = lookedAt
        self.finding = finding
        self.validators = FeedValidators(entityTag: tag, lastModified: modified)
        self.digest = digest
    }

    /// The command that reads a brand's feed.
    static func one(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.selection, brand, id)
    }

    /// The command that reads all of a brand's feeds.
    static func all(of brand: PostgresUUID) -> PostgresCommand { PostgresCommand(Self.list, brand) }

    /// The command that adds or replaces a feed.
    ///
    /// - Parameter dueAt: When it is looked after next; nil: by hand only.
    static func put(
        _ definition: [UInt8], _ id: String, of brand: PostgresUUID, dueAt: PostgresTimestamp?
    ) -> PostgresCommand {
        PostgresCommand(Self.upsert, brand, id, definition, dueAt)
    }

    /// The command that removes a feed with all that belongs to it.
    static func removing(_ id: String, of brand: PostgresUUID) -> PostgresCommand {
        PostgresCommand(Self.deletion, brand, id)
    }

    /// The command that makes a feed due now.
    static func asking(_ id: String, of brand: PostgresUUID, acceptsFall: Bool) -> PostgresCommand {
        PostgresCommand(Self.request, brand, id, acceptsFall)
    }

    /// The command that reads the feeds that are to be looked after: those due, and those that a copy of the service has
    /// left in the middle.
    static func waiting(limit: Int64) -> PostgresCommand { PostgresCommand(Self.waitingSelection, limit) }

    /// This feed as it is now, if there is still something to do about it.
    var stillWaiting: PostgresCommand { PostgresCommand(Self.oneWaitingSelection, self.brand, self.id) }

    private static let selection = PostgresStatement(
        """
        select brand_id, feed_id, definition, version, due_at, asked_at, accepts_fall, failures, failure_code,
            failure_message, looked_at, finding, entity_tag, last_modified, digest
        from feed where brand_id = $1 and feed_id = $2
        """,
        readOnly: true)

    private static let list = PostgresStatement(
        """
        select brand_id, feed_id, definition, version, due_at, asked_at, accepts_fall, failures, failure_code,
            failure_message, looked_at, finding, entity_tag, last_modified, digest
        from feed where brand_id = $1 order by feed_id
        """,
        readOnly: true)

    private static let waitingSelection = PostgresStatement(
        """
        select brand_id, feed_id, definition, version, due_at, asked_at, accepts_fall, failures, failure_code,
            failure_message, looked_at, finding, entity_tag, last_modified, digest
        from feed f
        where due_at <= now()
            or exists (select 1 from feed_run r where r.brand_id = f.brand_id and r.feed_id = f.feed_id and r.state <= 2)
        order by due_at nulls first limit $1
        """,
        readOnly: true)

    private static let oneWaitingSelection = PostgresStatement(
        """
        select brand_id, feed_id, definition, version, due_at, asked_at, accepts_fall, failures, failure_code,
            failure_message, looked_at, finding, entity_tag, last_modified, digest
        from feed f
        where brand_id = $1 and feed_id = $2 and (due_at <= now()
            or exists (select 1 from feed_run r where r.brand_id = f.brand_id and r.feed_id = f.feed_id and r.state <= 2))
        """,
        readOnly: true)

    // What the source said of its last file counts only for the file that it names.
    private static let upsert = PostgresStatement(
        """
        insert into feed (brand_id, feed_id, definition, version, due_at) values ($1, $2, $3, 1, $4)
        on conflict (brand_id, feed_id) do update set definition = excluded.definition, version = feed.version + 1,
            due_at = excluded.due_at, entity_tag = null, last_modified = null, digest = null
        returning brand_id, feed_id, definition, version, due_at, asked_at, accepts_fall, failures, failure_code,
            failure_message, looked_at, finding, entity_tag, last_modified, digest
        """)

    private static let deletion = PostgresStatement(
        "delete from feed where brand_id = $1 and feed_id = $2 returning feed_id")

    private static let request = PostgresStatement(
        """
        update feed set due_at = clock_timestamp(), asked_at = clock_timestamp(), accepts_fall = accepts_fall or $3
        where brand_id = $1 and feed_id = $2
        returning brand_id, feed_id, definition, version, due_at, asked_at, accepts_fall, failures, failure_code,
            failure_message, looked_at, finding, entity_tag, last_modified, digest
        """)
}
