internal import InventoryDomain

/// What a brand has set up, as it was at one version.
struct BrandSetup: Sendable {
    /// Rises with every change of the brand's locations, kits or rules; 0: nothing was ever set up.
    var version: Int64 = 0
    /// The brand's rules.
    var rules = BrandRules()
    /// All of its locations.
    var locations: [LocationID: Location] = [:]
    /// All of its kits.
    var kits = KitCatalog()
}
