internal import Observability
internal import Postgres

/// Counts what a pool does.
struct PostgresMetrics: PostgresObserver {
    /// How often the pool is asked what it holds.
    static let interval: Duration = .seconds(1)

    private let registry: MetricRegistry
    private let pool: String
    private let requestSeconds: HistogramValue?
    private let waitSeconds: HistogramValue?
    private let connections: GaugeValue?
    private let leased: GaugeValue?
    private let idle: GaugeValue?
    private let waiting: GaugeValue?

    init(_ registry: MetricRegistry, pool: String) {
        self.registry = registry
        self.pool = pool
        let labels = [("pool", pool)]
        self.requestSeconds = registry.histogram("postgres_request_seconds", labels)
        self.waitSeconds = registry.histogram("postgres_transaction_wait_seconds", labels)
        self.connections = registry.gauge("postgres_connections", labels)
        self.leased = registry.gauge("postgres_leased_connections", labels)
        self.idle = registry.gauge("postgres_idle_connections", labels)
        self.waiting = registry.gauge("postgres_waiting_requests", labels)
        registry.describe("postgres_request_seconds", "From a request to its answer, waiting included.")
        registry.describe("postgres_transaction_wait_seconds", "How long transactions waited for a connection.")
        registry.describe("postgres_connections", "Open connections.")
        registry.describe("postgres_leased_connections", "Connections that a transaction has to itself.")
        registry.describe("postgres_idle_connections", "Connections that nobody uses.")
        registry.describe("postgres_waiting_requests", "Requests that wait for a connection.")
        registry.describe("postgres_errors_total", "Requests that failed, by SQLSTATE or by what the client says.")
    }

    func requestEnded(nanoseconds: UInt64, error: PostgresError?) {
        self.requestSeconds?.recordNanoseconds(Int64(clamping: nanoseconds))
        self.count(error)
    }

    func connectionAwaited(nanoseconds: UInt64, error: PostgresError?) {
        self.waitSeconds?.recordNanoseconds(Int64(clamping: nanoseconds))
        self.count(error)
    }

    /// Tells the gauges what a pool holds, until the task is cancelled.
    func watch(_ pool: PostgresPool) async {
        while !Task.isCancelled {
            let statistics = await pool.statistics()
            self.connections?.set(Int64(statistics.connections))
            self.leased?.set(Int64(statistics.leased))
            self.idle?.set(Int64(statistics.idle))
            self.waiting?.set(Int64(statistics.waiting))
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// The codes are few, and the registry has a limit should a server send many.
    private func count(_ error: PostgresError?) {
        guard let error else { return }
        let code = error.sqlState?.description ?? error.code.description
        self.registry.counter("postgres_errors_total", [("pool", self.pool), ("code", code)])?.increment(by: 1)
    }
}
