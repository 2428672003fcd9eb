/// Where the demo brand sells.
struct DemoChannel: Sendable {
    /// As pricing calls it, and the connection of its orders.
    let id: String
    /// As orders call it.
    let platform: String
    /// What an order's number begins with there.
    let prefix: String
    /// What is asked there, in percent of the shop's prices.
    let percent: Int64
    /// What the channel keeps, in percent of the items.
    let feePercent: Int64
    /// How many of a hundred orders come from there.
    let share: Int

    /// Four of them; the first is the brand's own shop.
    static let all = [
        DemoChannel(id: "direct", platform: "Direct", prefix: "WEB", percent: 100, feePercent: 0, share: 25),
        DemoChannel(id: "amazon", platform: "Amazon", prefix: "AMZ", percent: 108, feePercent: 12, share: 40),
        DemoChannel(id: "ebay", platform: "eBay", prefix: "EBY", percent: 104, feePercent: 9, share: 20),
        DemoChannel(id: "walmart", platform: "Walmart", prefix: "WMT", percent: 106, feePercent: 12, share: 15),
    ]

    /// What a part costs there, in cents.
    func cents(_ part: DemoPart) -> Int64 { part.cents * self.percent / 100 }
}
