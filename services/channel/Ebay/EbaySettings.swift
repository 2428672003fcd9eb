internal import ChannelAdapter

/// What a connection to a seller's account is set up with, read and checked.
struct EbaySettings: Sendable {
    /// Where a quantity is written.
    enum QuantityTarget: String, CaseIterable, Sendable {
        /// The item's own, which all its offers show.
        case item
        /// The offer's, which is no more than the item's; that is set along with it where there are units.
        case offer
        /// Both in one row, zeros as well.
        case both
    }

    static let defaultAddress = "https://api.ebay.com"
    static let defaultLanguage = "en-US"
    /// Where cancellations are sent: it is another interface, older than the others.
    static let defaultCancellationScheme = "IAF"
    static let marketplacePrefix = "EBAY_"

    /// Where calls go, without a slash at the end: the platform's, or a stand-in's.
    let base: String
    let marketplace: String
    let language: String
    let quantityTarget: QuantityTarget
    /// Rows of one call that sets quantities or prices.
    let revisionRows: Int
    /// Which the listings of new offers have; empty: none are made.
    let merchantLocation: String
    let fulfillmentPolicy: String
    let paymentPolicy: String
    let returnPolicy: String
    /// Whether vehicles are compared with what their category allows.
    let checksFitment: Bool
    /// The word before the token of calls that cancel.
    let cancellationScheme: String
    /// Of parcels that have a tracking number and name no carrier; empty: they are refused.
    let defaultCarrier: String
    /// Whom the platform tells of notifications that it cannot deliver; empty: none are asked for.
    let alertEmail: String

    init(_ settings: [String: String]) throws(PlatformFault) {
        if let problem = Self.problems(in: settings).first {
            throw PlatformFault(
                .refused, code: "settings-invalid",
                "\(problem.field) \(problem.reason); valid is \(problem.expected)")
        }
        let named = { (name: String, usual: String) in
            let value = settings[name, default: ""]
            return value.isEmpty ? usual : value
        }
        let base = named("endpoint", Self.defaultAddress)
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.marketplace = named("marketplace", "")
        self.language = named("language", Self.defaultLanguage)
        self.quantityTarget = QuantityTarget(rawValue: named("quantityTarget", "item")) ?? .item
        self.revisionRows = Int(named("revisionRows", "")) ?? EbayLimits.revisionRows
        self.merchantLocation = named("merchantLocation", "")
        self.fulfillmentPolicy = named("fulfillmentPolicy", "")
        self.paymentPolicy = named("paymentPolicy", "")
        self.returnPolicy = named("returnPolicy", "")
        self.checksFitment = named("fitmentCheck", "on") == "on"
        self.cancellationScheme = named("cancellationScheme", Self.defaultCancellationScheme)
        self.defaultCarrier = named("defaultCarrier", "")
        self.alertEmail = named("alertEmail", "")
    }

    static func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        var problems: [(field: String, reason: String, expected: String)] = []
        if !Self.isMarketplace(settings["marketplace", default: ""]) {
            problems.append(
                ("marketplace", "is no marketplace", "\(Self.marketplacePrefix) and capitals, such as EBAY_MOTORS_US"))
        }
        if let language = settings["language"], !language.isEmpty, !Self.isLanguage(language) {
            problems.append(("language", "is no language", "a language and a country, such as \(Self.defaultLanguage)"))
        }
        if let endpoint = settings["endpoint"], !endpoint.isEmpty, !Self.isBaseURL(endpoint) {
            problems.append(("endpoint", "is no base of an address", "http or https with a host, without a query"))
        }
        if let target = settings["quantityTarget"], !target.isEmpty, QuantityTarget(rawValue: target) == nil {
            let names = QuantityTarget.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append(("quantityTarget", "is none", "one of \(names)"))
        }
        if let rows = settings["revisionRows"], !rows.isEmpty,
            !(Int(rows).map { (1...EbayLimits.revisionRows).contains($0) } ?? false)
        {
            problems.append(("revisionRows", "is no such number", "1 to \(EbayLimits.revisionRows)"))
        }
        if let check = settings["fitmentCheck"], !["", "on", "off"].contains(check) {
            problems.append(("fitmentCheck", "is neither", "on or off"))
        }
        if let scheme = settings["cancellationScheme"], !["", "IAF", "TOKEN", "Bearer"].contains(scheme) {
            problems.append(("cancellationScheme", "is none", "IAF, TOKEN or Bearer"))
        }
        if let email = settings["alertEmail"], !email.isEmpty, !Self.isAddress(email) {
            problems.append(
                ("alertEmail", "is no address", "one of at most 254 characters, such as alerts@example.com"))
        }
        return problems
    }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func isMarketplace(_ text: String) -> Bool {
        let name = text.dropFirst(Self.marketplacePrefix.count).utf8
        return text.hasPrefix(Self.marketplacePrefix) && (2...40).contains(name.count)
            && name.allSatisfy { Self.isCapital($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isLanguage(_ text: String) -> Bool {
        let letters = Array(text.utf8)
        return letters.count == 5 && letters[2] == UInt8(ascii: "-")
            && letters[..<2].allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            && letters[3...].allSatisfy(Self.isCapital)
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    private static func isBaseURL(_ text: String) -> Bool {
        guard text.utf8.count <= 1000, !text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }),
            !text.contains("?"), !text.contains("#"), !text.contains("@")
        else { return false }
        return ["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }
}
