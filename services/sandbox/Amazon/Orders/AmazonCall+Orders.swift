internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension AmazonCall {
    private static let maximumPage = 100
    /// How long the token of a page is good.
    private static let pageMilliseconds = 86_400_000

    /// `getOrder`.
    func order() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(["includedData"], needsMarketplace: false)
        let data = Set(try self.query.words("includedData", OrderView.data) ?? [])
        let id = self.request.path[3]
        let order = self.shop.read { state in AmazonOrderID.number(id).flatMap { state.orders[$0] } }
        guard let order else { throw .notFound("Order \(id) not found.") }
        return AmazonAnswer(
            body: ["order": OrderView(order: order, account: self.account, data: data).json])
    }

    /// `searchOrders`: the ones that changed longest ago first.
    func searchOrders() throws(AmazonRefusal) -> AmazonAnswer {
        let search = try OrderSearch(self)
        let size = try self.query.number("maxResultsPerPage", in: 1...Self.maximumPage) ?? Self.maximumPage
        let page = try self.page()
        let end = page?.end ?? min(search.end ?? self.now, self.now)
        let data = Set(try self.query.words("includedData", OrderView.data) ?? [])
        let (orders, next) = self.shop.read { state -> ([JSONValue], ShopIndex.Update?) in
            let updates = state.index.updates
            let start = page.map { ShopIndex.Update(at: $0.at, id: $0.id + 1) } ?? search.start
            var orders: [JSONValue] = []
            var last: ShopIndex.Update?
            for update in updates[updates.firstIndex(from: start)...] {
                guard update.at <= end || search.isByCreation else { break }
                guard let order = state.orders[update.id], search.matches(order, end: end) else { continue }
                if orders.count == size { return (orders, last) }
                orders.append(OrderView(order: order, account: self.account, data: data).json)
                last = update
            }
            return (orders, nil)
        }
        var body: JSONValue.JSONObject = ["orders": .array(orders)]
        if let next {
            let following = OrderPage(
                digest: self.searchDigest, at: next.at, id: next.id, end: end, askedAt: page?.askedAt ?? self.now)
            body["pagination"] = ["nextToken": .string(following.text)]
        }
        body[search.isByCreation ? "createdBefore" : "lastUpdatedBefore"] = .string(end.text)
        return AmazonAnswer(body: .object(body))
    }

    private var searchDigest: String { self.query.digest(without: ["paginationToken"]) }

    private func page() throws(AmazonRefusal) -> OrderPage? {
        guard let text = self.query.text("paginationToken") else { return nil }
        guard let page = OrderPage(text), page.digest == self.searchDigest else {
            throw .invalid("The paginationToken is none of this search.")
        }
        guard self.now < page.askedAt + Self.pageMilliseconds else {
            throw .invalid("The paginationToken has expired.")
        }
        return page
    }
}

/// Where a search goes on.
private struct OrderPage {
    var digest: String
    /// The last order that was told.
    var at: Moment
    var id: Int64
    /// Orders that changed later are not told.
    var end: Moment
    /// When the first page was asked for.
    var askedAt: Moment

    init(digest: String, at moment: Moment, id: Int64, end: Moment, askedAt: Moment) {
        (self.digest, self.at, self.id, self.end, self.askedAt) = (digest, moment, id, end, askedAt)
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".")
        let numbers = parts.dropFirst().compactMap { Int64($0) }
        guard parts.count == 5, numbers.count == 4, numbers[1] < .max else { return nil }
        self.init(
            digest: String(parts[0]), at: Moment(milliseconds: numbers[0]), id: numbers[1],
            end: Moment(milliseconds: numbers[2]), askedAt: Moment(milliseconds: numbers[3]))
    }

    var text: String {
        "\(self.digest).\(self.at.milliseconds).\(self.id).\(self.end.milliseconds).\(self.askedAt.milliseconds)"
    }
}

/// Which orders are asked for.
private struct OrderSearch {
    private static let names: Set<String> = [
        "createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore", "fulfillmentStatuses",
        "marketplaceIds", "fulfilledBy", "maxResultsPerPage", "paginationToken", "includedData",
    ]

    let isByCreation: Bool
    private let after: Moment
    let end: Moment?
    private let statuses: Set<String>
    private let fulfillers: Set<String>

    init(_ call: AmazonCall) throws(AmazonRefusal) {
        try call.checkQuery(Self.names, needsMarketplace: false)
        let (created, updated) = (call.query.text("createdAfter"), call.query.text("lastUpdatedAfter"))
        guard (created == nil) != (updated == nil) else {
            throw .invalid("Exactly one of createdAfter and lastUpdatedAfter is required.")
        }
        self.isByCreation = created != nil
        let other = self.isByCreation ? "lastUpdatedBefore" : "createdBefore"
        guard call.query.text(other) == nil else { throw .invalid("\(other) does not go with the other parameters.") }
        self.after = try Self.moment(created ?? updated ?? "")
        let before = call.query.text(self.isByCreation ? "createdBefore" : "lastUpdatedBefore")
        self.end = try before.map { text throws(AmazonRefusal) in try Self.moment(text) }
        self.statuses = Set(try call.query.words("fulfillmentStatuses", OrderView.statuses) ?? OrderView.statuses)
        self.fulfillers = Set(try call.query.words("fulfilledBy", ["MERCHANT", "AMAZON"]) ?? ["MERCHANT"])
    }

    private static func moment(_ text: String) throws(AmazonRefusal) -> Moment {
        guard text.contains("T"), let moment = Moment(text: text) else {
            throw .invalid("'\(text)' is no time of ISO 8601.")
        }
        return moment
    }

    /// An order was changed when it was made, or later.
    var start: ShopIndex.Update { ShopIndex.Update(at: self.after, id: 0) }

    func matches(_ order: Order, end: Moment) -> Bool {
        if self.isByCreation, order.createdAt < self.after || end < order.createdAt { return false }
        return self.fulfillers.contains("MERCHANT") && self.statuses.contains(OrderView.status(of: order))
    }
}
