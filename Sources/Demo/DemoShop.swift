internal import ChannelAPI
internal import ChannelMessages
public import RPC
internal import WellKnownMessages

/// The demo brand's shop on the stand-in marketplace, and the connection to it.
public struct DemoShop: Sendable {
    /// A part as the shop is opened with: nothing of it is there yet.
    public struct Article: Encodable, Sendable {
        let sku: String
        let title: String
        let price: String
        let quantity: Int
    }

    /// What the shop is opened with, as the marketplace's control interface takes it.
    public struct Opening: Encodable, Sendable {
        let name: String
        let platform: String
        let token: String
        let clientSecret: String
        let locations: [String]
        let products: [Article]
    }

    /// What the marketplace calls it.
    public static let name = "demo-auto-parts"
    /// What the brand calls its connection to it.
    public static let connection = "shopify"
    /// How many parts it has.
    public static let articles = 60
    /// How often it is asked for orders, in seconds.
    private static let pollSeconds: Int64 = 5
    /// The pages that are looked at for its parts, at the most.
    private static let maximumPages = 10

    private let client: RPCClient
    private let endpoint: String
    private let token: String
    private let secret: String

    /// - Parameters:
    ///   - client: Of the service `channel`, with the brand's key.
    ///   - endpoint: Where the shop is called: what stands before `/admin/api`.
    ///   - token: What the brand shows the shop.
    ///   - secret: What the shop signs its notifications with.
    public init(client: RPCClient, endpoint: String, token: String, secret: String) {
        self.client = client
        self.endpoint = endpoint
        self.token = token
        self.secret = secret
    }

    /// To be given to the marketplace first, which refuses it where it has the shop already.
    public var opening: Opening {
        Opening(
            name: Self.name, platform: "shopify", token: self.token, clientSecret: self.secret,
            locations: ["Warehouse"],
            products: DemoPart.all.prefix(Self.articles).map {
                Article(sku: $0.sku, title: $0.name, price: $0.cents.dollars, quantity: 0)
            })
    }

    /// Connects the brand to the shop and finds the parts that it has. It may be run again at any time.
    ///
    /// - Returns: How many parts are listed.
    public func connect() async throws -> Int {
        let connections = ConnectionServiceClient(self.client)
        _ = try await connections.putConnection(
            PutConnectionRequest(
                id: Self.connection,
                connection: Connection(
                    platform: "shopify", name: "The demo shop",
                    settings: [
                        "domain": "\(Self.name).myshopify.com", "endpoint": self.endpoint, "points": "2000",
                        "pointsPerSecond": "100",
                    ],
                    credentials: ["accessToken": self.token, "clientSecret": self.secret],
                    orders: OrderPolicy(takeIn: true, pollEvery: ProtoDuration(seconds: Self.pollSeconds)))))
        let listings = ListingServiceClient(self.client)
        var (page, matched) = ("", 0)
        for _ in 0..<Self.maximumPages {
            let found = try await listings.matchListings(
                MatchListingsRequest(connection: Self.connection, pageToken: page))
            matched += Int(found.matched)
            page = found.nextPageToken
            if page.isEmpty { break }
        }
        return matched
    }
}
