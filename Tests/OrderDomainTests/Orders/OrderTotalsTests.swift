import OrderDomain
import OrderMessages
import TestSupport
import Testing

@Suite("Sums of orders", .processorBound)
struct OrderTotalsTests {
    /// Three units for 10.00 with 1.00 off, 2.00 tax and a deposit of 5.00 each; two for 4.00; 3.00 off; shipping 6.00 + 0.50.
    private static func order(taxIncluded: Bool = false) throws -> Order {
        var request = OrderSamples.request(lines: 2)
        request.items[0].quantity = 3
        request.items[0].price = .units(10)
        request.items[0].discount = .units(1)
        request.items[0].tax = .units(2)
        request.items[0].coreCharge = .units(5)
        request.items[1].price = .units(4)
        request.discounts = [OrderDiscount(description: "Welcome", amount: .units(3))]
        request.shipping = .units(6)
        request.shippingTax = .units(0, cents: 50)
        request.fees = [OrderFee(kind: "Commission", amount: .units(7))]
        request.taxIncluded = taxIncluded
        return try OrderSamples.order(request)
    }

    @Test("sums of all that is paid")
    func sums() throws {
        let order = try Self.order()
        let totals = try #require(order.totals)
        #expect(totals.items == .units(38) && totals.discount == .units(4) && totals.core == .units(15))
        #expect(totals.shipping == .units(6) && totals.tax == .units(2, cents: 50) && totals.fees == .units(7))
        #expect(totals.total == .units(57, cents: 50))
        #expect(order.items.map(\.total) == [.units(46), .units(8)])
    }

    @Test("tax that is in the prices is not paid again")
    func taxIncluded() throws {
        let totals = try #require(try Self.order(taxIncluded: true).totals)
        #expect(totals.tax == Decimal() && totals.total == .units(55))
    }

    @Test("units that are cancelled are not in the sums, and a line's reduction and tax are shared to the cent")
    func cancelled() throws {
        var order = try Self.order()
        order.items[0].cancelled = 1
        try order.recount()
        let totals = try #require(order.totals)
        #expect(totals.items == .units(28) && totals.core == .units(10))
        #expect(totals.discount == .units(3, cents: 67) && totals.tax == .units(1, cents: 83))
        order.items[0].cancelled = 3
        order.items[1].cancelled = 2
        try order.recount()
        #expect(order.totals?.total == Decimal() && order.totals?.shipping == Decimal())
        #expect(order.totals?.fees == .units(7))
    }

    @Test("the order's own reductions are never more than its lines come to")
    func reductions() throws {
        var order = try Self.order()
        order.items[0].cancelled = 3
        order.items[1].cancelled = 1
        order.discounts[0].amount = .units(9)
        try order.recount()
        #expect(order.totals?.discount == .units(4) && order.totals?.total == .units(6, cents: 50))
    }

    @Test("sums add up in random orders, or are refused")
    func random() throws {
        var random = SeededGenerator(seed: testSeed())
        for _ in 0..<2000 {
            var order = try Self.order()
            for place in order.items.indices {
                order.items[place].quantity = .random(in: 1...1_000_000_000, using: &random)
                order.items[place].cancelled = .random(in: 0...order.items[place].quantity, using: &random)
                order.items[place].price = Decimal(micros: .random(in: 0...50_000_000, using: &random))
                order.items[place].tax = Decimal(micros: .random(in: 0...(.max), using: &random))
            }
            guard let totals = try? OrderTotals(of: order) else { continue }
            let parts = [totals.items, totals.core, totals.shipping, totals.tax].reduce(0) { $0 + ($1?.micros ?? 0) }
            #expect(totals.total?.micros == parts - (totals.discount?.micros ?? 0))
            try order.recount()
            let lines = order.items.reduce(0) { $0 + ($1.total?.micros ?? 0) }
            let ofLines = try order.items.reduce(0) {
                try $0 + LineAmounts($1, currency: "USD", field: "item").discount
            }
            let ofOrder = (totals.discount?.micros ?? 0) - ofLines
            let hasUnits = order.items.contains { $0.quantity > $0.cancelled }
            #expect(totals.total?.micros == lines - ofOrder + (hasUnits ? 6_500_000 : 0))
        }
    }
}
