public import Money
internal import PricingMessages

extension PriceBook {
    /// The currency in which something is sold there by default: that of the selling list in scope that has the greatest
    /// priority, of equal ones the lesser id; nil: no list is in scope.
    public func sellingCurrency(
        channel: String, region: String, customerGroup: String, at instant: Instant
    ) -> Currency? {
        var first: BookList?
        for list in self.lists
        where list.type == .selling && !list.isSuspended && list.period.contains(instant)
            && list.scope.contains(channel: channel, region: region, customerGroup: customerGroup)
        {
            guard let found = first else {
                first = list
                continue
            }
            if list.priority > found.priority
                || list.priority == found.priority && list.id.utf8.lexicographicallyPrecedes(found.id.utf8)
            {
                first = list
            }
        }
        return first?.currency
    }
}
