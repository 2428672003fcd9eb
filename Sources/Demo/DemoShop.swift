internal import ChannelAPI
internal import ChannelMessages
public import RPC
internal import WellKnownMessages

/// A shop of the demo brand on a stand-in marketplace, and the connection to it.
public struct DemoShop: Sendable {
    /// A part as a shop is opened with: nothing of it is there yet.
    public struct Article: Encodable, Sendable {
        let sku: String
        let title: String
        let price: String
        let quantity: Int
    }

    /// What a shop is opened with, as the marketplace's control interface takes it.
    public struct Opening: Encodable, Sendable {
        /// What the marketplace calls it.
        public let name: String
        let platform: String
        let token: String
        let clientId: String
        let clientSecret: String
        let locations: [String]
        let products: [Article]
    }

    /// Where the shop is.
    public let place: DemoShopPlace
    private let client: RPCClient
    /// Where the marketplace is.
    private let base: String
    private let token: String
    private let secret: String

    /// The pages that are looked at for its parts, at the most.
    private static let maximumPages = 10

    /// - Parameters:
    ///   - place: Where it is.
    ///   - client: Of the service `channel`, with the brand's key.
    ///   - base: Where the marketplace is.
    ///   - token: What the brand shows the shop.
    ///   - secret: What the shop signs its notifications with, or who asks for access shows.
    public init(_ place: DemoShopPlace, client: RPCClient, base: String, token: String, secret: String) {
        self.place = place
        self.client = client
        self.base = base
        self.token = token
        self.secret = secret
    }

    private var clientID: String { "client-of-\(self.place.name)" }

    /// To be given to the marketplace first, which refuses it where it has the shop already.
    public var opening: Opening {
        Opening(
            name: self.place.name, platform: self.place.rawValue, token: self.token, clientId: self.clientID,
            clientSecret: self.secret, locations: ["Warehouse"],
            products: DemoPart.all.prefix(self.place.articles).map {
                Article(sku: $0.sku, title: $0.name, price: $0.cents.dollars, quantity: 0)
            })
    }

    /// What lies in the marketplace's own warehouses, to be given to it before the brand is connected; empty: it has none.
    public var warehouse: [String: Int64] {
        guard self.place == .amazon else { return [:] }
        return DemoPart.all.filter(DemoLocation.isFulfilled).reduce(into: [:]) { units, part in
            units[part.sku] = DemoLocation.fulfilment.stock(of: part)
        }
    }

    /// Connects the brand to the shop and finds the parts that it has. It may be run again at any time.
    ///
    /// - Parameter account: What the marketplace tells of the shop, by name: `sellerId`, `marketplaceId`.
    /// - Returns: How many parts are listed.
    public func connect(_ account: [String: String]) async throws -> Int {
        let (settings, credentials) = self.access(account)
        _ = try await ConnectionServiceClient(self.client).putConnection(
            PutConnectionRequest(
                id: self.place.connection,
                connection: Connection(
                    platform: self.place.rawValue, name: self.place.title, settings: settings,
                    credentials: credentials,
                    orders: OrderPolicy(takeIn: true, pollEvery: ProtoDuration(seconds: self.place.pollSeconds)))))
        let listings = ListingServiceClient(self.client)
        // A partner that takes files knows parts by the brand's own SKUs.
        guard self.place != .feed else { return try await self.list(listings) }
        var (page, matched) = ("", 0)
        for _ in 0..<Self.maximumPages {
            let found = try await listings.matchListings(
                MatchListingsRequest(connection: self.place.connection, pageToken: page))
            matched += Int(found.matched)
            page = found.nextPageToken
            if page.isEmpty { break }
        }
        return matched
    }

    private func list(_ listings: ListingServiceClient) async throws -> Int {
        let parts = DemoPart.all.prefix(self.place.articles)
        let answer = try await listings.putListings(
            PutListingsRequest(
                listings: parts.map { Listing(connection: self.place.connection, sku: $0.sku) }))
        return answer.outcomes.count
    }

    /// The settings and credentials of the connection.
    private func access(_ account: [String: String]) -> (settings: [String: String], credentials: [String: String]) {
        let endpoint = "\(self.base)/shops/\(self.place.name)"
        let files = "\(self.base)/feeds/\(self.place.name)"
        let client = ["clientId": self.clientID, "clientSecret": self.secret, "refreshToken": self.token]
        switch self.place {
        case .shopify:
            return (
                [
                    "domain": "\(self.place.name).myshopify.com", "endpoint": endpoint, "points": "2000",
                    "pointsPerSecond": "100",
                ], ["accessToken": self.token, "clientSecret": self.secret]
            )
        case .amazon:
            let settings = ["endpoint": endpoint, "fulfilmentLocation": DemoLocation.fulfilment.id]
            return (account.merging(settings) { $1 }, client)
        case .ebay:
            return (
                ["marketplace": "EBAY_MOTORS_US", "endpoint": endpoint, "alertEmail": "alerts@demo.example"],
                client.merging(["verificationToken": String(self.secret.prefix(32))]) { $1 }
            )
        case .feed:
            return (
                [
                    "url": files, "ordersUrl": "\(files)/orders?since={since}", "resultColumns": "sku=key",
                    "ownSales": "taken", "orderColumns": Self.orderColumns,
                ], ["token": self.token]
            )
        }
    }

    /// What the partner calls the columns of its order files.
    private static let orderColumns = [
        "orderId=order_id", "orderDate=created_at", "price=unit_price", "name=buyer_name", "email=buyer_email",
        "phone=buyer_phone", "region=province", "postalCode=zip",
    ].joined(separator: ",")
}
