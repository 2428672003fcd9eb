internal import ChannelDomain
internal import Logging
internal import Postgres
internal import ServiceLifecycle

/// Drops what was dealt with long ago, in pieces.
struct InboundRetention: Sendable {
    /// The rows of one piece.
    static let rowsPerPiece: Int64 = 1_000
    /// How often to look, in milliseconds.
    private static let lookMilliseconds: Int64 = 600_000

    private let pool: PostgresPool
    private let logger: Logger

    init(_ pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Drops all that is older than it is kept.
    ///
    /// - Returns: How many rows.
    func look() async throws(PostgresError) -> Int {
        var dropped = 0
        for (statement, days) in [
            (Self.messages, InboundLimits.retentionDays), (Self.letters, InboundLimits.longRetentionDays),
            (Self.tasks, InboundLimits.longRetentionDays),
        ] {
            var count = Int(Self.rowsPerPiece)
            while count == Int(Self.rowsPerPiece), !Task.isCancelled {
                count = try await self.pool.query(statement, days, Self.rowsPerPiece).count
                dropped += count
            }
        }
        return dropped
    }

    private static let messages = PostgresStatement(
        """
        delete from inbound i using (
            select brand_id, inbound_id from inbound
            where status = 2 and done_at < now() - $1 * interval '1 day' order by done_at limit $2
        ) d
        where i.brand_id = d.brand_id and i.inbound_id = d.inbound_id and i.status = 2 returning i.inbound_id
        """)

    private static let letters = PostgresStatement(
        """
        delete from inbound i using (
            select brand_id, inbound_id from inbound
            where status = 4 and dead_at < now() - $1 * interval '1 day' limit $2
        ) d
        where i.brand_id = d.brand_id and i.inbound_id = d.inbound_id and i.status = 4 returning i.inbound_id
        """)

    private static let tasks = PostgresStatement(
        """
        delete from order_task t using (
            select brand_id, task_id from order_task
            where status in (2, 5) and done_at < now() - $1 * interval '1 day' order by done_at limit $2
        ) d
        where t.brand_id = d.brand_id and t.task_id = d.task_id and t.status in (2, 5) returning t.task_id
        """)
}

extension InboundRetention: Service {
    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    _ = try await self.look()
                } catch {
                    self.logger.warning(
                        "messages that are not kept any more were not dropped", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .milliseconds(Self.lookMilliseconds))
            }
        }
    }
}
