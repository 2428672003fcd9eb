internal import ChannelAdapter

/// What a connection to a shop is set up with, read and checked.
struct ShopifySettings: Sendable {
    /// Of the Admin API, where none is set.
    static let defaultVersion = "2026-04"
    /// The plan's points where none are set: how many gather, and how many come back in a second.
    static let defaultPoints = 1000.0
    static let defaultPointsPerSecond = 50.0
    /// The greatest plan has 2,000 a second and twenty times as many that gather; more is no plan's.
    static let maximumPoints = 40_000.0
    static let maximumPointsPerSecond = 2_000.0

    /// The shop's own domain: "brake-parts.myshopify.com".
    let domain: String
    /// Where calls go: the shop's, or a stand-in's.
    let url: String
    /// The global id of the location that is kept in step; nil: the shop's own is asked for.
    let locationID: String?
    /// Whether buyers get the shop's messages about parcels and cancellations.
    let notifiesCustomers: Bool
    /// Whether it may be asked to send notifications to addresses that are not https: a stand-in may be, the platform may not.
    let takesPlainAddresses: Bool

    init(_ settings: [String: String]) throws(PlatformFault) {
        if let problem = Self.problems(in: settings).first {
            throw PlatformFault(
                .refused, code: "settings-invalid",
                "\(problem.field) \(problem.reason); valid is \(problem.expected)")
        }
        self.domain = settings["domain", default: ""]
        let version = settings["apiVersion", default: ""]
        let base = settings["endpoint", default: ""]
        let root = base.isEmpty ? "https://\(self.domain)" : base.hasSuffix("/") ? String(base.dropLast()) : base
        self.url = "\(root)/admin/api/\(version.isEmpty ? Self.defaultVersion : version)/graphql.json"
        self.locationID = settings["locationId"].flatMap { ShopifyID.global($0, of: .location) }
        self.notifiesCustomers = settings["notifyCustomers"] != "false"
        self.takesPlainAddresses = !base.isEmpty
    }

    /// The points that gather, and that come back in a second.
    static func points(in settings: [String: String]) -> (maximum: Double, perSecond: Double) {
        (
            settings["points"].flatMap { Double($0) } ?? Self.defaultPoints,
            settings["pointsPerSecond"].flatMap { Double($0) } ?? Self.defaultPointsPerSecond
        )
    }

    static func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        var problems: [(field: String, reason: String, expected: String)] = []
        if !Self.isShopDomain(settings["domain", default: ""]) {
            problems.append(
                (
                    "domain", "is no domain of a shop",
                    "the name that Shopify gave the shop, such as brake-parts.myshopify.com"
                ))
        }
        if let version = settings["apiVersion"], !version.isEmpty, !Self.isVersion(version) {
            problems.append(("apiVersion", "is no version", "a year and a month, such as \(Self.defaultVersion)"))
        }
        if let endpoint = settings["endpoint"], !endpoint.isEmpty, !Self.isBaseURL(endpoint) {
            problems.append(("endpoint", "is no base of an address", "http or https with a host, without a query"))
        }
        if let location = settings["locationId"], !location.isEmpty,
            ShopifyID.global(location, of: .location) == nil
        {
            problems.append(("locationId", "is no id of a location", "digits, or gid://shopify/Location/ and digits"))
        }
        for (field, maximum) in [("points", Self.maximumPoints), ("pointsPerSecond", Self.maximumPointsPerSecond)] {
            guard let text = settings[field], !text.isEmpty else { continue }
            guard let number = Int(text), number >= 1, Double(number) <= maximum else {
                problems.append((field, "is no such number", "1 to \(Int(maximum))"))
                continue
            }
        }
        if let notify = settings["notifyCustomers"], !["", "true", "false"].contains(notify) {
            problems.append(("notifyCustomers", "is neither", "true or false"))
        }
        return problems
    }

    /// Whether a text is the name of a shop under myshopify.com: calls with a token must go nowhere else.
    static func isShopDomain(_ text: String) -> Bool {
        let suffix = ".myshopify.com"
        guard text.hasSuffix(suffix), text.utf8.count <= 255 else { return false }
        let name = text.dropLast(suffix.count).utf8
        guard let first = name.first, Self.isLetterOrDigit(first) else { return false }
        return name.allSatisfy { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isVersion(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count == 4 && parts[1].count == 2
            && parts.allSatisfy { $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
    }

    private static func isBaseURL(_ text: String) -> Bool {
        guard text.utf8.count <= 1000, !text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }),
            !text.contains("?"), !text.contains("#"), !text.contains("@")
        else { return false }
        return ["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}
