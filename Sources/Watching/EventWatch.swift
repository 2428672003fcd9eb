public import Events
internal import NIOCore
internal import Paging
public import Postgres
internal import RPC
internal import RPCMessages
internal import Wire

/// Tells a watcher every event of a brand from a cursor on, without a gap, until it leaves.
///
/// The first answer has no changes: it says where the watcher stands. Whoever goes on from a cursor gets what came behind
/// it, and what it got last again where it did not keep the cursor.
public struct EventWatch: Sendable {
    /// How often a watcher for whom nothing changes is told how far the log has come, in milliseconds.
    public static let cursorMilliseconds: Int64 = 1_000
    /// The most changes of one answer.
    public static let maximumChangesPerAnswer = 500

    private let pool: PostgresPool
    private let news: EventNews
    private let method: StaticString

    /// - Parameters:
    ///   - method: The name of the method that answers; cursors of other methods are refused.
    ///   - news: Tells of events that were committed.
    public init(_ pool: PostgresPool, news: EventNews, method: StaticString) {
        self.pool = pool
        self.news = news
        self.method = method
    }

    /// Follows the log.
    ///
    /// - Parameters:
    ///   - cursor: From an earlier answer; empty: from now on.
    ///   - change: What a watcher is told of an event; nil: nothing.
    ///   - write: Sends changes, none or up to ``maximumChangesPerAnswer``, and the cursor behind them.
    /// - Throws: `RPCError` where the cursor is none, or what came behind it is not kept any more; what reading and writing
    ///   throw.
    public func run<Change>(
        after cursor: String, of brand: PostgresUUID, change: (Event) throws -> Change?,
        write: ([Change], String) async throws -> Void
    ) async throws {
        let question = PageToken.Question(self.method, [brand.description])
        let reader = EventReader(self.pool)
        let end = try await reader.end()
        var position = try Self.start(cursor, question, end)
        guard try await reader.keepsAll(behind: position, until: end) else { throw Self.cursorExpired }
        try await write([], PageToken.text(position.bytes, of: question))
        var told = NIODeadline.now()
        for try await events in EventFollower(reader, after: position, news: self.news) {
            var changes: [Change] = []
            var isTold = false
            for recorded in events {
                position[recorded.event.bucket] = recorded.sequence
                guard recorded.event.brand == brand, let told = try change(recorded.event) else { continue }
                changes.append(told)
                guard changes.count >= Self.maximumChangesPerAnswer else { continue }
                try await write(changes, PageToken.text(position.bytes, of: question))
                isTold = true
                changes = []
            }
            let now = NIODeadline.now()
            if !changes.isEmpty || (!isTold && now - told >= .milliseconds(Self.cursorMilliseconds)) {
                try await write(changes, PageToken.text(position.bytes, of: question))
                isTold = true
            }
            if isTold { told = now }
        }
    }

    private static func start(
        _ text: String, _ question: PageToken.Question, _ end: EventCursor
    ) throws(RPCError) -> EventCursor {
        guard !text.isEmpty else { return end }
        guard let bytes = PageToken.position(text, of: question), let cursor = EventCursor(bytes: bytes),
            cursor.isCovered(by: end)
        else {
            throw RPCError(
                field: "cursor", "is none that was given out", expected: "the cursor of the last answer, or none")
        }
        return cursor
    }

    private static let cursorExpired = RPCError(
        .outOfRange, "what came behind the cursor is not kept any more; read anew what is there and watch without one",
        type: "cursor-expired", reason: .fieldInvalid)
}
