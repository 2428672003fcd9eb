/// What a channel may be told of.
///
/// Buffers guard channels against selling what is about to be gone: they lower what is told, never what can be reserved.
public struct Availability: Hashable, Sendable {
    /// One location's part.
    public struct Part: Hashable, Sendable {
        /// Where.
        public let location: LocationID
        /// Units after the location's buffer, never negative.
        public let sellable: Int64
        /// Its figures are older than it allows.
        public let isStale: Bool
    }

    /// Units after all buffers, never negative.
    public let sellable: Int64
    /// By location, before the buffers of SKU and channel.
    public let parts: [Part]

    /// What a channel may be told of a SKU.
    ///
    /// - Parameters:
    ///   - item: The SKU.
    ///   - channel: Whom it is for; nil: before the buffers of channels.
    ///   - locations: The brand's locations; one that is not among them counts as not active.
    ///   - rules: The brand's rules, for the channels' buffers.
    ///   - now: Decides which figures are stale.
    public init(
        of item: StockItem, channel: ChannelID?, locations: [LocationID: Location], rules: BrandRules, now: Timestamp
    ) {
        var parts: [Part] = []
        parts.reserveCapacity(item.levels.count)
        var total: Int64 = 0
        for level in item.levels {
            guard let location = locations[level.location] else { continue }
            let free = location.isOffered(at: now) ? level.balance.available - location.safetyBuffer.units : 0
            let part = Part(location: location.id, sellable: max(0, free), isStale: location.isStale(at: now))
            total += part.sellable
            parts.append(part)
        }
        self.parts = parts
        let channelBuffer = channel.map { rules.buffer(for: $0, of: item.settings).units } ?? 0
        self.sellable = max(0, total - item.settings.safetyBuffer.units - channelBuffer)
    }

    /// How many kits units of components give.
    ///
    /// - Parameter units: What there is of a component; nil where that is not known.
    /// - Returns: The number, never negative, and the component that limits it; nil where one is not known.
    public static func kits(
        _ components: [KitComponent], units: (SKU) -> Int64?
    ) -> (count: Int64, limiting: SKU)? {
        var least: (count: Int64, limiting: SKU)?
        for component in components {
            guard let units = units(component.sku) else { return nil }
            let count = max(0, units) / component.quantity.units
            if count < least?.count ?? .max { least = (count, component.sku) }
        }
        return least
    }
}
