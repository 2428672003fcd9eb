internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Finds out which call of Commerce Notification a request is.
struct NotificationRoutes {
    let state: ShopState
    let request: EbayRequest
    let shop: Shop

    func answer(_ rest: [String]) throws(EbayRefusal) -> EbayOutcome {
        switch rest.first {
        case "destination": try EbayDestinations(state: self.state, request: self.request, shop: self.shop).answer(rest)
        case "subscription": .answer(try EbaySubscriptions(state: self.state, request: self.request).answer(rest))
        default: .answer(try self.other(rest))
        }
    }

    private func other(_ rest: [String]) throws(EbayRefusal) -> EbayAnswer {
        switch (self.request.method, rest.first, rest.count) {
        case ("GET", "config", 1):
            guard let config = self.state.value("config", "") else { throw EbayRefusal(195026) }
            return EbayAnswer(200, config)
        case ("PUT", "config", 1):
            guard let email = try self.request.object()["alertEmail"]?.text, email.contains("@") else {
                throw EbayRefusal(195025)
            }
            self.state.keep(["alertEmail": .string(email)], "config", "")
            return EbayAnswer(204)
        case ("GET", "public_key", 2):
            guard let key = EbaySigningKey(self.state), key.id == rest[1] else { throw EbayRefusal(195001, rest[1]) }
            return EbayAnswer(200, key.json)
        case ("GET", "topic", 1):
            return EbayAnswer(200, try NotificationPage(self.request).json(EbayTopic.allCases.map(\.json), "topics"))
        case ("GET", "topic", 2):
            guard let topic = EbayTopic(rawValue: rest[1]) else { throw EbayRefusal(195002, rest[1]) }
            return EbayAnswer(200, topic.json)
        default: throw EbayRefusal(2002)
        }
    }
}

/// A part of a list, which goes on behind a token.
struct NotificationPage {
    private let request: EbayRequest
    private let limit: Int
    private let start: Int

    init(_ request: EbayRequest) throws(EbayRefusal) {
        self.request = request
        let limit = request.field("limit").map { Int($0) } ?? 20
        guard let limit, (10...100).contains(limit) else { throw EbayRefusal(195004) }
        self.limit = limit
        let start = request.field("continuation_token").map { Int($0) } ?? 0
        guard let start, start >= 0 else { throw EbayRefusal(195005) }
        self.start = start
    }

    func json(_ all: [JSONValue], _ name: String) -> JSONValue {
        let shown = all.dropFirst(self.start).prefix(self.limit)
        let end = self.start + shown.count
        let address = "\(self.request.base)/\(self.request.path.joined(separator: "/"))?limit=\(self.limit)"
        return .members([
            name: .array(Array(shown)), "total": .number(all.count), "limit": .number(self.limit),
            "href": .string(address),
            "next": end < all.count ? .string("\(address)&continuation_token=\(end)") : nil,
        ])
    }
}
