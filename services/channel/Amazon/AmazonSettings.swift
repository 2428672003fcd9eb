internal import ChannelAdapter

/// What a connection to a seller's account is set up with, read and checked.
struct AmazonSettings: Sendable {
    /// The hosts of the Selling Partner API by region.
    static let hosts = [
        "na": "https://sellingpartnerapi-na.amazon.com", "eu": "https://sellingpartnerapi-eu.amazon.com",
        "fe": "https://sellingpartnerapi-fe.amazon.com",
    ]
    /// Where access tokens are asked for, in all regions.
    static let tokenHost = "https://api.amazon.com"
    static let defaultLanguage = "en_US"
    static let defaultChannel = "DEFAULT"
    static let defaultAudience = "ALL"
    static let defaultFeedSeconds: Int64 = 3_600
    static let ordersVersion = "2026-01-01"
    static let ordersVersionV0 = "v0"

    let sellerID: String
    let marketplaceID: String
    /// Where calls go: the region's host, or a stand-in's.
    let base: String
    /// Where tokens are asked for.
    let tokenURL: String
    /// Of texts and issues: "en_US".
    let language: String
    /// Where a listing's own is not known; empty: it is asked for.
    let productType: String
    /// The fulfilment channel whose quantity is kept in step.
    let channel: String
    /// Who sees the price.
    let audience: String
    /// How prices are patched: "merge" or "replace".
    let pricePatch: String
    /// Whether content is checked by the platform before it is sent.
    let previewsContent: Bool
    /// Whether cancellations and refunds go by feeds, whose schemas the platform does not publish.
    let sendsOrderFeeds: Bool
    /// Whether orders are read by v0, and not by 2026-01-01.
    let readsOrdersByV0: Bool
    /// How long a feed may take until it counts as stuck, in milliseconds.
    let feedMilliseconds: Int64

    init(_ settings: [String: String]) throws(PlatformFault) {
        if let problem = Self.problems(in: settings).first {
            throw PlatformFault(
                .refused, code: "settings-invalid",
                "\(problem.field) \(problem.reason); valid is \(problem.expected)")
        }
        let value = { (name: String, otherwise: String) -> String in
            settings[name].flatMap { $0.isEmpty ? nil : $0 } ?? otherwise
        }
        self.sellerID = value("sellerId", "")
        self.marketplaceID = value("marketplaceId", "")
        let bare = { (base: String) in base.hasSuffix("/") ? String(base.dropLast()) : base }
        self.base = bare(value("endpoint", Self.hosts[value("region", "na")] ?? ""))
        self.tokenURL = bare(value("tokenEndpoint", value("endpoint", Self.tokenHost))) + "/auth/o2/token"
        self.language = value("language", Self.defaultLanguage)
        self.productType = value("productType", "")
        self.channel = value("fulfillmentChannel", Self.defaultChannel)
        self.audience = value("audience", Self.defaultAudience)
        self.pricePatch = value("pricePatch", "merge")
        self.previewsContent = value("previewContent", "true") == "true"
        self.sendsOrderFeeds = value("orderFeeds", "false") == "true"
        self.readsOrdersByV0 = Self.readsOrdersByV0(settings)
        self.feedMilliseconds = (Int64(value("feedSeconds", "")) ?? Self.defaultFeedSeconds) * 1_000
    }

    static func readsOrdersByV0(_ settings: [String: String]) -> Bool {
        settings["ordersVersion"] == Self.ordersVersionV0
    }

    static func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        var problems: [(field: String, reason: String, expected: String)] = []
        for (field, what) in [("sellerId", "seller"), ("marketplaceId", "marketplace")]
        where !Self.isID(settings[field, default: ""]) {
            problems.append((field, "is no id of a \(what)", "capital letters and digits, such as A3TH9S8BH6GOGM"))
        }
        for (field, values) in [
            ("region", ["na", "eu", "fe"]), ("pricePatch", ["merge", "replace"]),
            ("previewContent", ["true", "false"]),
            ("orderFeeds", ["true", "false"]), ("ordersVersion", [Self.ordersVersion, Self.ordersVersionV0]),
        ] {
            guard let text = settings[field], !text.isEmpty, !values.contains(text) else { continue }
            problems.append((field, "is none that is known", values.joined(separator: ", ")))
        }
        for field in ["endpoint", "tokenEndpoint"] {
            guard let text = settings[field], !text.isEmpty, !Self.isBaseURL(text) else { continue }
            problems.append((field, "is no base of an address", "http or https with a host, without a query"))
        }
        if let channel = settings["fulfillmentChannel"], channel.hasPrefix("AMAZON") {
            problems.append(
                ("fulfillmentChannel", "is the platform's own warehouses, whose stock it counts itself", "DEFAULT"))
        }
        for field in ["productType", "fulfillmentChannel", "audience", "language"] {
            guard let text = settings[field], !text.isEmpty, !Self.isWord(text) else { continue }
            problems.append((field, "has other characters than it may have", "letters, digits and _"))
        }
        if let text = settings["feedSeconds"], !text.isEmpty, Int64(text).map({ (60...86_400).contains($0) }) != true {
            problems.append(("feedSeconds", "is no such number", "60 to 86400"))
        }
        if let location = settings[PlatformDescription.fulfilmentLocation], location.utf8.count > 64 {
            problems.append((PlatformDescription.fulfilmentLocation, "is too long", "at most 64 bytes"))
        }
        return problems
    }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    private static func isWord(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
            }
    }

    private static func isBaseURL(_ text: String) -> Bool {
        guard text.utf8.count <= 1000, !text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }),
            !text.contains("?"), !text.contains("#"), !text.contains("@")
        else { return false }
        return ["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}
