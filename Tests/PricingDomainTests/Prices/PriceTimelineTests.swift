import Money
import PricingDomain
import PricingMessages
import TestSupport
import Testing

@Suite("Prices over time", .processorBound)
struct PriceTimelineTests {
    private func row(_ amount: Int64, from quantity: Int64 = 1, _ begin: Int64 = .min, _ end: Int64 = .max) -> PriceRow
    {
        PriceRow(
            sku: 0, list: 1, minimumQuantity: quantity, validFrom: Instant(microseconds: begin),
            validTo: Instant(microseconds: end), amount: Amount(micros: amount))
    }

    private func at(_ instant: Int64) -> Instant { Instant(microseconds: instant) }

    @Test("of a quantity the price that began last counts")
    func resolution() {
        let timeline = PriceTimeline([
            self.row(8, from: 10, 50), self.row(10), self.row(9, 100, 200), self.row(7, 150, 160),
        ])
        #expect(
            [99, 100, 150, 160, 199, 200].map { timeline.price(at: self.at($0), quantity: 1)?.amount.micros }
                == [10, 9, 7, 9, 9, 10])
        #expect(timeline.price(at: self.at(49), quantity: 10)?.amount.micros == 10)
        #expect(timeline.price(at: self.at(155), quantity: 10)?.amount.micros == 8)
        #expect(timeline.price(at: self.at(155), quantity: 9)?.amount.micros == 7)
        #expect(timeline.tiers(at: self.at(155)).map(\.amount.micros) == [7, 8])
        #expect(PriceTimeline([]).price(at: self.at(0), quantity: 1) == nil)
    }

    @Test("the next change is the next beginning or end")
    func changes() {
        let timeline = PriceTimeline([self.row(10), self.row(9, 100, 200), self.row(7, 150, 160)])
        #expect(
            [0, 100, 150, 160, 200].map { timeline.nextChange(after: self.at($0))?.microseconds }
                == [100, 150, 160, 200, nil])
    }

    @Test("tiers that rise at any instant are refused with both")
    func monotone() throws {
        try PriceTimeline([self.row(10), self.row(10, from: 5), self.row(8, from: 10)]).checkMonotone()
        // Only between 150 and 160 ten cost more than one does.
        let rising = PriceTimeline([self.row(10), self.row(9, from: 10, 100, 200), self.row(8, 150, 160)])
        let refusal = #expect(throws: PricingRefusal.self) { try rising.checkMonotone(field: "prices[3].") }
        #expect(refusal?.reason == .tiersNotMonotone)
        #expect(refusal?.faults.map(\.field) == ["prices[3].amount"])
        #expect(refusal?.description.contains("1970-01-01T00:00:00.000150Z") == true)
        // The lower one ends, and an older one shows.
        let shown = PriceTimeline([self.row(5), self.row(10, 100, 200), self.row(9, from: 10, 150)])
        let other = #expect(throws: PricingRefusal.self) { try shown.checkMonotone() }
        #expect(other?.description.contains("00.000200Z") == true)
    }

    @Test("rows come by SKU, list, quantity and beginning, however they are given")
    func rows() throws {
        let rows = [self.row(1, from: 5), self.row(2), self.row(3, 10)].map { row in
            var row = row
            row.sku = 1
            return row
        }
        let strays = ([-1, 2] as [Int32]).map { sku in
            var row = self.row(9)
            row.sku = sku
            return row
        }
        #expect(PriceRows(strays + rows, skuCount: 2).rows.map(\.amount.micros) == [2, 3, 1])
        #expect(PriceRows(strays, skuCount: 0).rows.isEmpty)
    }
}
