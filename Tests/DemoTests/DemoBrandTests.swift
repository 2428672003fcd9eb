import OrderMessages
import Testing
import Vehicles
import WellKnownMessages

@testable import Demo

@Suite("The demo brand")
struct DemoBrandTests {
    @Test("each of its vehicles was sold in the first and in the last of its years", arguments: DemoVehicle.all)
    func vehicles(_ vehicle: DemoVehicle) throws {
        let vehicles = try VehicleTables.embedded.catalog
        for year in [vehicle.firstYear, vehicle.lastYear] {
            guard case .found = vehicles.find(make: vehicle.make, model: vehicle.model, year: Int(year)) else {
                Issue.record("there is no \(vehicle.make) \(vehicle.model) of \(year)")
                continue
            }
        }
    }

    @Test("it has a few hundred parts, each once, with stock in all locations but for those that are nearly sold out")
    func parts() {
        #expect(DemoPart.all.count == 320)
        #expect(Set(DemoPart.all.map(\.sku)).count == DemoPart.all.count)
        for part in DemoPart.all {
            #expect(part.cents > 0 && part.demand > 0)
            let stock = DemoLocation.all.map { $0.stock(of: part) }
            #expect(part.isNearlySoldOut ? stock.reduce(0, +) == 1 : stock.allSatisfy { $0 > 0 }, "\(part.sku)")
        }
        #expect(DemoPart.all.contains { $0.isNearlySoldOut })
        #expect(DemoLocation.all.map(\.share).reduce(0, +) == 100)
        #expect(DemoChannel.all.map(\.share).reduce(0, +) == 100)
    }

    @Test("the same seed gives the same orders, each with different parts for one vehicle")
    func orders() {
        func orders(_ seed: UInt64) -> [PlaceOrderRequest] {
            var chance = DemoChance(seed: seed)
            return (0..<500).map { DemoOrder("T-\($0)", at: ProtoTimestamp(seconds: 1_790_000_000), &chance).request }
        }
        let first = orders(7)
        #expect(first == orders(7))
        #expect(first != orders(8))
        for order in first {
            #expect((1...3).contains(order.items.count))
            #expect(Set(order.items.map(\.sku)).count == order.items.count)
            let isOwn = order.platform == DemoChannel.all[0].platform
            #expect(order.items.allSatisfy { ($0.price == nil) == isOwn })
        }
        #expect(Set(first.map(\.platform)) == Set(DemoChannel.all.map(\.platform)))
    }

    @Test("amounts are written with two places", arguments: [(5, "0.05"), (4_290, "42.90"), (100_000, "1000.00")])
    func amounts(_ cents: Int64, _ text: String) { #expect(cents.dollars == text) }
}
