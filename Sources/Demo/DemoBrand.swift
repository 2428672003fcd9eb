/// A brand to try the system with: 320 parts for 32 real vehicles, stock in four locations, prices for four channels.
///
/// All of it is made up, but for the names of makes and models.
public enum DemoBrand {
    /// Its short name.
    public static let slug = "demo"
    /// Its name.
    public static let name = "Demo Auto Parts"
    /// What its key may do.
    public static let scopes = [
        "catalog:read", "catalog:write", "channel:read", "channel:write", "inventory:admin", "inventory:read",
        "inventory:reserve", "inventory:write",
        "order:read", "order:refund", "order:settle", "order:write", "pricing:approve", "pricing:read",
        "pricing:redeem", "pricing:write",
    ]
    /// How many parts there are.
    public static var parts: Int { DemoPart.all.count }
    /// How many locations there are.
    public static var locations: Int { DemoLocation.all.count }
    /// How many channels there are.
    public static var channels: Int { DemoChannel.all.count }
    /// A part that examples name.
    public static var exampleSKU: String { DemoPart.all[0].sku }
    /// A location that examples name.
    public static var exampleLocation: String { DemoLocation.all[0].id }
    /// A coupon that its shop takes.
    public static let coupon = "WELCOME10"

    /// How many calls are under way at once.
    static let width = 16

    /// Puts all of it there, or back to what it was; stock only where there is none yet.
    ///
    /// It may be run again at any time. It takes some 1,500 calls.
    public static func setUp(_ services: DemoServices) async throws {
        async let products: Void = self.setUpCatalog(services.catalog)
        async let stock: Void = self.setUpStock(services.inventory)
        async let prices: Void = self.setUpPrices(services.pricing)
        _ = try await (products, stock, prices)
    }
}
