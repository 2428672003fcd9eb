internal import OrderMessages
internal import Postgres
internal import ProtobufC
internal import Synchronization

/// How brands keep their orders, as it was read a moment ago: for what every new order asks.
final class KnownSettings: Sendable {
    /// How long what was read counts. A change counts everywhere behind it, and at once where it was made.
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

    /// The settings of a brand; where it never said, with version 0.
    func settings(of brand: PostgresUUID) async throws(PostgresError) -> OrderSettings {
        let now = ContinuousClock.now
        if let known = self.known.withLock({ $0[brand] }), known.until > now { return known.settings }
        let settings = try await self.read(brand)
        self.note(settings, of: brand, at: now)
        return settings
    }

    /// The settings of a brand as they are now.
    func read(_ brand: PostgresUUID) async throws(PostgresError) -> OrderSettings {
        try SettingsRows.read(try await self.pool.query(SettingsRows.reading([brand])), in: ArenaMemory())[brand]
            ?? OrderSettings()
    }

    /// What a brand's settings are, or were when a read began.
    func note(_ settings: OrderSettings, of brand: PostgresUUID, at now: ContinuousClock.Instant = .now) {
        self.known.withLock { known in
            // A read that began before a change was committed may end behind it.
            if let later = known[brand], later.settings.version > settings.version { return }
            if known.count >= Self.maximumBrands { known.removeAll() }
            known[brand] = Known(settings: settings, until: now + Self.lifetime)
        }
    }
}
