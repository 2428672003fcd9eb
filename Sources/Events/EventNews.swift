public import Postgres
internal import Waking

/// Tells the readers of a process's event log that it may have grown.
///
/// Only a hint: readers look by themselves after a while. It is given in memory after a commit of this process, and to
/// other processes by ``EventAnnouncer``, never from within a transaction that changes state: NOTIFY takes a lock of the
/// whole database until the commit's end, so commits would wait for each other.
public final class EventNews: Sendable {
    /// What this process has committed; what others must hear of.
    let commits = WakeSignal()
    /// What any process has committed.
    let all = WakeSignal()

    /// Nothing has happened yet.
    public init() {}

    /// To be called after a transaction of this process that appended events was committed.
    public func committed() {
        self.commits.wake()
        self.all.wake()
    }

    /// To be called when another process says that it has committed events.
    public func heard() { self.all.wake() }

    /// How often readers were told so far; to be read before the log is, by those who read it in a way of their own.
    public var count: UInt64 { self.all.count }

    /// Waits until readers were told more often than `count`, the time is over, or the task is cancelled.
    ///
    /// - Parameter milliseconds: How long to wait at the most.
    public func wait(past count: UInt64, milliseconds: Int64) async {
        await self.all.wait(past: count, milliseconds: milliseconds)
    }
}

/// Tells other processes of a service that this one has committed events: with NOTIFY, in a transaction of its own, at
/// most once in ``intervalMilliseconds``.
public struct EventAnnouncer: Sendable {
    /// The channel that other processes listen to.
    public static let channel = "driveline_event"
    /// How long commits are collected before the next notification, in milliseconds.
    public static let intervalMilliseconds: Int64 = 20
    /// How long to wait when the database took none, in milliseconds.
    static let pauseMilliseconds: Int64 = 1_000

    private let pool: PostgresPool
    private let news: EventNews

    /// - Parameter pool: Any pool on the log's database; one short statement at a time.
    public init(_ pool: PostgresPool, news: EventNews) {
        self.pool = pool
        self.news = news
    }

    /// Announces until the task is cancelled.
    ///
    /// A notification that fails is not repeated for itself: readers elsewhere look by themselves.
    public func run() async {
        var announced: UInt64 = 0
        while !Task.isCancelled {
            await self.news.commits.wait(past: announced, milliseconds: .max / 1_000_000_000)
            let count = self.news.commits.count
            guard count > announced, !Task.isCancelled else { continue }
            announced = count
            let isSent = (try? await self.pool.notify(channel: Self.channel)) != nil
            try? await Task.sleep(for: .milliseconds(isSent ? Self.intervalMilliseconds : Self.pauseMilliseconds))
        }
    }
}

/// Hears from other processes of a service that they have committed events, on a connection of its own.
///
/// A process hears its own announcements, too; its readers have looked by then, and look once more.
public struct EventListener: Sendable {
    private let listener: PostgresListener
    private let news: EventNews

    /// Begins to connect.
    ///
    /// - Parameter pool: Any pool on the log's database; none of its connections is taken.
    /// - Throws: ``PostgresError`` with code `configuration`, where the channel cannot be listened to.
    public init(_ pool: PostgresPool, news: EventNews) throws(PostgresError) {
        self.listener = try pool.listener(channels: [EventAnnouncer.channel])
        self.news = news
    }

    /// Listens until the task is cancelled, and closes the connection then.
    public func run() async {
        // What may have been missed is looked for, as what was heard is.
        for await _ in self.listener { self.news.heard() }
        await self.listener.shutDown()
    }
}
