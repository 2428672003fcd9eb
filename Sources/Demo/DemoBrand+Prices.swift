internal import PricingAPI
internal import PricingMessages
internal import RPC

extension DemoBrand {
    static func setUpPrices(_ client: RPCClient) async throws {
        let (lists, rules) = (PriceListServiceClient(client), PriceRuleServiceClient(client))
        for (place, channel) in DemoChannel.all.enumerated() {
            let list = PriceList(
                name: "\(channel.platform), US", type: .selling, currency: "USD",
                scope: PriceScope(channel: channel.id), priority: Int32(10 + place))
            try await self.put(list, as: "us-\(channel.id)", lists) {
                Price(sku: $0.sku, amount: channel.cents($0).dollars)
            }
        }
        try await self.put(
            PriceList(name: "Minimum advertised", type: .minimumAdvertised, currency: "USD"), as: "us-map", lists
        ) { Price(sku: $0.sku, amount: ($0.cents * 85 / 100).dollars) }
        try await self.put(PriceList(name: "Deposits", type: .core, currency: "USD"), as: "us-core", lists) {
            $0.family.coreCents == 0 ? nil : Price(sku: $0.sku, amount: $0.family.coreCents.dollars)
        }
        _ = try await rules.putPriceRule(
            PutPriceRuleRequest(
                ruleID: "welcome",
                rule: PriceRule(
                    name: "Ten percent for new customers", priority: 10, scopes: [PriceScope(channel: "direct")],
                    needsCoupon: true, limits: UseLimits(uses: 10_000), effect: .percentOff(PercentOff(percent: "10"))))
        )
        _ = try await rules.putCoupon(PutCouponRequest(code: self.coupon, coupon: Coupon(ruleID: "welcome")))
    }

    private static func put(
        _ list: PriceList, as id: String, _ lists: PriceListServiceClient, price: (DemoPart) -> Price?
    ) async throws {
        _ = try await lists.putPriceList(PutPriceListRequest(listID: id, priceList: list))
        _ = try await lists.putPrices(
            PutPricesRequest(
                commandID: "demo-setup-\(id)", listID: id, prices: DemoPart.all.compactMap(price),
                reason: "The demo's first prices"))
    }
}
