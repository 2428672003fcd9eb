public import ChannelMessages
internal import Money
public import Refusals
internal import WellKnownMessages

/// What a connection must be, whatever its platform is.
public enum ConnectionRules {
    /// The connection as it is stored: without its credentials and what only answers have, and with policies that say
    /// nothing where there are none.
    public static func normalized(_ given: Connection, id: String) -> Connection {
        Connection(
            id: id, platform: given.platform, name: given.name, settings: given.settings,
            stock: given.stock ?? StockPolicy(), prices: given.prices ?? PricePolicy(),
            orders: given.orders ?? OrderPolicy(), pushContent: given.pushContent)
    }

    /// Adds what is wrong with a connection's policies, beside the rules of its fields.
    public static func check(_ connection: Connection, faults: inout ChannelFaults) {
        if let stock = connection.stock { self.check(stock, faults: &faults) }
        if let prices = connection.prices { self.check(prices, faults: &faults) }
        if let orders = connection.orders { self.check(orders, faults: &faults) }
    }

    /// What of listings has to be sent again, perhaps, after a connection was changed.
    public static func kinds(changedFrom old: Connection, to new: Connection) -> Set<SyncKind> {
        var kinds: Set<SyncKind> = []
        if old.stock != new.stock { kinds.insert(.stock) }
        if old.prices != new.prices { kinds.insert(.price) }
        if old.pushContent != new.pushContent { kinds.insert(.content) }
        // Another shop, or another place in it: nothing of what was sent is there.
        if old.settings != new.settings { kinds.formUnion([.stock, .price, .content]) }
        return kinds
    }

    private static func check(_ stock: StockPolicy, faults: inout ChannelFaults) {
        if let cap = stock.cap, cap < stock.minimumToPublish {
            faults.add(
                .invalidValue, "stock.minimumToPublish", "is \(stock.minimumToPublish), which is above the cap",
                expected: "at most the cap, which is \(cap)")
        }
        var seen: Set<String> = []
        for (place, location) in stock.locations.enumerated() {
            let field = "stock.locations[\(place)]"
            if location.isEmpty {
                faults.add(.invalidValue, field, "is empty", expected: "the id of a location")
            } else if !seen.insert(location).inserted {
                faults.add(
                    .invalidValue, field, "is \(location.debugDescription) for the second time",
                    expected: "each location once")
            }
        }
    }

    private static func check(_ prices: PricePolicy, faults: inout ChannelFaults) {
        if prices.push, prices.currency.isEmpty {
            faults.add(
                .invalidValue, "prices.currency", "is empty, and prices are to be sent",
                expected: "the currency of the shop, such as USD")
        } else if !prices.currency.isEmpty, Currency(code: prices.currency) == nil {
            faults.add(
                .invalidValue, "prices.currency", "is \(prices.currency.debugDescription)",
                expected: "a currency of ISO 4217, such as USD")
        }
    }

    private static func check(_ orders: OrderPolicy, faults: inout ChannelFaults) {
        self.check(
            orders.pollEvery, "orders.pollEvery", seconds: ConnectionLimits.pollSeconds, faults: &faults)
        self.check(
            orders.overlap, "orders.overlap", seconds: ConnectionLimits.overlapSeconds, faults: &faults)
        if let since = orders.since, !since.isValid {
            faults.add(
                .invalidValue, "orders.since", "is no moment", expected: "a moment of the years 1 to 9999")
        }
    }

    private static func check(
        _ duration: ProtoDuration?, _ field: String, seconds range: ClosedRange<Int64>, faults: inout ChannelFaults
    ) {
        guard let duration else { return }
        let isAbove = duration.seconds == range.upperBound && duration.nanos > 0
        guard duration.isValid, duration.nanos >= 0, range.contains(duration.seconds), !isAbove else {
            faults.add(
                .invalidValue, field, "is out of its range",
                expected: "\(range.lowerBound)s to \(range.upperBound)s")
            return
        }
    }
}
