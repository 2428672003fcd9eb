import CatalogAPI
import CatalogMessages
import InventoryAPI
import InventoryMessages
import OrderMessages
import PricingAPI
import PricingMessages
import RPC
import RPCMessages
import Testing

extension PlacingHarness {
    /// Puts units of SKUs on the shelf.
    func stock(_ units: [String: Int64]) async throws {
        for (sku, delta) in units {
            _ = try await self.inventory.adjustStock(
                AdjustStockRequest(
                    commandID: OrderHarness.newID(), sku: sku, locationID: "WHS1", delta: delta, reason: .correction))
        }
    }

    /// Lets stock be promised beyond what is there.
    func allowBackorders() async throws {
        var rules = try await self.inventory.getRules(GetRulesRequest())
        rules.backorderCap = 100
        _ = try await self.inventory.putRules(PutRulesRequest(rules: rules))
    }

    /// Units of a SKU that are free.
    func free(_ sku: String) async throws -> Int64 {
        let item = try await self.inventory.getStock(GetStockRequest(sku: sku))
        return item.warehouses.reduce(0) { $0 + ($1.stockAvailable ?? 0) }
    }

    /// Has SKUs cost what is said, in dollars.
    func price(_ amounts: [String: String]) async throws {
        _ = try await self.lists.putPriceList(
            PutPriceListRequest(
                listID: "retail",
                priceList: PriceList(listID: "retail", name: "retail", type: .selling, currency: "USD")))
        _ = try await self.lists.putPrices(
            PutPricesRequest(
                commandID: OrderHarness.newID(), listID: "retail",
                prices: amounts.map { Price(sku: $0.key, amount: $0.value) }, reason: "test"))
    }

    /// Makes a coupon that takes a tenth off, so many times.
    func coupon(_ code: String, uses: Int64) async throws {
        _ = try await self.rules.putPriceRule(
            PutPriceRuleRequest(
                ruleID: "sale", rule: PriceRule(needsCoupon: true, effect: .percentOff(PercentOff(percent: "10")))))
        _ = try await self.rules.putCoupon(
            PutCouponRequest(code: code, coupon: Coupon(ruleID: "sale", uses: uses)))
    }

    /// Uses a coupon for something else.
    func redeem(_ code: String, as id: String) async throws {
        _ = try await self.redemptions.redeem(
            RedeemRequest(
                redemptionID: id, uses: [LimitedUse(ruleID: "sale", coupon: code, amount: "1")], currency: "USD"))
    }

    /// Has one part take the place of another.
    func supersede(_ old: String, by new: String) async throws {
        let products = ProductServiceClient(self.catalog)
        for sku in [old, new] {
            _ = try await products.saveProduct(
                SaveProductRequest(product: Product(sku: sku, name: sku)))
        }
        _ = try await products.putSupersession(
            PutSupersessionRequest(
                sku: old, newSku: new, supersession: Supersession(effectiveFrom: "2020-01-01")))
    }

    /// How an order's reservation stands; nil: there is none.
    func reservation(_ id: String) async throws -> ReservationState? {
        do {
            return try await self.inventory.getReservation(GetReservationRequest(reservationID: id)).state
        } catch  where error.problem?.type == "unknown-reservation" { return nil }
    }

    /// How a redemption stands; nil: there is none.
    func redemption(_ id: String) async throws -> RedemptionState? {
        do {
            return try await self.redemptions.getRedemption(GetRedemptionRequest(redemptionID: id)).state
        } catch  where error.problem?.type == "redemption-not-found" { return nil }
    }

    /// The reservations that hold units.
    func openReservations() async throws -> [String] {
        try await self.inventory.listReservations(ListReservationsRequest()).reservations
            .filter { $0.state == .held || $0.state == .confirmed }.map(\.reservationID).sorted()
    }

    /// The redemptions that count.
    func openRedemptions() async throws -> [String] {
        try await self.redemptions.listRedemptions(ListRedemptionsRequest()).redemptions
            .filter { $0.state == .redeemed }.map(\.redemptionID).sorted()
    }

    /// An order of two units of each SKU for 50.00 each.
    static func request(_ skus: String..., id: String = OrderHarness.newID()) -> PlaceOrderRequest {
        PlaceOrderRequest(
            orderID: id, platform: "Amazon",
            items: skus.map { OrderItem(sku: $0, quantity: 2, price: Decimal(micros: 50_000_000)) })
    }

    /// The same, for what pricing says.
    static func unpriced(_ skus: String..., coupons: [String] = []) -> PlaceOrderRequest {
        PlaceOrderRequest(
            orderID: OrderHarness.newID(), platform: "Amazon",
            items: skus.map { OrderItem(sku: $0, quantity: 2) }, coupons: coupons)
    }
}
