import Events
import Postgres
import PricingAPI
import PricingDomain
import PricingMessages
import ProtobufC
import RPC
import Testing
import WellKnownMessages

@testable import PricingService

extension PricingHarness {
    /// Runs the service of price lists while `body` does.
    static func withLists(_ body: (PricingHarness) async throws -> Void) async throws {
        try await Self.with(
            { pool, news in [PriceLists(pool, writes: PriceWrites(), news: news, logger: Self.logger)] }, body)
    }

    /// A client that acts for the harness' brand.
    var lists: PriceListServiceClient { PriceListServiceClient(self.rpc) }

    @discardableResult
    func put(_ list: PriceList, expecting version: UInt64? = nil) async throws -> PutPriceListResponse {
        try await self.lists.putPriceList(
            PutPriceListRequest(listID: list.listID, priceList: list, expectedVersion: version))
    }

    @discardableResult
    func put(
        _ prices: [Price], into listID: String = "retail", id: String = Self.newID(), dryRun: Bool = false
    ) async throws -> [PriceOutcome] {
        try await self.lists.putPrices(
            PutPricesRequest(
                commandID: id, listID: listID, prices: prices, reason: "because", dryRun: dryRun)
        ).outcomes
    }

    @discardableResult
    func delete(_ keys: [PriceKey], from listID: String = "retail") async throws -> [PriceOutcome] {
        try await self.lists.deletePrices(
            DeletePricesRequest(commandID: Self.newID(), listID: listID, prices: keys)
        ).outcomes
    }

    func history(
        of sku: String, listID: String = "", at: PostgresTimestamp? = nil
    ) async throws -> [Price] {
        try await self.lists.listPriceHistory(
            ListPriceHistoryRequest(sku: sku, listID: listID, at: at?.protobuf)
        ).prices
    }

    /// The prices that stand in a list, all on one page.
    func entries(of listID: String = "retail") async throws -> [Price] {
        try await self.lists.listEntries(ListEntriesRequest(listID: listID, pageSize: 1_000)).prices
    }

    /// The events of a type, by bucket in order.
    func events<Payload: Message>(_ type: String, as _: Payload.Type) async throws -> [Payload] {
        try await self.events().filter { $0.type == type }.map { try Payload(decoding: $0.payload) }
    }

    /// The database's clock.
    func now() async throws -> PostgresTimestamp {
        let rows = try await self.pool.query(PostgresStatement("select clock_timestamp()"))
        return try #require(rows.first).decode(PostgresTimestamp.self)
    }

    static func newID() -> String { "\(UInt64.random(in: .min ... .max))" }
}

extension PriceList {
    /// A list for tests: selling, in dollars, for all.
    static func sample(
        _ id: String = "retail", type: PriceType = .selling, currency: String = "USD", scope: PriceScope? = nil,
        priority: Int32 = 0
    ) -> PriceList {
        PriceList(listID: id, name: id, type: type, currency: currency, scope: scope, priority: priority)
    }
}

extension Price {
    /// A price for tests.
    static func sample(
        _ sku: String, _ amount: String, quantity: Int64 = 0, from: Int64? = nil, to: Int64? = nil
    ) -> Price {
        Price(
            sku: sku, minimumQuantity: quantity, amount: amount, validFrom: from.map { ProtoTimestamp(seconds: $0) },
            validTo: to.map { ProtoTimestamp(seconds: $0) })
    }
}
