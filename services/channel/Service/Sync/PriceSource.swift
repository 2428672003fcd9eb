internal import ChannelMessages
internal import Money
internal import Postgres
internal import PricingAPI
internal import PricingMessages
internal import RPC

/// What one unit of a SKU is sold for.
struct UnitPrice: Hashable, Sendable {
    /// In millionths.
    var micros: Int64
    /// ISO 4217.
    var currency: String
}

/// Where wanted prices come from.
protocol PriceSource: Sendable {
    /// What SKUs are sold for on a connection: those that have a price.
    ///
    /// - Parameter skus: At most ``SyncLimits/pricesAtOnce``.
    func prices(of skus: [String], on connection: SyncConnection) async throws -> [String: UnitPrice]
}

/// Asks the pricing service.
struct PricingPrices: PriceSource {
    private let quotes: QuoteServiceClient

    /// - Parameter client: Of the pricing service; may act for others.
    init(_ client: RPCClient) { self.quotes = QuoteServiceClient(client) }

    func prices(of skus: [String], on connection: SyncConnection) async throws -> [String: UnitPrice] {
        let policy = connection.connection.prices ?? PricePolicy()
        let answer = try await self.quotes.listPrices(
            ListPricesRequest(
                channel: policy.channel.isEmpty ? connection.connection.platform : policy.channel,
                region: policy.region, customerGroup: policy.customerGroup, currency: policy.currency, sku: skus,
                pageSize: UInt32(SyncLimits.pricesAtOnce)),
            options: ChannelCaller.options(for: connection.key.brand, scopes: ["pricing:read"]))
        var prices: [String: UnitPrice] = [:]
        for price in answer.prices {
            // One that cannot be read counts as none, and holds up nobody else.
            guard let amount = try? Amount(price.price) else { continue }
            prices[price.sku] = UnitPrice(micros: amount.micros, currency: price.currency)
        }
        return prices
    }
}
