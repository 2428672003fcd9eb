import ChannelMessages
import Refusals
import TestSupport
import Testing
import WellKnownMessages

@testable import ChannelDomain

@Suite("What connections must be", .processorBound)
struct ConnectionRulesTests {
    private func faults(_ connection: Connection) -> [String] {
        var faults = ChannelFaults()
        ConnectionRules.check(connection, faults: &faults)
        return faults.faults.map(\.field)
    }

    @Test("what is stored has neither credentials nor what only answers have, and always has its policies")
    func normalized() {
        let given = Connection(
            id: "", platform: "shopify", name: "Shop", settings: ["domain": "x"],
            credentials: ["accessToken": "secret"],
            credentialNames: ["x"], pushContent: true, status: .stopped, statusReason: "why",
            health: ConnectionHealth(error: "x"), notificationPath: "/x", version: 9)
        #expect(
            ConnectionRules.normalized(given, id: "shop")
                == Connection(
                    id: "shop", platform: "shopify", name: "Shop", settings: ["domain": "x"], stock: StockPolicy(),
                    prices: PricePolicy(), orders: OrderPolicy(), pushContent: true))
    }

    @Test("policies that contradict themselves are refused by their fields")
    func policies() {
        #expect(self.faults(Connection()).isEmpty)
        #expect(
            self.faults(Connection(stock: StockPolicy(cap: 5, minimumToPublish: 6, locations: ["A", "", "A"])))
                == ["stock.minimumToPublish", "stock.locations[1]", "stock.locations[2]"])
        #expect(self.faults(Connection(prices: PricePolicy(push: true))) == ["prices.currency"])
        #expect(self.faults(Connection(prices: PricePolicy(currency: "XYZ"))) == ["prices.currency"])
        #expect(self.faults(Connection(prices: PricePolicy(push: true, currency: "USD"))).isEmpty)
    }

    @Test(
        "orders are asked for every second to every day",
        arguments: [
            (0, 0, false), (1, 0, true), (0, 999_999_999, false), (86_400, 0, true), (86_400, 1, false), (-1, 0, false),
        ])
    func pollEvery(_ seconds: Int64, _ nanos: Int32, _ isValid: Bool) {
        let orders = OrderPolicy(takeIn: true, pollEvery: ProtoDuration(seconds: seconds, nanos: nanos))
        #expect(self.faults(Connection(orders: orders)).isEmpty == isValid)
    }

    @Test("overlap may be nothing and no more than a day, and orders count since a moment that there is")
    func overlap() {
        let orders = OrderPolicy(
            overlap: ProtoDuration(seconds: 86_401, nanos: 0), since: ProtoTimestamp(seconds: .max, nanos: 0))
        #expect(self.faults(Connection(orders: orders)) == ["orders.overlap", "orders.since"])
        #expect(self.faults(Connection(orders: OrderPolicy(overlap: ProtoDuration(seconds: 0, nanos: 0)))).isEmpty)
    }

    @Test("what has to be sent again follows from what was changed")
    func kinds() {
        let old = ConnectionRules.normalized(Connection(platform: "p", name: "a"), id: "c")
        func kinds(_ change: (inout Connection) -> Void) -> Set<SyncKind> {
            var new = old
            change(&new)
            return ConnectionRules.kinds(changedFrom: old, to: new)
        }
        #expect(kinds { $0.name = "b" } == [])
        #expect(kinds { $0.stock?.buffer = 1 } == [.stock])
        #expect(kinds { $0.prices?.push = true } == [.price])
        #expect(kinds { $0.pushContent = true } == [.content])
        #expect(kinds { $0.settings["x"] = "y" } == [.stock, .price, .content])
    }
}
