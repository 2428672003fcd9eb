import ChannelAdapter
import ChannelDomain
import ChannelMessages
import Events
import InventoryMessages
import Postgres
import ProtobufC
import Refusals
import Synchronization

@testable import ChannelService

/// The stock of a brand, as inventory would have it, with the events that tell of it.
final class FakeInventory: StockSource {
    private struct State {
        var levels: [String: [String: Int64]] = [:]
        var versions: [String: Int64] = [:]
        var kits: [String: Int64] = [:]
        var locations = [LocationFact(id: "WHS1", isSold: true, safetyBuffer: 0)]
        var safety: [String: Int64] = [:]
        var channelBuffers: [String: [String: Int64]] = [:]
        var brandBuffers: [String: Int64] = [:]
    }

    private let state = Mutex(State())

    /// Sets units, and tells of it.
    func set(_ sku: String, _ units: Int64, at location: String = "WHS1") -> StockChanged {
        self.state.withLock { state in
            state.levels[sku, default: [:]][location] = units
            state.versions[sku, default: 0] += 1
            return StockChanged(
                sku: sku, version: UInt64(state.versions[sku] ?? 0),
                warehouses: [WarehouseStock(locationID: location, stockAvailable: units)])
        }
    }

    /// Takes units, as a reservation does, and tells of it.
    func take(_ sku: String, _ units: Int64) -> StockChanged {
        self.set(sku, self.units(sku) - units)
    }

    /// The units at the first location.
    func units(_ sku: String) -> Int64 { self.state.withLock { $0.levels[sku]?["WHS1"] ?? 0 } }

    /// Sets how many there are of a kit.
    func setKit(_ sku: String, _ units: Int64) { self.state.withLock { $0.kits[sku] = units } }

    /// Sets the locations.
    func setLocations(_ locations: [LocationFact]) { self.state.withLock { $0.locations = locations } }

    /// Keeps units back of a SKU.
    func setSafety(_ sku: String, _ units: Int64) { self.state.withLock { $0.safety[sku] = units } }

    /// Keeps units of a SKU back from channels.
    func setChannelBuffers(_ sku: String, _ buffers: [String: Int64]) {
        self.state.withLock { $0.channelBuffers[sku] = buffers }
    }

    /// Keeps units of all SKUs back from channels.
    func setBrandBuffers(_ buffers: [String: Int64]) { self.state.withLock { $0.brandBuffers = buffers } }

    func stock(of skus: [String], brand: PostgresUUID) async throws -> [String: StockFact] {
        self.state.withLock { state in
            var facts: [String: StockFact] = [:]
            for sku in skus {
                if let levels = state.levels[sku] {
                    facts[sku] = StockFact(
                        version: state.versions[sku], available: levels, safetyBuffer: state.safety[sku] ?? 0,
                        channelBuffers: state.channelBuffers[sku] ?? [:])
                } else if let kit = state.kits[sku] {
                    facts[sku] = StockFact(version: nil, available: [StockChange.kitLocation: kit])
                }
            }
            return facts
        }
    }

    func brand(_ brand: PostgresUUID) async throws -> BrandFact {
        self.state.withLock { BrandFact(locations: $0.locations, channelBuffers: $0.brandBuffers) }
    }
}

/// Prices of a brand.
final class FakePrices: PriceSource {
    private let prices = Mutex<[String: UnitPrice]>([:])

    func set(_ sku: String, _ micros: Int64) {
        self.prices.withLock { $0[sku] = UnitPrice(micros: micros, currency: "USD") }
    }

    func prices(of skus: [String], on connection: SyncConnection) async throws -> [String: UnitPrice] {
        self.prices.withLock { prices in prices.filter { skus.contains($0.key) } }
    }
}

/// What listings say.
final class FakeContent: ListingContent {
    private let titles = Mutex<[String: String]>([:])
    private let next = Mutex<(@Sendable () async throws -> Void)?>(nil)

    func set(_ sku: String, _ title: String) { self.titles.withLock { $0[sku] = title } }

    /// Has something done once, behind the next content that is made and before it is given.
    func afterNext(_ body: @escaping @Sendable () async throws -> Void) { self.next.withLock { $0 = body } }

    func content(
        _ listing: ListingReference, overrides: [String: String], of connection: SyncConnection
    ) async throws -> ContentRow? {
        guard let title = overrides["title"] ?? self.titles.withLock({ $0[listing.sku] }) else { return nil }
        if title.isEmpty { throw ChannelRefusal(.invalidValue, field: "title", "is empty", expected: "some text") }
        try await self.next.withLock { next in
            defer { next = nil }
            return next
        }?()
        return ContentRow(listing: listing, values: [ContentRow.Value(target: "title", value: title)])
    }
}

/// The connections of a test's database.
struct FakeConnections: SyncConnections {
    let pool: PostgresPool
    let adapter: FakePlatformAdapter
    var settings: [String: String] = [:]
    let renewals = RenewalCount()

    func connection(_ key: ConnectionKey) async throws -> SyncConnection? {
        let rows = try await self.pool.query(Self.selection, key.brand, key.id)
        guard let row = rows.first else { return nil }
        let (document, status, version, notifications) = try row.decode(
            [UInt8].self, Int16.self, Int64.self, String.self)
        var connection = try Connection(decoding: document)
        connection.status = ConnectionStatus(rawValue: Int32(status))
        connection.version = UInt64(version)
        connection.notificationPath = "/v1/notifications/\(notifications)"
        return SyncConnection(
            key: key, connection: connection,
            account: PlatformAccount(connection: key.id, settings: self.settings, credentials: [:]),
            adapter: self.adapter)
    }

    func renewed(_ key: ConnectionKey) async throws -> SyncConnection? {
        self.renewals.add()
        return try await self.connection(key)
    }

    func active() async throws -> [ConnectionKey] {
        try await self.pool.query(Self.active).map { row in
            let (brand, id) = try row.decode(PostgresUUID.self, String.self)
            return ConnectionKey(brand: brand, id: id)
        }
    }

    func stop(_ key: ConnectionKey, reason: String) async throws {
        _ = try await self.pool.query(Self.stopping, key.brand, key.id, reason)
    }

    private static let selection = PostgresStatement(
        "select document, status, version, notification_key from connection where brand_id = $1 and connection_id = $2")
    private static let active = PostgresStatement(
        "select brand_id, connection_id from connection where status = 1 order by 1, 2")
    private static let stopping = PostgresStatement(
        "update connection set status = 3, status_reason = $3 where brand_id = $1 and connection_id = $2")
}

/// How often credentials were renewed.
final class RenewalCount: Sendable {
    private let count = Mutex(0)
    var value: Int { self.count.withLock { $0 } }
    func add() { self.count.withLock { $0 += 1 } }
}
