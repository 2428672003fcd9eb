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
        return AmazonAnswer(
            body: ["order": OrderView(order: try self.knownOrder(), account: self.account, data: data).json])
    }

    /// The order that the path names.
    func knownOrder() throws(AmazonRefusal) -> Order {
        let id = self.request.path[3]
        let order = self.shop.read { state in AmazonOrderID.number(id).flatMap { state.orders[$0] } }
        guard let order else { throw .notFound("Order \(id) not found.") }
        return order
    }

    /// `searchOrders`: the ones that changed longest ago first.
    func searchOrders() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(
            Set(OrderSearch.Names.newer.all + ["marketplaceIds", "includedData"]), needsMarketplace: false)
        let search = try OrderSearch(self, .newer)
        let page = try self.orders(search, .newer)
        let data = Set(try self.query.words("includedData", OrderView.data) ?? [])
        var body: JSONValue.JSONObject = [
            "orders": .array(page.orders.map { OrderView(order: $0, account: self.account, data: data).json })
        ]
        if let next = page.next { body["pagination"] = ["nextToken": .string(next)] }
        body[search.isByCreation ? "createdBefore" : "lastUpdatedBefore"] = .string(page.end.text)
        return AmazonAnswer(body: .object(body))
    }

    /// A page of a search: its orders, the token of the next one, and until when changes are told.
    func orders(
        _ search: OrderSearch, _ names: OrderSearch.Names
    ) throws(AmazonRefusal) -> (orders: [Order], next: String?, end: Moment) {
        let size = try self.query.number(names.size, in: 1...Self.maximumPage) ?? Self.maximumPage
        let digest = self.query.digest(without: [names.token])
        let page = try self.page(names.token, digest)
        let end = page?.end ?? min(search.end ?? self.now, self.now)
        let (orders, next) = self.shop.read { state -> ([Order], ShopIndex.Update?) in
            let updates = state.index.updates
            let start = page.map { ShopIndex.Update(at: $0.at, id: $0.id + 1) } ?? search.start
            var orders: [Order] = []
            var last: ShopIndex.Update?
            for update in updates[updates.firstIndex(from: start)...] {
                guard update.at <= end || search.isByCreation else { break }
                guard let order = state.orders[update.id], search.matches(order, end: end) else { continue }
                if orders.count == size { return (orders, last) }
                orders.append(order)
                last = update
            }
            return (orders, nil)
        }
        let following = next.map {
            OrderPage(digest: digest, at: $0.at, id: $0.id, end: end, askedAt: page?.askedAt ?? self.now).text
        }
        return (orders, following, end)
    }

    private func page(_ name: String, _ digest: String) throws(AmazonRefusal) -> OrderPage? {
        guard let text = self.query.text(name) else { return nil }
        guard let page = OrderPage(text), page.digest == digest else {
            throw .invalid("The \(name) is none of this search.")
        }
        guard self.now < page.askedAt + Self.pageMilliseconds else { throw .invalid("The \(name) has expired.") }
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
struct OrderSearch {
    /// What a version calls what is asked for.
    struct Names {
        let createdAfter, createdBefore, updatedAfter, updatedBefore, statuses, fulfillers, size, token: String
        let statusWords: [String]
        let fulfillerWords: [String]
        /// The word for the seller.
        let seller: String
        let status: @Sendable (Order) -> String

        static let newer = Names(
            createdAfter: "createdAfter", createdBefore: "createdBefore", updatedAfter: "lastUpdatedAfter",
            updatedBefore: "lastUpdatedBefore", statuses: "fulfillmentStatuses", fulfillers: "fulfilledBy",
            size: "maxResultsPerPage", token: "paginationToken", statusWords: OrderView.statuses,
            fulfillerWords: ["MERCHANT", "AMAZON"], seller: "MERCHANT", status: { OrderView.status(of: $0) })
        static let v0 = Names(
            createdAfter: "CreatedAfter", createdBefore: "CreatedBefore", updatedAfter: "LastUpdatedAfter",
            updatedBefore: "LastUpdatedBefore", statuses: "OrderStatuses", fulfillers: "FulfillmentChannels",
            size: "MaxResultsPerPage", token: "NextToken", statusWords: OrderViewV0.statuses,
            fulfillerWords: ["MFN", "AFN"], seller: "MFN", status: { OrderViewV0.status(of: $0) })

        var all: [String] {
            [
                self.createdAfter, self.createdBefore, self.updatedAfter, self.updatedBefore, self.statuses,
                self.fulfillers, self.size, self.token,
            ]
        }
    }

    let isByCreation: Bool
    private let names: Names
    private let after: Moment
    let end: Moment?
    private let statuses: Set<String>
    private let fulfillers: Set<String>

    init(_ call: AmazonCall, _ names: Names) throws(AmazonRefusal) {
        self.names = names
        let (created, updated) = (call.query.text(names.createdAfter), call.query.text(names.updatedAfter))
        guard (created == nil) != (updated == nil) else {
            throw .invalid("Exactly one of \(names.createdAfter) and \(names.updatedAfter) is required.")
        }
        self.isByCreation = created != nil
        let other = self.isByCreation ? names.updatedBefore : names.createdBefore
        guard call.query.text(other) == nil else { throw .invalid("\(other) does not go with the other parameters.") }
        self.after = try Self.moment(created ?? updated ?? "")
        let before = call.query.text(self.isByCreation ? names.createdBefore : names.updatedBefore)
        self.end = try before.map { text throws(AmazonRefusal) in try Self.moment(text) }
        self.statuses = Set(try call.query.words(names.statuses, names.statusWords) ?? names.statusWords)
        self.fulfillers = Set(try call.query.words(names.fulfillers, names.fulfillerWords) ?? [names.seller])
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
        return self.fulfillers.contains(self.names.seller) && self.statuses.contains(self.names.status(order))
    }
}
