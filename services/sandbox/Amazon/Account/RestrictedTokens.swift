internal import Foundation
internal import OrderedCollections
internal import SandboxJSON
internal import SandboxShop

/// Tokens for data of buyers. As access tokens, they say themselves what they are good for, and end with the refresh token
/// of the access token that they were asked for with.
struct RestrictedTokens {
    /// A call that a token is good for.
    struct Resource: Codable {
        /// A part in braces stands for any order.
        var path: [String]
        /// What of the buyers' data is told.
        var elements: [String]

        func matches(_ path: [String]) -> Bool {
            path.count == self.path.count
                && zip(self.path, path).allSatisfy { $0 == AmazonOperation.anyOrder || $0 == $1 }
        }
    }

    private struct Content: Codable {
        var end: Moment
        var resources: [Resource]
    }

    private static let prefix = "Atz.sprdt|"

    let settings: ShopSettings

    func token(for resources: [Resource], of refreshToken: String, until end: Moment) -> String {
        let content = (try? JSONEncoder().encode(Content(end: end, resources: resources)))?.base64EncodedString() ?? ""
        return "\(Self.prefix)\(content).\(self.signature(of: content, refreshToken))"
    }

    private func signature(of content: String, _ refreshToken: String) -> String {
        AccessTokens(settings: self.settings).signature(of: "restricted \(content).\(refreshToken)")
    }

    /// What of the buyers' data a token lets a call see.
    func elements(_ token: String?, for path: [String], now: Moment) throws(AccessTokens.Fault) -> Set<String> {
        guard let token, !token.isEmpty else { throw .missing }
        guard token.hasPrefix(Self.prefix) else { throw .unrestricted }
        let parts = token.dropFirst(Self.prefix.count).split(separator: ".")
        guard parts.count == 2, let bytes = Data(base64Encoded: String(parts[0])),
            let content = try? JSONDecoder().decode(Content.self, from: bytes),
            self.settings.tokens.contains(where: { self.signature(of: String(parts[0]), $0) == parts[1] })
        else { throw .unknown }
        guard now < content.end else { throw .expired }
        guard let resource = content.resources.first(where: { $0.matches(path) }) else { throw .unrestricted }
        return Set(resource.elements)
    }
}

extension AmazonCall {
    private static let maximumResources = 50
    private static let elements: Set<String> = ["buyerInfo", "shippingAddress", "buyerTaxInformation"]

    /// `createRestrictedDataToken`: for the calls of Orders v0 that are offered.
    func restrictedToken() throws(AmazonRefusal) -> AmazonAnswer {
        try self.checkQuery([], needsMarketplace: false)
        let body = try self.body()
        guard let list = body["restrictedResources"]?.array, (1...Self.maximumResources).contains(list.count) else {
            throw .invalid("restrictedResources must have 1 to \(Self.maximumResources) entries.")
        }
        let resources = try list.map { json throws(AmazonRefusal) in try Self.resource(json) }
        let (settings, faults) = self.shop.read { ($0.settings, $0.faults) }
        let refreshToken: String
        do throws(AccessTokens.Fault) {
            refreshToken = try AccessTokens(settings: settings).check(self.request.accessToken, now: self.now)
        } catch {
            throw .unauthorized(error)
        }
        let seconds = faults.accessTokenSeconds ?? AccessTokens.seconds
        let token = RestrictedTokens(settings: settings).token(
            for: resources, of: refreshToken, until: self.now + seconds * 1_000)
        return AmazonAnswer(body: ["restrictedDataToken": .string(token), "expiresIn": .number(seconds)])
    }

    private static func resource(_ json: JSONValue) throws(AmazonRefusal) -> RestrictedTokens.Resource {
        let path = (json["path"]?.text ?? "").split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let operation = AmazonOperation.asked(json["method"]?.text ?? "", path), operation.isRestricted else {
            throw .invalid("Resource not provided.", "\(json["path"]?.text ?? "") is no restricted resource.")
        }
        let elements = json["dataElements"]?.array?.compactMap(\.text) ?? []
        guard !elements.isEmpty, Set(elements).isSubset(of: Self.elements) else {
            throw .invalid("dataElements must be some of \(Self.elements.sorted().joined(separator: ", ")).")
        }
        return RestrictedTokens.Resource(path: path, elements: elements)
    }
}
