internal import Foundation
internal import Logging
internal import Observability
public import Partitioning
public import Postgres
internal import Synchronization

extension ServiceContext {
    /// Keeps the partitions of some tables: makes the coming ones before the service takes calls and then every hour,
    /// and drops those past their retention.
    ///
    /// Copies of the service take turns. `/readyz` fails as soon as a table lacks its present or its next partition.
    ///
    /// - Parameter pool: Where the tables are; the pool's database must be in use by then, so call this after
    ///   ``postgres(_:pool:connections:on:)``.
    public func maintain(_ tables: [Partitions], in pool: PostgresPool) async {
        let upkeep = PartitionUpkeep(tables, pool, lockMilliseconds: PartitionUpkeep.lockMilliseconds)
        await self.use(PartitionMaintenance(upkeep, self.metrics, self.logger))
    }
}

/// Partition upkeep as a part of a service's life.
final class PartitionMaintenance: ServiceDependency {
    /// How often it looks: partitions are made days ahead, so that many looks may fail before one is missed.
    static let interval: Duration = .seconds(3_600)
    /// How often it tries at the start, when others hold the tables' locks.
    static let startTries = 10
    /// What is waited between these, in milliseconds.
    static let pauseMilliseconds = 200...1_000

    let name = "partitions"
    private let upkeep: PartitionUpkeep
    private let logger: Logger
    private let failures: CounterValue?
    private let changes: CounterValue?
    private let lastSuccess: GaugeValue?
    private let loop = Mutex<Task<Void, Never>?>(nil)

    init(_ upkeep: PartitionUpkeep, _ metrics: MetricRegistry, _ logger: Logger) {
        self.upkeep = upkeep
        self.logger = logger
        self.failures = metrics.counter("partition_upkeep_failures_total")
        self.changes = metrics.counter("partition_changes_total")
        self.lastSuccess = metrics.gauge("partition_upkeep_success_timestamp_seconds")
        metrics.describe("partition_upkeep_failures_total", "Looks after partitions that failed.")
        metrics.describe("partition_changes_total", "Partitions that this process made or dropped.")
        metrics.describe("partition_upkeep_success_timestamp_seconds", "When all partitions were last found right.")
    }

    func start() async throws {
        for tryNumber in 1...Self.startTries {
            do {
                try await self.look()
                break
            } catch let error as PostgresError where error.retry == .safe && tryNumber < Self.startTries {
                try await Task.sleep(for: .milliseconds(Int.random(in: Self.pauseMilliseconds)))
            } catch let error as PostgresError {
                throw StartupError("the partitions of the tables cannot be made: \(error); see what holds their locks")
            }
        }
        self.loop.withLock { $0 = Task { await self.run() } }
    }

    private func run() async {
        while true {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            do { try await self.look() } catch {
                self.failures?.increment(by: 1)
                self.logger.warning("the partitions could not be looked after; the next look follows", error: error)
            }
        }
    }

    private func look() async throws {
        for statement in try await self.upkeep.run(on: Self.today) {
            self.changes?.increment(by: 1)
            self.logger.notice("partition changed", metadata: ["statement": "\(statement)"])
        }
        self.lastSuccess?.set(Date().timeIntervalSince1970.rounded())
    }

    func checkReadiness() async throws { try self.upkeep.check(on: Self.today) }

    func stop() async {
        let loop = self.loop.withLock { $0 }
        loop?.cancel()
        await loop?.value
    }

    private static var today: Day { Day(holding: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}
