internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension AmazonCall {
    /// `getFeeds`: the newest first.
    func feeds() throws(AmazonRefusal) -> AmazonAnswer {
        let search = try FeedSearch(self)
        let (feeds, next) = self.shop.read { state -> ([JSONValue], Int64?) in
            var feeds: [JSONValue] = []
            var last: Int64?
            for feed in state.operations.values.sorted(by: { $0.id > $1.id }) {
                guard let input = FeedInput(feed), search.matches(feed, input) else { continue }
                if feeds.count == search.size { return (feeds, last) }
                feeds.append(input.json(of: feed))
                last = feed.id
            }
            return (feeds, nil)
        }
        var body: JSONValue.JSONObject = ["feeds": .array(feeds)]
        if let next { body["nextToken"] = .string(search.token(behind: next)) }
        return AmazonAnswer(body: .object(body))
    }
}

/// Which feeds are asked for. A page's token comes alone, so it has all of it.
private struct FeedSearch: Codable {
    private static let statuses = ["CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE"]
    private static let maximumWords = 10
    private static let maximumPage = 100
    private static let usualPage = 10
    /// How long feeds are told of, in milliseconds.
    private static let retention = 90 * 86_400_000

    private let types: [String]
    /// `nil`: of any.
    private let marketplaces: [String]?
    private let wantedStatuses: [String]?
    private let since: Moment
    private let until: Moment
    let size: Int
    /// The last feed that was told; those that were made before it are still to be.
    private var last: Int64?

    init(_ call: AmazonCall) throws(AmazonRefusal) {
        let query = call.query
        if let token = query.text("nextToken") {
            guard query.names == ["nextToken"] else { throw .invalid("nextToken must be the only parameter.") }
            guard let bytes = Data(base64Encoded: token), let search = try? JSONDecoder().decode(Self.self, from: bytes)
            else { throw .invalid("The nextToken is none that was given.") }
            self = search
            return
        }
        let known: Set<String> = [
            "feedTypes", "marketplaceIds", "pageSize", "processingStatuses", "createdSince", "createdUntil",
        ]
        if let stranger = query.names.subtracting(known).sorted().first {
            throw .invalid("The parameter \(stranger) is not known.")
        }
        guard let types = query.list("feedTypes") else { throw .invalid("Either feedTypes or nextToken is required.") }
        self.types = types
        self.marketplaces = query.list("marketplaceIds")
        guard types.count <= Self.maximumWords, self.marketplaces?.count ?? 0 <= Self.maximumWords else {
            throw .invalid("feedTypes and marketplaceIds have at most \(Self.maximumWords) entries.")
        }
        self.wantedStatuses = try query.words("processingStatuses", Self.statuses)
        self.since = try Self.moment(query, "createdSince") ?? call.now + -Self.retention
        self.until = try Self.moment(query, "createdUntil") ?? call.now
        self.size = try query.number("pageSize", in: 1...Self.maximumPage) ?? Self.usualPage
    }

    private static func moment(_ query: AmazonQuery, _ name: String) throws(AmazonRefusal) -> Moment? {
        guard let text = query.text(name) else { return nil }
        guard text.contains("T"), let moment = Moment(text: text) else {
            throw .invalid("\(name) must be a time of ISO 8601.")
        }
        return moment
    }

    func matches(_ feed: SandboxShop.Operation, _ input: FeedInput) -> Bool {
        self.types.contains(input.feedType)
            && self.marketplaces.map { !$0.allSatisfy { !input.marketplaceIDs.contains($0) } } ?? true
            && self.wantedStatuses?.contains(feed.status) ?? true
            && (self.since...max(self.since, self.until)).contains(feed.createdAt)
            && self.last.map { feed.id < $0 } ?? true
    }

    func token(behind id: Int64) -> String {
        var next = self
        next.last = id
        return (try? JSONEncoder().encode(next))?.base64EncodedString() ?? ""
    }
}
