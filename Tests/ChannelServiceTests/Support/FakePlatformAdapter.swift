import ChannelAdapter
import ChannelMessages
import OrderMessages

/// The adapter of ``FakePlatformShop``.
struct FakePlatformAdapter: ChannelAdapter {
    let shop: FakePlatformShop
    /// Who calls: a worker's process.
    var owner = "one"
    var platform: PlatformDescription
    /// What the account's settings allow instead of what the platform gives everybody; nil: nothing else.
    var accountRatePerSecond: Double?

    init(
        _ shop: FakePlatformShop, owner: String = "one", ratePerSecond: Double = 10_000, burst: Double = 10_000,
        rows: Int = 10, bulk: ClosedRange<Int>? = nil, stockBulk: ClosedRange<Int>? = nil,
        revisions: PlatformDescription.Revisions? = nil, pushSettleSeconds: Int64? = nil, sellsFromShelf: Bool = true,
        pollsOrders: Bool = false, subscribes: Bool = false, withdraws: Bool = false
    ) {
        self.shop = shop
        self.owner = owner
        self.platform = PlatformDescription(
            id: "fake", name: "Fake", settings: [], credentials: [],
            operations: ["stock", "price", "content", "read"].map {
                PlatformDescription.Operation(
                    $0, bucket: $0 == "read" ? "read" : "main", ratePerSecond: ratePerSecond, burst: burst, rows: rows,
                    bulk: Self.bulk(of: $0, content: bulk, stock: stockBulk))
            }, tasks: [], pollsOrders: pollsOrders, sellsFromShelf: sellsFromShelf,
            subscribes: subscribes, withdraws: withdraws, pushSettleSeconds: pushSettleSeconds, revisions: revisions)
    }

    private static func bulk(
        of operation: String, content: ClosedRange<Int>?, stock: ClosedRange<Int>?
    ) -> PlatformDescription.Operation.Bulk? {
        switch operation {
        case "content": content.map { .init(minimumRows: $0.lowerBound, maximumRows: $0.upperBound, cost: 2) }
        case "stock":
            stock.map {
                .init(
                    minimumRows: $0.lowerBound, maximumRows: $0.upperBound, cost: 1,
                    limit: .init(bucket: "feeds", ratePerSecond: 10, burst: 10))
            }
        default: nil
        }
    }

    var defaultMapping: [MappingRule] { [] }

    func operations(with settings: [String: String]) -> [PlatformDescription.Operation] {
        self.platform.operations.map { operation in
            var operation = operation
            operation.ratePerSecond = self.accountRatePerSecond ?? operation.ratePerSecond
            return operation
        }
    }

    func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] { [] }
    func problems(in content: ContentRow) -> [String] { [] }
    func document(for content: ContentRow) -> String { "" }

    func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        FakePlatformSession(shop: self.shop, owner: self.owner)
    }

    func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault)
        -> NotificationContent
    { throw PlatformFault(.refused, code: "not-understood", "it has none") }

    func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        throw PlatformFault(.refused, code: "not-understood", "it has none")
    }

    func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool { false }
}

/// An account on it.
struct FakePlatformSession: PlatformSession {
    let shop: FakePlatformShop
    let owner: String

    func check() async throws(PlatformFault) -> [String: String] { [:] }

    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer {
        await self.shop.pushStock(rows, key: key, owner: self.owner)
    }

    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer {
        await self.shop.pushPrices(rows, key: key, owner: self.owner)
    }

    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer {
        await self.shop.pushContent(rows, key: key, owner: self.owner)
    }

    func pushContentInBulk(_ rows: [ContentRow], key: String) async -> PushAnswer {
        await self.shop.pushContentInBulk(rows, key: key, owner: self.owner)
    }

    func pushStockInBulk(_ rows: [StockRow], key: String) async -> PushAnswer {
        await self.shop.pushStockInBulk(rows, key: key, owner: self.owner)
    }

    func awaitEarlierBulks() async throws(PlatformFault) { try await self.shop.awaitBulks() }

    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] {
        try await self.shop.shelves(listings, owner: self.owner)
    }

    func listings(page: String) async throws(PlatformFault) -> ListingPage { self.shop.listings(page: page) }

    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage {
        OrderPage(orders: [], next: "")
    }

    func order(id: String) async throws(PlatformFault) -> PlatformOrder {
        throw PlatformFault(.refused, code: "not-found", "there is none")
    }

    func fulfilledStock(page: String) async throws(PlatformFault) -> FulfilledStockPage {
        try self.shop.fulfilled.page(page)
    }

    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer { TaskAnswer() }

    func withdraw(_ listing: ListingReference) async -> RowOutcome { self.shop.withdrawals.withdraw(listing) }

    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics {
        try await self.shop.subscriptions.subscribe(to: address)
    }
}

/// A transport that is never used: the fake platform needs no network.
struct NoTransport: PlatformTransport {
    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        throw PlatformFault(.retry, code: "not-reached", "there is no network")
    }
}
