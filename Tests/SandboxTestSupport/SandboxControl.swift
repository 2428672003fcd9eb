internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import OrderedCollections
public import SandboxJSON

/// A sandbox that answered otherwise than expected.
public struct SandboxFailure: Error, CustomStringConvertible {
    /// What was asked, and what was answered.
    public let description: String
}

/// A product of a sandbox's shop.
public struct SandboxProduct: Sendable {
    /// The seller's key.
    public var sku: String
    /// How much lies at the first location.
    public var quantity: Int
    /// What it costs, such as `12.50`.
    public var price: String
    /// What it is called; the SKU where it is `nil`.
    public var title: String?

    /// A product.
    public init(sku: String, quantity: Int = 0, price: String = "10.00", title: String? = nil) {
        self.sku = sku
        self.quantity = quantity
        self.price = price
        self.title = title
    }
}

/// What lies on a shelf of one product.
public struct SandboxShelfEntry: Sendable, Hashable {
    /// What can be sold.
    public var available: Int
    /// What it costs, such as `12.50`.
    public var price: String
    /// Grows with each change.
    public var version: Int
    /// When it was last changed, in milliseconds since 1970.
    public var changedAt: Int

    init?(_ json: JSONValue) {
        guard let available = json["available"]?.integer, let price = json["price"]?.text,
            let version = json["version"]?.integer, let changedAt = json["changedAt"]?.integer
        else { return nil }
        (self.available, self.price) = (Int(available), price)
        (self.version, self.changedAt) = (Int(version), Int(changedAt))
    }
}

/// The control interface of a sandbox, wherever it runs: makes shops, buys in them and lets things go wrong.
public struct SandboxControl: Sendable {
    /// A shop that was made.
    public struct MadeShop: Sendable {
        /// Its name.
        public let name: String
        /// What `X-Shopify-Access-Token`, the password of a feed, or eBay's refresh token must be.
        public let token: String
        /// What notifications are signed with.
        public let clientSecret: String
        /// Where its API is, without a slash at the end: `/admin/api/...` or the name of a file follows.
        public let url: String
        /// The ids of its locations, such as `gid://shopify/Location/1`.
        public let locationIDs: [String]

        /// The same shop where another process has it.
        public func moved(to sandbox: SandboxControl) -> MadeShop {
            MadeShop(
                name: self.name, token: self.token, clientSecret: self.clientSecret,
                url: sandbox.url + (URL(string: self.url)?.path() ?? ""), locationIDs: self.locationIDs)
        }
    }

    /// What callers of `/control` show.
    public static let token = "control-token-of-the-test"

    /// Where the sandbox is, such as `http://127.0.0.1:8090`.
    public let url: String

    /// The interface at an address.
    public init(url: String) { self.url = url }

    /// An answer as it came.
    public struct Answer: Sendable {
        /// The status.
        public let status: Int
        /// What the body is, as the answer says; empty where it does not.
        public let contentType: String
        /// All headers, in their order.
        public let headers: [(name: String, value: String)]
        /// The body.
        public let body: [UInt8]
        /// The body as JSON; `null` where it is none.
        public var json: JSONValue { (try? JSONValue(json: self.body)) ?? .null }
        /// The body as text.
        public var text: String { String(decoding: self.body, as: UTF8.self) }
    }

    /// Sends a request to the sandbox.
    ///
    /// - Parameter headers: By default what `/control` asks for.
    public func send(
        _ method: String, _ path: String, body: JSONValue? = nil,
        headers: [String: String] = ["Authorization": "Bearer \(Self.token)"]
    ) async throws -> Answer {
        try await self.send(method, path, bytes: body?.jsonBytes, headers: headers)
    }

    /// Sends a request with any body.
    public func send(
        _ method: String, _ path: String, bytes: [UInt8]?, headers: [String: String]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: path.hasPrefix("http") ? path : self.url + path)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        // A shelf of products that are alike is compressed further than the client believes.
        request.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        if let bytes { request.body = .bytes(ByteBuffer(bytes: bytes)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let content = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type") ?? "",
            headers: response.headers.map { ($0.name, $0.value) }, body: Array(content.readableBytesView))
    }

    private func control(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await self.send(method, "/control/\(path)", body: body)
        guard (200..<300).contains(answer.status) else {
            throw SandboxFailure(description: "\(method) /control/\(path): \(answer.status) \(answer.text)")
        }
        return answer.json
    }

    /// Makes a shop.
    public func createShop(
        _ name: String, platform: String = "shopify", locations: [String] = ["Warehouse"],
        products: [SandboxProduct] = [], token: String? = nil, allowsOversell: Bool = false
    ) async throws -> MadeShop {
        let made = try await self.control(
            "POST", "shops",
            [
                "name": .string(name), "platform": .string(platform), "locations": .texts(locations),
                "token": .text(token), "allowsOversell": .bool(allowsOversell),
                "products": .array(
                    products.map {
                        [
                            "sku": .string($0.sku), "quantity": .number($0.quantity), "price": .string($0.price),
                            "title": .text($0.title),
                        ]
                    }),
            ])
        let path = platform == "feed" ? "feeds" : "shops"
        return MadeShop(
            name: name, token: made["token"]?.text ?? "", clientSecret: made["clientSecret"]?.text ?? "",
            url: "\(self.url)/\(path)/\(name)",
            locationIDs: (made["locations"]?.array ?? []).compactMap { $0["id"]?.text })
    }

    /// What lies on a shelf, by SKU.
    public func shelf(_ shop: String) async throws -> [String: SandboxShelfEntry] {
        let json = try await self.control("GET", "shops/\(shop)/shelf")
        var entries: [String: SandboxShelfEntry] = [:]
        for (sku, entry) in json.object ?? [:] { entries[sku] = SandboxShelfEntry(entry) }
        return entries
    }

    /// Changes a shelf by hand, as a seller's colleague does.
    public func editShelf(
        _ shop: String, _ sku: String, available: Int? = nil, price: String? = nil
    ) async throws {
        let name = sku.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? sku
        _ = try await self.control(
            "PUT", "shops/\(shop)/shelf/\(name)", ["available": .number(available), "price": .text(price)])
    }

    /// Buys; the id of the order, or `nil` where something is sold out.
    public func placeOrder(_ shop: String, _ quantities: [String: Int]) async throws -> String? {
        let lines = quantities.sorted { $0.key < $1.key }.map { sku, quantity -> JSONValue in
            ["sku": .string(sku), "quantity": .number(quantity)]
        }
        let answer = try await self.send("POST", "/control/shops/\(shop)/orders", body: ["lines": .array(lines)])
        if answer.status == 409 { return nil }
        guard answer.status == 201, let id = answer.json["id"]?.text else {
            throw SandboxFailure(description: "an order in \(shop): \(answer.status) \(answer.text)")
        }
        return id
    }

    /// Cancels as the buyer.
    public func cancelOrder(_ shop: String, _ id: String) async throws {
        let number = id.split(separator: "/").last.map(String.init) ?? id
        _ = try await self.control("POST", "shops/\(shop)/orders/\(number)/cancel", [:])
    }

    /// The orders, the newest first, as `GET /control/shops/{shop}/orders` tells them.
    public func orders(_ shop: String) async throws -> [JSONValue] {
        try await self.control("GET", "shops/\(shop)/orders")["orders"]?.array ?? []
    }

    /// Sets what goes wrong; what is left out works.
    public func setFaults(_ shop: String, _ faults: JSONValue = [:]) async throws {
        _ = try await self.control("PUT", "shops/\(shop)/faults", faults)
    }

    /// Sends a document to a shop's Admin API.
    public func graphQL(
        _ shop: MadeShop, _ query: String, _ variables: JSONValue = [:], token: String? = nil
    ) async throws -> Answer {
        try await self.send(
            "POST", "/shops/\(shop.name)/admin/api/2026-04/graphql.json",
            body: ["query": .string(query), "variables": variables],
            headers: ["X-Shopify-Access-Token": token ?? shop.token, "Content-Type": "application/json"])
    }
}
