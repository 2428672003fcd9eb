public import PricingMessages

/// For whom something counts: a channel, a region and a customer group, each of which may be all.
public struct Scope: Hashable, Sendable {
    /// The channel; empty: all.
    public let channel: String
    /// Codes of ISO 3166 from the country down, joined by hyphens; empty: all.
    public let region: String
    /// The customer group; empty: all.
    public let customerGroup: String

    /// What a message says; absent: for all.
    public init(_ scope: PriceScope?) {
        self.channel = scope?.channel ?? ""
        self.region = scope?.region ?? ""
        self.customerGroup = scope?.customerGroup ?? ""
    }

    /// Whether something of this scope counts for a quote.
    public func contains(channel: String, region: String, customerGroup: String) -> Bool {
        (self.channel.isEmpty || self.channel == channel)
            && Self.region(self.region, contains: region)
            && (self.customerGroup.isEmpty || self.customerGroup == customerGroup)
    }

    /// Whether everything for which the other counts, this one does, too.
    public func contains(_ other: Scope) -> Bool {
        self.contains(channel: other.channel, region: other.region, customerGroup: other.customerGroup)
    }

    /// Whether there is anything for which both count.
    public func intersects(_ other: Scope) -> Bool { self.intersection(other) != nil }

    /// What both count for; nil: nothing.
    public func intersection(_ other: Scope) -> Scope? {
        guard let channel = Self.narrower(self.channel, other.channel),
            let group = Self.narrower(self.customerGroup, other.customerGroup)
        else { return nil }
        let region: String
        if Self.region(self.region, contains: other.region) {
            region = other.region
        } else if Self.region(other.region, contains: self.region) {
            region = self.region
        } else {
            return nil
        }
        return Scope(PriceScope(channel: channel, region: region, customerGroup: group))
    }

    private static func narrower(_ left: String, _ right: String) -> String? {
        if left.isEmpty { return right }
        return right.isEmpty || left == right ? left : nil
    }

    /// Whether a region is, or lies in, another; by whole parts: "US" has "US-CA", "US-C" has not.
    static func region(_ region: String, contains other: String) -> Bool {
        if region.isEmpty { return true }
        let (outer, inner) = (region.utf8, other.utf8)
        guard inner.starts(with: outer) else { return false }
        return inner.count == outer.count || inner.dropFirst(outer.count).first == UInt8(ascii: "-")
    }
}
