internal import Postgres
internal import Synchronization

/// The setups of the brands that were asked for lately, for the whole process.
///
/// A copy may be old. Whoever decides on one reads the version again under its locks, in the same round trip, and asks for
/// another copy where the version differs; see ``isCurrent(_:versions:)``.
final class BrandSetups: Sendable {
    /// The brands whose setups are kept; beyond, one of them makes room.
    static let maximumBrands = 1_024

    private let store: SetupStore
    private let kept = Mutex<[PostgresUUID: BrandSetup]>([:])

    init(_ pool: PostgresPool) { self.store = SetupStore(pool: pool) }

    /// A brand's setup, which may be an old one.
    func setup(of brand: PostgresUUID) async throws(PostgresError) -> BrandSetup {
        if let setup = self.kept.withLock({ $0[brand] }) { return setup }
        return try await self.reload(brand)
    }

    /// A brand's setup as it is now: one round trip, and more where it has changed.
    func currentSetup(of brand: PostgresUUID) async throws(PostgresError) -> BrandSetup {
        let version = try await self.store.version(of: brand)
        if let setup = self.kept.withLock({ $0[brand] }), setup.version == version { return setup }
        return try await self.reload(brand)
    }

    /// Reads a brand's setup anew; of its kits those that changed.
    func reload(_ brand: PostgresUUID) async throws(PostgresError) -> BrandSetup {
        let known = self.kept.withLock { $0[brand] } ?? BrandSetup()
        let read = try await self.store.setup(of: brand, knowing: known)
        return self.kept.withLock { kept in
            // Two that read at once may end in either order.
            if let other = kept[brand], other.version > read.version { return other }
            if kept.count >= Self.maximumBrands, kept[brand] == nil, let victim = kept.keys.first {
                kept[victim] = nil
            }
            kept[brand] = read
            return read
        }
    }
}
