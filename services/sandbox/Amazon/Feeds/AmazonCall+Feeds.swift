internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// What a feed is made of, as an operation keeps it.
struct FeedInput: Codable {
    static let listings = "JSON_LISTINGS_FEED"
    static let types = [Self.listings, OrderFeed.cancellations, OrderFeed.refunds]

    var feedType: String
    var marketplaceIDs: [String]
    var documentID: String
    /// When its messages were begun.
    var startedAt: Moment?
    /// The messages that were done, and those that were not, as the report counts them.
    var accepted = 0
    var invalid = 0

    init(feedType: String, marketplaceIDs: [String], documentID: String) {
        (self.feedType, self.marketplaceIDs, self.documentID) = (feedType, marketplaceIDs, documentID)
    }

    init?(_ operation: SandboxShop.Operation) {
        guard operation.kind == .feed,
            let input = try? JSONDecoder().decode(FeedInput.self, from: Data(operation.input.utf8))
        else { return nil }
        self = input
    }

    var text: String { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// What is told of the feed.
    func json(of feed: SandboxShop.Operation) -> JSONValue {
        var body: JSONValue.JSONObject = [
            "feedId": .string(String(feed.id)), "feedType": .string(self.feedType),
            "marketplaceIds": .texts(self.marketplaceIDs), "createdTime": .string(feed.createdAt.text),
            "processingStatus": .string(feed.status),
        ]
        if let started = self.startedAt { body["processingStartTime"] = .string(started.text) }
        if let ended = feed.completedAt { body["processingEndTime"] = .string(ended.text) }
        if let report = feed.resultFile { body["resultFeedDocumentId"] = .string(report) }
        return .object(body)
    }
}

extension AmazonCall {
    private static let feedsPath = "/feeds/2021-06-30"
    /// Feeds that are remembered.
    private static let maximumFeeds = 1_000
    private static let maximumMarketplaces = 25

    // MARK: Documents

    /// `createFeedDocument`.
    func createDocument() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        guard let type = try self.body()["contentType"]?.text, !type.isEmpty else {
            throw .invalid("contentType is required.")
        }
        let id = "amzn1.feed.\(UUID().uuidString.lowercased())"
        let address = DocumentAddress(
            method: "PUT", id: id, contentType: type, end: (self.now + DocumentAddress.milliseconds).milliseconds)
        let url = self.shop.read { address.url(self.request.base, $0.settings) }
        return AmazonAnswer(status: 201, body: ["feedDocumentId": .string(id), "url": .string(url)])
    }

    /// `getFeedDocument`: of what was uploaded, or of a report.
    func document(_ files: ShopFiles) throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(["enableContentEncodingUrlHeader"], needsMarketplace: false)
        let id = self.request.path[3]
        guard DocumentFile.isID(id), let content = files.read(DocumentFile.name(id, of: self.shop.name)) else {
            throw .notFound("There is no document \(id).")
        }
        let address = DocumentAddress(
            method: "GET", id: id, contentType: "", end: (self.now + DocumentAddress.milliseconds).milliseconds)
        let (settings, faults) = self.shop.read { ($0.settings, $0.faults) }
        var body: JSONValue.JSONObject = [
            "feedDocumentId": .string(id), "url": .string(address.url(self.request.base, settings)),
        ]
        if StoredGzip.isGzip(content), faults.reportCompression != "UNANNOUNCED" {
            body["compressionAlgorithm"] = "GZIP"
        }
        return AmazonAnswer(body: .object(body))
    }

    // MARK: Feeds

    /// `createFeed`.
    func createFeed(_ files: ShopFiles) throws -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        let body = try self.body()
        let type = body["feedType"]?.text ?? ""
        guard FeedInput.types.contains(type) else {
            throw AmazonRefusal.invalid("The feedType \(type) is none of \(FeedInput.types.joined(separator: ", ")).")
        }
        let marketplaces = body["marketplaceIds"]?.array?.compactMap(\.text) ?? []
        guard (1...Self.maximumMarketplaces).contains(marketplaces.count),
            marketplaces.allSatisfy({ $0 == self.account.marketplaceID })
        else { throw AmazonRefusal.invalid("marketplaceIds must have \(self.account.marketplaceID).") }
        let documentID = body["inputFeedDocumentId"]?.text ?? ""
        guard DocumentFile.isID(documentID), files.size(of: DocumentFile.name(documentID, of: self.shop.name)) != nil
        else { throw AmazonRefusal.invalid("Nothing was uploaded for the document \(documentID).") }
        let id = try self.shop.change { state in
            self.forgetFeeds(state)
            let input = FeedInput(feedType: type, marketplaceIDs: marketplaces, documentID: documentID)
            let feed = SandboxShop.Operation(
                id: state.nextID(), kind: .feed, status: "IN_QUEUE", input: input.text,
                inputFile: DocumentFile.name(documentID, of: state.settings.name), at: self.now)
            state.put(feed)
            return feed.id
        }
        return AmazonAnswer(status: 202, body: ["feedId": .string(String(id))])
    }

    private func forgetFeeds(_ state: ShopState) {
        let feeds = state.operations.values.filter { $0.kind == .feed }
        guard feeds.count >= Self.maximumFeeds else { return }
        for feed in feeds.sorted(by: { $0.id < $1.id }) where feed.completedAt != nil {
            return state.remove(feed)
        }
    }

    /// `getFeed`.
    func feed() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        let id = self.request.path[3]
        let feed = self.shop.read { state in Int64(id).flatMap { state.operations[$0] } }
        guard let feed, let input = FeedInput(feed) else { throw .notFound("There is no feed \(id).") }
        return AmazonAnswer(body: input.json(of: feed))
    }

    /// `cancelFeed`: only one that was not begun.
    func cancelFeed() throws -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        let id = Int64(self.request.path[3]) ?? 0
        let wasCancelled: Bool? = try self.shop.change { state in
            guard var feed = state.operations[id], feed.kind == .feed else { return nil }
            guard feed.status == "IN_QUEUE" else { return false }
            (feed.status, feed.completedAt) = ("CANCELLED", self.now)
            state.put(feed)
            return true
        }
        guard let wasCancelled else { throw AmazonRefusal.notFound("There is no feed \(self.request.path[3]).") }
        guard wasCancelled else { throw AmazonRefusal.invalid("The feed is no longer in the queue.") }
        return AmazonAnswer()
    }
}
