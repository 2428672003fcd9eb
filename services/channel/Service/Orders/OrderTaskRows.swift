internal import ChannelMessages
internal import Postgres

/// Reads and writes what platforms are to be told of their orders.
enum OrderTaskRows {
    /// The problem of a task that cannot be sent for now.
    static let passing = "order-not-reached"

    /// A task that somebody takes, as it was before.
    struct Taken: Sendable {
        let id: PostgresUUID
        let orderKey: String
        let orderID: String
        let kind: OrderTaskKind
        let subject: String
        let document: [UInt8]
        let tries: Int
        let mayBeDone: Bool
        let claim: Int64

        init(_ row: PostgresRows.Element) throws(PostgresError) {
            let (id, orderKey, orderID, kind, subject, document, tries, mayBeDone, claim) = try row.decode(
                PostgresUUID.self, String.self, String.self, Int16.self, String.self, [UInt8].self, Int32.self,
                Bool.self, Int64.self)
            self.id = id
            self.orderKey = orderKey
            self.orderID = orderID
            self.kind = OrderTaskKind(rawValue: Int32(kind))
            self.subject = subject
            self.document = document
            self.tries = Int(tries)
            self.mayBeDone = mayBeDone
            self.claim = claim
        }

        /// Whether it says something of lines.
        var needsLines: Bool { self.kind == .ship || self.kind == .cancel }
    }

    /// A task to be written.
    struct New: Sendable {
        var key: ConnectionKey
        var orderKey: String
        var orderID: String
        var kind: OrderTaskKind
        var subject: String
        var document: [UInt8]
        var status: OrderTaskStatus
    }

    /// The command that writes tasks, those that are not there already.
    static func writing(_ tasks: [New]) -> PostgresCommand {
        PostgresCommand(
            Self.insertion, tasks.map(\.key.brand), tasks.map { _ in PostgresUUID.ofNow() }.sorted(),
            tasks.map(\.key.id), tasks.map(\.orderKey), tasks.map(\.orderID), tasks.map { Int16($0.kind.rawValue) },
            tasks.map(\.subject), tasks.map(\.document), tasks.map(\.status.column))
    }

    // The first open task of each order: those behind it wait for it. What two would take is taken by one.
    static let dueSelection = PostgresStatement(
        """
        select t.task_id, t.order_key, t.order_id, t.kind, t.subject, t.document, t.tries, t.may_be_done, t.claim
        from order_task t
        where t.brand_id = $1 and t.connection_id = $2 and t.status in (1, 3) and t.due_at <= clock_timestamp()
            and not exists (
                select from order_task e
                where e.brand_id = t.brand_id and e.order_key = t.order_key and e.status in (1, 3)
                    and (e.created_at, e.task_id) < (t.created_at, t.task_id))
        order by t.due_at limit $3 for update of t skip locked
        """)

    static let taking = PostgresStatement(
        """
        update order_task set tries = tries + 1, claim = claim + 1, may_be_done = true,
            due_at = clock_timestamp() + $3 * interval '1 millisecond'
        where brand_id = $1 and task_id = any($2)
        """)

    static let nextDue = PostgresStatement(
        "select min(due_at) from order_task where brand_id = $1 and connection_id = $2 and status in (1, 3)",
        readOnly: true)

    static let renewing = PostgresStatement(
        """
        update order_task set due_at = clock_timestamp() + $4 * interval '1 millisecond'
        where brand_id = $1 and task_id = $2 and claim = $3 and status in (1, 3)
        """)

    // A renewal that comes late finds another claim.
    static let conclusion = PostgresStatement(
        """
        update order_task set claim = claim + 1, status = $4, tries = case when $5 then tries else tries - 1 end, may_be_done = $6,
            due_at = clock_timestamp() + $7::bigint * interval '1 millisecond', platform_id = $8, error_code = $9,
            error = $10, done_at = case when $4 = 2 then clock_timestamp() end,
            dead_at = case when $4 = 4 then clock_timestamp() end
        where brand_id = $1 and task_id = $2 and claim = $3 and status in (1, 3) returning task_id
        """)

    // Tasks of one transaction are made one behind the other, so that their order is that of the events.
    private static let insertion = PostgresStatement(
        """
        insert into order_task (brand_id, task_id, connection_id, order_key, order_id, kind, subject, document, status,
            created_at, done_at)
        select t.brand_id, t.task_id, t.connection_id, t.order_key, t.order_id, t.kind, t.subject, t.document, t.status,
            now() + t.place * interval '1 microsecond', case when t.status = 5 then now() end
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[],
            $8::bytea[], $9::smallint[]) with ordinality
            as t (brand_id, task_id, connection_id, order_key, order_id, kind, subject, document, status, place)
        on conflict (brand_id, connection_id, order_key, kind, subject) do nothing
        """)
}

extension OrderTaskStatus {
    /// As rows have it.
    var column: Int16 { Int16(clamping: self.rawValue) }
}
