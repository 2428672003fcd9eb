public import Postgres
public import ServiceLifecycle

/// Keeps a process and the others of its service told of each other's events: an ``EventAnnouncer`` and an
/// ``EventListener`` as one part of a service.
public struct EventExchange: Service {
    private let pool: PostgresPool
    private let news: EventNews

    /// - Parameters:
    ///   - pool: Any pool on the log's database.
    ///   - news: Of this process.
    public init(_ pool: PostgresPool, news: EventNews) {
        self.pool = pool
        self.news = news
    }

    /// Runs until the task is cancelled or the service shuts down.
    public func run() async throws {
        let listener = try EventListener(self.pool, news: self.news)
        await cancelWhenGracefulShutdown {
            async let announcing: Void = EventAnnouncer(self.pool, news: self.news).run()
            await listener.run()
            await announcing
        }
    }
}
