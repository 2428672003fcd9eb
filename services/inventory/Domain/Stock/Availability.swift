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
        self.parts = item.levels.compactMap { level in
            locations[level.location].map {
                Part(location: $0.id, sellable: $0.sellable(of: level, at: now), isStale: $0.isStale(at: now))
            }
        }
        let total = self.parts.reduce(0) { $0 + $1.sellable }
        let channelBuffer = channel.map { rules.buffer(for: $0, of: item.settings).units } ?? 0
        self.sellable = max(0, total - item.settings.safetyBuffer.units - channelBuffer)
    }

    /// Units of a SKU before the buffers of channels: what is sellable of it by itself, without its parts.
    public static func sellable(
        _ item: StockItem, locations: [LocationID: Location], now: Timestamp
    ) -> Int64 {
        var total: Int64 = 0
        for level in item.levels { total += locations[level.location]?.sellable(of: level, at: now) ?? 0 }
        return max(0, total - item.settings.safetyBuffer.units)
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

extension Location {
    /// Units of a level here that channels may be told of, never negative.
    fileprivate func sellable(of level: Level, at now: Timestamp) -> Int64 {
        self.isOffered(at: now) ? max(0, level.balance.available - self.safetyBuffer.units) : 0
    }
}
