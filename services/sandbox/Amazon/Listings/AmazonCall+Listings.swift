internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

extension AmazonCall {
    private static let maximumPage = 20
    private static let maximumIdentifiers = 20
    /// Submissions that wait.
    private static let maximumSubmissions = 10_000

    /// `getListingsItem`.
    func listing() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(["marketplaceIds", "issueLocale", "includedData"], needsMarketplace: true)
        try self.checkSeller(self.request.path[3])
        let data = try self.query.words("includedData", Listing.data) ?? ["summaries"]
        let sku = self.request.path[4]
        let item = self.shop.read { state in Listing(sku, state)?.json(data) }
        guard let item else { throw self.missing(sku, status: 404) }
        return AmazonAnswer(body: item)
    }

    private func missing(_ sku: String, status: Int) -> AmazonRefusal {
        AmazonRefusal(
            status: status, code: "NOT_FOUND",
            message: "SKU '\(sku)' not found in marketplace \(self.account.marketplaceID)")
    }

    // MARK: Search

    /// `searchListingsItems`: the oldest first.
    func searchListings() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery(
            [
                "marketplaceIds", "issueLocale", "includedData", "identifiers", "identifiersType", "pageSize",
                "pageToken",
            ], needsMarketplace: true)
        try self.checkSeller(self.request.path[3])
        let data = try self.query.words("includedData", Listing.data) ?? ["summaries"]
        let size = try self.query.number("pageSize", in: 1...Self.maximumPage) ?? 10
        let skus = try self.searchedSKUs()
        let after = try self.pageStart()
        let (count, items, next) = self.shop.read { state -> (Int, [JSONValue], Int64?) in
            let ids: [Int64]
            if let skus {
                ids = Set(skus).compactMap { state.variant(sku: $0)?.id }.sorted()
            } else {
                ids = state.index.variantIDs
            }
            let page = ids[ids.firstIndex(from: after + 1)...].prefix(size)
            let items = page.compactMap { state.variants[$0].map { Listing($0, state).json(data) } }
            return (ids.count, items, page.endIndex < ids.endIndex ? page.last : nil)
        }
        var body: JSONValue.JSONObject = ["numberOfResults": .number(count)]
        if let next { body["pagination"] = ["nextToken": .string("\(self.searchDigest).\(next)")] }
        body["items"] = .array(items)
        return AmazonAnswer(body: .object(body))
    }

    private var searchDigest: String { self.query.digest(without: ["pageToken"]) }

    private func searchedSKUs() throws(AmazonRefusal) -> [String]? {
        let type = self.query.text("identifiersType")
        guard let identifiers = self.query.list("identifiers") else {
            if type != nil { throw .invalid("identifiersType needs identifiers.") }
            return nil
        }
        guard type == "SKU" else { throw .invalid("Only identifiersType SKU is offered.") }
        guard identifiers.count <= Self.maximumIdentifiers else {
            throw .invalid("At most \(Self.maximumIdentifiers) identifiers are taken.")
        }
        return identifiers
    }

    private func pageStart() throws(AmazonRefusal) -> Int64 {
        guard let token = self.query.text("pageToken") else { return -1 }
        let parts = token.split(separator: ".")
        guard parts.count == 2, parts[0] == self.searchDigest, let after = Int64(parts[1]),
            (0..<Int64.max).contains(after)
        else { throw .invalid("The pageToken is none of this search.") }
        return after
    }

    // MARK: Submissions

    /// `putListingsItem`, `patchListingsItem` and `deleteListingsItem`: checked at once and done some time behind the answer.
    func submit() throws -> AmazonAnswer {
        try self.checkQuery(["marketplaceIds", "includedData", "mode", "issueLocale"], needsMarketplace: true)
        try self.checkSeller(self.request.path[3])
        let isPreview = try self.query.words("mode", ["VALIDATION_PREVIEW"]) != nil
        let sku = self.request.path[4]
        let json = try self.message(sku)
        let message = try ListingMessage(json)
        let isAwaited = self.shop.read { Self.isAwaited(sku, $0) }
        if message.kind != .update, !isAwaited, self.shop.read({ $0.variant(sku: sku) == nil }) {
            throw self.missing(sku, status: 400)
        }
        if isPreview {
            let issues = self.shop.read { message.issues($0) }
            return Self.answer(sku, issues.isEmpty ? "VALID" : "INVALID", issues)
        }
        let issues: [ListingIssue]? = try self.shop.change { state in
            // What is awaited cannot be looked at yet: it is checked when it is there.
            let issues = isAwaited ? [] : message.issues(state)
            guard issues.isEmpty else { return issues }
            guard state.operations.count < Self.maximumSubmissions else { return nil }
            state.put(
                SandboxShop.Operation(
                    id: state.nextID(), kind: .submission, status: "IN_QUEUE", input: json.jsonText, inputFile: nil,
                    at: self.now))
            return []
        }
        guard let issues else {
            throw AmazonRefusal(
                status: 503, code: "ServiceUnavailable", message: "\(Self.maximumSubmissions) submissions wait.")
        }
        return Self.answer(sku, issues.isEmpty ? "ACCEPTED" : "INVALID", issues)
    }

    /// Whether a listing that is not there yet was submitted.
    private static func isAwaited(_ sku: String, _ state: ShopState) -> Bool {
        guard state.variant(sku: sku) == nil else { return false }
        return state.index.openOperations.contains { id in
            guard let operation = state.operations[id], operation.kind == .submission,
                let message = ListingMessage.kept(operation.input)
            else { return false }
            return message.kind == .update && message.sku == sku
        }
    }

    /// As a feed has it.
    private func message(_ sku: String) throws(AmazonRefusal) -> JSONValue {
        var members: JSONValue.JSONObject = ["sku": .string(sku)]
        switch self.operation {
        case .patchListing:
            members["operationType"] = "PATCH"
            let body = try self.body()
            for name in ["productType", "patches"] { members[name] = body[name] }
        case .putListing:
            members["operationType"] = "UPDATE"
            let body = try self.body()
            for name in ["productType", "requirements", "attributes"] { members[name] = body[name] }
        default: members["operationType"] = "DELETE"
        }
        return .object(members)
    }

    private static func answer(_ sku: String, _ status: String, _ issues: [ListingIssue]) -> AmazonAnswer {
        AmazonAnswer(
            body: [
                "sku": .string(sku), "status": .string(status),
                "submissionId": .string(UUID().uuidString.lowercased()), "issues": .array(issues.map(\.json)),
            ])
    }
}
