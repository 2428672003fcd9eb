internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Synchronization

/// How brands keep their orders, as it was read a moment ago: for what every new order asks.
final class KnownSettings: Sendable {
    /// How long what was read counts. A change counts everywhere behind it.
    static let lifetime = Duration.seconds(1)
    /// The most brands that are known at once.
    static let maximumBrands = 10_000

    private struct Known {
        var settings: OrderSettings
        var until: ContinuousClock.Instant
    }

    private let pool: PostgresPool
    private let known = Mutex<[PostgresUUID: Known]>([:])

    /// - Parameter pool: Any pool on the service's database.
    init(_ pool: PostgresPool) { self.pool = pool }

    /// The settings of a brand.
    func settings(of brand: PostgresUUID) async throws(PostgresError) -> OrderSettings {
        let now = ContinuousClock.now
        if let known = self.known.withLock({ $0[brand] }), known.until > now { return known.settings }
        let rows = try await self.pool.query(SettingsRows.reading([brand]))
        let settings = try SettingsRows.read(rows, in: ArenaMemory())[brand] ?? OrderSettings()
        self.known.withLock { known in
            if known.count >= Self.maximumBrands { known.removeAll() }
            known[brand] = Known(settings: settings, until: now + Self.lifetime)
        }
        return settings
    }
}
