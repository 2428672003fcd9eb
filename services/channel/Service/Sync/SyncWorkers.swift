internal import ChannelMessages
internal import Leasing
internal import Logging
internal import Postgres
internal import ServiceLifecycle

/// Works for all active connections whose leases this process gets.
///
/// Copies of the service share the connections: each is worked for by one of them at a time.
struct SyncWorkers: Service {
    /// How often it is looked which connections there are, in milliseconds.
    static let lookMilliseconds: Int64 = 1_000
    /// How long a worker that failed waits before it begins anew, in milliseconds.
    static let pauseMilliseconds: Int64 = 1_000

    private let parts: SyncParts
    private let leases: Leases
    private let intervals: LeaseHolder.Intervals

    init(_ parts: SyncParts, leases: Leases, intervals: LeaseHolder.Intervals = LeaseHolder.Intervals()) {
        self.parts = parts
        self.leases = leases
        self.intervals = intervals
    }

    /// Works until the task is cancelled or the service shuts down.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            async let telling: Void = self.parts.news.run()
            await self.look()
            await telling
        }
    }

    private func look() async {
        let running = RunningConnections()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let active = try await self.parts.connections.active()
                    for key in await running.begin(active, limit: SyncLimits.connections) {
                        group.addTask {
                            await self.work(for: key)
                            await running.ended(key)
                        }
                    }
                } catch {
                    if !Task.isCancelled {
                        self.parts.logger.warning("connections cannot be read; they are read again", error: error)
                    }
                }
                try? await Task.sleep(for: .milliseconds(Self.lookMilliseconds))
            }
            group.cancelAll()
        }
    }

    /// Works for a connection once its lease is here, until it is not to be worked for any more.
    private func work(for key: ConnectionKey) async {
        do {
            try await LeaseHolder(self.leases, intervals: self.intervals).run(ConnectionWorker.leaseName(key)) {
                lease in
                guard let connection = try await self.parts.connections.connection(key),
                    connection.connection.status == .active
                else { return }
                try await ConnectionWorker(connection, parts: self.parts, lease: lease).run()
            }
        } catch {
            guard !Task.isCancelled else { return }
            self.parts.logger.warning(
                "a connection's worker ended; it begins anew",
                metadata: ["brand": "\(key.brand)", "connection": "\(key.id)", "error": "\(error)"])
            try? await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
        }
    }
}

/// The connections that this process works for, or waits for the lease of.
private actor RunningConnections {
    private var running: Set<ConnectionKey> = []

    /// Those that are to be begun with.
    func begin(_ keys: [ConnectionKey], limit: Int) -> [ConnectionKey] {
        let new = keys.filter { !self.running.contains($0) }.prefix(max(0, limit - self.running.count))
        self.running.formUnion(new)
        return Array(new)
    }

    func ended(_ key: ConnectionKey) { self.running.remove(key) }
}
