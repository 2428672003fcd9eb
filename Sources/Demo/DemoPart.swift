/// One part of the demo brand.
struct DemoPart: Sendable {
    let sku: String
    let family: DemoFamily
    let vehicle: DemoVehicle
    /// On the brand's own shop, in cents.
    let cents: Int64
    /// How often it is bought, compared with others: few parts sell every day, most seldom.
    let demand: Int
    /// There is one left, so that some orders find less than they ask for.
    let isNearlySoldOut: Bool

    /// All of them: each family for each vehicle.
    static let all: [DemoPart] = DemoFamily.all.enumerated().flatMap { family in
        DemoVehicle.all.enumerated().map { vehicle in
            // What wears out sells more, and so does what fits cars of which there are many.
            let isWornOut = ["Filters", "Brakes"].contains(family.element.category)
            let demand = (isWornOut ? 12 : 3) * 12 / (vehicle.offset % 16 + 1) + 1
            return DemoPart(
                sku: "\(family.element.prefix)-\(1001 + vehicle.offset)", family: family.element,
                vehicle: vehicle.element, cents: family.element.cents + Int64(vehicle.offset * 37 % 11) * 125,
                demand: demand, isNearlySoldOut: (family.offset * 32 + vehicle.offset) % 13 == 5)
        }
    }

    /// "Ceramic Brake Pads, Front for Toyota Camry 2012-2017".
    var name: String { "\(self.family.name) for \(self.vehicle.name)" }
}

extension Int64 {
    /// An amount in cents as text: "42.90".
    var dollars: String { "\(self / 100).\(self % 100 < 10 ? "0" : "")\(self % 100)" }
}
