/// Says in sentences what the numbers of stock consist of.
public enum StockExplanation {
    /// The reasons that a sentence names; the others are summed up.
    public static let maximumReasons = 20
    /// The locations that a sentence names; the others are summed up.
    public static let maximumLocations = 20

    /// What movements of one reason add up to in one state.
    public struct Cause: Hashable, Sendable {
        /// The reason, as movements have it.
        public let reason: String
        /// Units that came, less those that went.
        public let units: Int64
        /// How many movements these were.
        public let count: Int64

        /// A cause.
        public init(reason: String, units: Int64, count: Int64) {
            self.reason = reason
            self.units = units
            self.count = count
        }
    }

    /// A sentence for each number of a location: the free units always, the others where there are any or ever were, and
    /// what is promised beyond what is there.
    ///
    /// - Parameter causes: Of the numbers, by state. Where they do not add up to one, its sentence says so.
    public static func sentences(
        _ sku: SKU, at location: LocationID, _ balance: Balance, causes: [StockState: [Cause]]
    ) -> [String] {
        let available = Self.sum(causes[.available] ?? [], to: balance.available)
        var sentences = [
            """
            \(sku) at \(location): \(balance.available) available = \(balance.onHand) on hand - \
            \(balance.reserved) reserved; made up of \(available)
            """
        ]
        if balance.shortage > 0 {
            sentences.append(
                """
                \(sku) at \(location): \(balance.shortage) short = \(balance.reserved) reserved - \
                \(balance.onHand) on hand
                """)
        }
        let others: [(state: StockState, name: String)] = [
            (.reserved, "reserved"), (.quarantined, "quarantined"), (.inTransit, "in transit"), (.incoming, "incoming"),
        ]
        for (state, name) in others {
            let units = balance.units(in: state) ?? 0
            let causes = causes[state] ?? []
            guard units != 0 || !causes.isEmpty else { continue }
            sentences.append("\(sku) at \(location): \(units) \(name) = \(Self.sum(causes, to: units))")
        }
        return sentences
    }

    /// The sentence on what channels may be told of a SKU, before their own buffers.
    public static func sellable(_ item: StockItem, locations: [LocationID: Location], now: Timestamp) -> String {
        var parts: [(units: Int64, text: String)] = []
        for level in item.levels.sorted(by: { $0.location < $1.location }) {
            let available = level.balance.available
            let location = locations[level.location]
            if let reason = location.map({ $0.reasonNotOffered(at: now) }) ?? "not known" {
                if available != 0 { parts.append((-available, "\(abs(available)) at \(level.location) (\(reason))")) }
            } else if available < 0 {
                parts.append((-available, "\(-available) short at \(level.location)"))
            } else if let kept = location.map({ min(available, $0.safetyBuffer.units) }), kept > 0 {
                parts.append((-kept, "\(kept) kept back at \(level.location)"))
            }
        }
        let buffer = item.settings.safetyBuffer.units
        if buffer > 0 { parts.append((-buffer, "\(buffer) kept back of the SKU")) }
        let sellable = Availability.sellable(item, locations: locations, now: now)
        var terms = parts.prefix(Self.maximumLocations).map { "\($0.units < 0 ? "-" : "+") \($0.text)" }
        if parts.count > terms.count {
            let rest = parts.dropFirst(terms.count).reduce(Int64(0)) { $0 &+ $1.units }
            terms.append("\(rest < 0 ? "-" : "+") \(abs(rest)) by \(parts.count - terms.count) more")
        }
        let sum = ["\(item.totalAvailable) available"] + terms
        let sold = parts.reduce(item.totalAvailable) { $0 &+ $1.units }
        return "\(item.sku): \(sellable) sellable = \(sum.joined(separator: " "))\(sold < 0 ? ", but not below 0" : "")"
    }

    /// The sentence on how many there are of a kit.
    ///
    /// - Parameters:
    ///   - place: Where, and when: behind the kit's name.
    ///   - units: What there is of a component.
    /// - Returns: The sentence, and the component that limits the kit; nil: it has none.
    public static func kit(
        _ sku: SKU, _ components: [KitComponent], place: String = "", units: (SKU) -> Int64
    ) -> (sentence: String, limiting: SKU)? {
        guard let kits = Availability.kits(components, units: { units($0) }) else { return nil }
        let parts = components.map { "\(units($0.sku)) \($0.sku) / \($0.quantity)" }
        let count = kits.count == 1 ? "1 kit" : "\(kits.count) kits"
        let sentence = """
            \(sku)\(place): \(count) = the least of \(parts.joined(separator: ", ")), in whole kits; \
            limited by \(kits.limiting)
            """
        return (sentence, kits.limiting)
    }

    private static func sum(_ causes: [Cause], to number: Int64) -> String {
        func text(_ units: Int64, _ name: String, _ count: Int64) -> String {
            "\(units < 0 ? "" : "+")\(units) by \(name) (\(count == 1 ? "1 movement" : "\(count) movements"))"
        }
        let sorted = causes.sorted { left, right in
            let sizes = (left.units.magnitude, right.units.magnitude)
            return sizes.0 == sizes.1 ? left.reason < right.reason : sizes.0 > sizes.1
        }
        var parts = sorted.prefix(Self.maximumReasons).map { text($0.units, $0.reason, $0.count) }
        let others = sorted.dropFirst(Self.maximumReasons)
        if !others.isEmpty {
            parts.append(
                text(
                    others.reduce(0) { $0 &+ $1.units }, "\(others.count) other reasons",
                    others.reduce(0) { $0 &+ $1.count }))
        }
        let sum = causes.reduce(Int64(0)) { $0 &+ $1.units }
        // Differs only where movements are missing, which `verify` would find.
        if sum != number { parts.append("\(number &- sum) that no movement accounts for") }
        return parts.isEmpty ? "nothing: none ever moved" : parts.joined(separator: ", ")
    }
}

extension Location {
    /// Why channels are not told of its units; nil: they are.
    fileprivate func reasonNotOffered(at now: Timestamp) -> String? {
        if self.isMarketplaces { return "a marketplace's own" }
        if !self.isActive { return "not active" }
        return self.isOffered(at: now) ? nil : "stale"
    }
}
