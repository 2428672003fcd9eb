import InventoryDomain
import TestSupport
import Testing

/// What channels are told of.
@Suite(.processorBound) struct AvailabilityTests {
    @Test("units in a marketplace's own warehouses are told to no channel, and are in no kit")
    func marketplace() throws {
        var places = locations("FBA1", "WHS1")
        places[location("FBA1")]?.isMarketplaces = true
        let stock = item("A", [("FBA1", onHand: 40, reserved: 0), ("WHS1", onHand: 5, reserved: 2)])
        for channel in [nil, try ChannelID("amazon")] {
            let told = Availability(of: stock, channel: channel, locations: places, rules: BrandRules(), now: noon)
            #expect(told.sellable == 3)
            #expect(told.parts.map(\.sellable).sorted() == [0, 3])
            let parts = [KitComponent(sku: sku("A"), quantity: quantity(2))]
            #expect(Availability.kits(parts) { _ in told.sellable }?.count == 1)
        }
        #expect(stock.totalAvailable == 43, "they stay counted")
    }
}
