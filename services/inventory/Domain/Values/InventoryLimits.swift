/// What inventory takes at most. The proto files state the same limits, so that most is refused before it comes here.
public enum InventoryLimits {
    /// The largest number of units anywhere, 2^53 - 1: what every JSON reader can hold exactly. A thousand of them still
    /// fit into 64 bits, so that sums over the locations of a SKU cannot overflow.
    public static let maximumUnits: Int64 = 9_007_199_254_740_991
    /// Locations at which one SKU can have stock.
    public static let maximumLocationsOfItem = 1_000
    /// Lots of one SKU at one location that have units.
    public static let maximumLotsOfLevel = 100
    /// Bytes of UTF-8 of a SKU, location, channel, region or position.
    public static let maximumNameBytes = 64
    /// Bytes of a command's or reservation's id, and of a reference.
    public static let maximumIDBytes = 255
    /// Lines of one reserve or update command.
    public static let maximumLines = 250
    /// Units of stock, by SKU and location, that one reservation holds: what its movements and events leave room for in
    /// one transaction.
    public static let maximumAllocations = 400
    /// Kits that one command tells of one by one; beyond, ``StockChange/hasUntoldKits`` stands for the rest.
    public static let maximumKitEvents = 100
    /// Events that one command appends at most: two for each SKU of the largest reservation, one for each kit, one for
    /// the reservation; an update of the most lines, all of which lose, appends fewer.
    public static let maximumEventsOfCommand = 2 * maximumAllocations + maximumKitEvents + 1
    /// Components of one kit, those of kits within it counted, each SKU once.
    public static let maximumComponents = 50
    /// Units of one component in one kit.
    public static let maximumUnitsOfComponent: Int64 = 10_000
    /// How deep kits can hold kits.
    public static let maximumKitDepth = 8
    /// Channels with a buffer of their own.
    public static let maximumChannelBuffers = 64
    /// How long a reservation is held where nobody says, in seconds.
    public static let defaultHoldSeconds: Int64 = 900
    /// How long a reservation can be held from now on, in seconds.
    public static let maximumHoldSeconds: Int64 = 3_600
    /// How long after it was made a reservation can still be held without being confirmed, in seconds.
    public static let maximumHeldSeconds: Int64 = 86_400
}
