/// A place where the demo brand has stock.
struct DemoLocation: Sendable {
    enum Kind: Sendable { case warehouse, logistics, marketplace }

    let id: String
    let name: String
    let kind: Kind
    let region: String
    /// How much of each part's stock lies there, in percent.
    let share: Int64

    /// Four of them.
    static let all = [
        DemoLocation(id: "OH-COLUMBUS", name: "Columbus warehouse", kind: .warehouse, region: "US-OH", share: 40),
        DemoLocation(id: "NV-RENO", name: "Reno warehouse", kind: .warehouse, region: "US-NV", share: 30),
        DemoLocation(id: "TX-3PL", name: "Dallas third-party logistics", kind: .logistics, region: "US-TX", share: 20),
        Self.fulfilment,
    ]

    /// Where Amazon has what it ships itself.
    static let fulfilment = DemoLocation(
        id: "AMZ-FC", name: "Marketplace fulfilment", kind: .marketplace, region: "US", share: 10)

    /// Whether it is Amazon that says what of a part lies there.
    static func isFulfilled(_ part: DemoPart) -> Bool {
        DemoPart.all.prefix(DemoShopPlace.amazon.articles).contains { $0.sku == part.sku }
    }

    /// What a part has there on the first day.
    func stock(of part: DemoPart) -> Int64 {
        guard !part.isNearlySoldOut else { return self.id == Self.all[0].id ? 1 : 0 }
        return max(2, Int64(part.demand) * 2 * self.share / 100)
    }
}
