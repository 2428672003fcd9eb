import OrderMessages
import TestSupport
import Testing

@testable import OrderDomain

@Suite("What the units of lines cost", .processorBound)
struct LineCostsTests {
    /// An order of some lines, with reductions and tax of all kinds, of which some units are cancelled.
    private func order(_ numbers: inout SeededGenerator) throws -> Order {
        var order = Order(currency: Bool.random(using: &numbers) ? "USD" : "JPY")
        let step: Int64 = order.currency == "USD" ? 10_000 : 1_000_000
        order.taxIncluded = Bool.random(using: &numbers)
        for place in 0..<Int.random(in: 1...4, using: &numbers) {
            let quantity = Int64.random(in: 1...9, using: &numbers)
            let price = Int64.random(in: 0...500, using: &numbers) * step
            order.items.append(
                OrderItem(
                    lineID: "\(place)", sku: "S", quantity: quantity, price: Decimal(micros: price),
                    discount: Decimal(micros: Int64.random(in: 0...(price * quantity / step), using: &numbers) * step),
                    tax: Decimal(micros: Int64.random(in: 0...300, using: &numbers) * step),
                    cancelled: Int64.random(in: 0...quantity, using: &numbers)))
        }
        for _ in 0..<Int.random(in: 0...2, using: &numbers) {
            let amount = Int64.random(in: 0...1_500, using: &numbers) * step
            order.discounts.append(OrderDiscount(description: "d", amount: Decimal(micros: amount)))
        }
        try order.recount()
        return order
    }

    @Test("all units together cost what the totals count, however they are given back")
    func sums() throws {
        var numbers = SeededGenerator(seed: testSeed())
        for _ in 0..<5_000 {
            let order = try self.order(&numbers)
            let costs = try LineCosts(of: order)
            let totals = try #require(order.totals)
            let items = (totals.items?.micros ?? 0) - (totals.discount?.micros ?? 0)
            let whole = order.items.indices.reduce(Int64(0)) { $0 + costs.cost(of: $1) }
            #expect(whole == items + (totals.tax?.micros ?? 0))
            for (place, item) in order.items.enumerated() {
                let units = item.quantity - item.cancelled
                var (given, sum) = (Int64(0), Int64(0))
                while given < units {
                    let some = Int64.random(in: 1...(units - given), using: &numbers)
                    let cost = costs.cost(of: place, units: given..<given + some)
                    // A share of the whole, to less than the currency's smallest amount above or below.
                    let share = Double(costs.cost(of: place)) * Double(some) / Double(units)
                    #expect(cost >= 0 && abs(Double(cost) - share) < (order.currency == "USD" ? 10_001 : 1_000_001))
                    (given, sum) = (given + some, sum + cost)
                    #expect(sum <= costs.cost(of: place))
                }
                #expect(sum == (units > 0 ? costs.cost(of: place) : 0))
            }
        }
    }

    @Test("great orders are counted without a trap")
    func greatOrders() throws {
        var order = Order(currency: "USD")
        order.items = [
            OrderItem(lineID: "1", sku: "A", quantity: 1_000_000_000, price: Decimal(micros: 8_990_000)),
            OrderItem(lineID: "2", sku: "B", quantity: 1, price: Decimal(micros: 8_999_999_990_000)),
        ]
        order.discounts = [OrderDiscount(description: "d", amount: Decimal(micros: .max))]
        #expect(try LineCosts(of: order).cost(of: 0, units: 0..<1_000_000_000) == 0)
        order.discounts = []
        #expect(try LineCosts(of: order).cost(of: 0, units: 999_999_999..<1_000_000_000) == 8_990_000)
        order.items[0].price = Decimal(micros: .max)
        #expect(throws: OrderRefusal.self) { try LineCosts(of: order) }
    }
}
