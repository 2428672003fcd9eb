internal import IdentityDomain
public import Logging
public import Postgres
public import ServiceLifecycle
internal import Synchronization

/// Writes down when keys were last used: rarely, many at once, and never while a caller waits.
public final class LastUseWriter: Service {
    /// How often it is written.
    public static let interval: Duration = .seconds(60)
    /// The keys of one statement.
    static let maximumBatch = 1_024

    private let keys: KeyStore
    private let logger: Logger
    private let uses = Mutex(LastUses())

    /// A writer that does nothing until ``run()``.
    public init(_ pool: PostgresPool, logger: Logger) {
        self.keys = KeyStore(pool: pool)
        self.logger = logger
    }

    /// Writes once a minute, and once more on a graceful shutdown.
    public func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                if !Task.isCancelled { await self.write() }
            }
        }
        // Not in the cancelled task, whose statements would be cancelled too.
        await self.write()
    }

    /// Notes a use.
    func used(_ key: KeyID, written: Int64?, now: Int64) {
        self.uses.withLock { $0.used(key, written: written, now: now) }
    }

    /// Writes what waits; what cannot be written waits on.
    func write() async {
        var rest = self.uses.withLock { $0.take() }[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.maximumBatch))
            do throws(PostgresError) {
                try await self.keys.write(batch)
            } catch {
                self.logger.warning("the last use of keys could not be written; tried again later", error: error)
                self.uses.withLock { [rest] in $0.putBack(Array(rest)) }
                return
            }
            rest = rest.dropFirst(batch.count)
        }
    }
}
