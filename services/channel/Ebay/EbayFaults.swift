internal import ChannelAdapter

/// What the platform's codes mean for what is to be done. Tables only: a code that none of them has is
/// ``PlatformFault/Kind/unknown``, tried again a bounded number of times and reported.
enum EbayFaults {
    /// HTTP statuses that are no success, where no code of the answer says more.
    static let statuses: [Int: PlatformFault.Kind] = [
        400: .refused, 401: .reauthenticate, 403: .refused, 404: .refused, 405: .refused, 406: .refused, 408: .retry,
        409: .refused, 411: .refused, 413: .refused, 414: .refused, 415: .refused, 422: .refused, 429: .throttled,
        500: .retry, 501: .refused, 502: .retry, 503: .retry, 504: .retry,
    ]

    /// Statuses that say what is to be done whatever code comes with them, if no table has it.
    private static let tellingStatuses: Set<Int> = [401, 408, 429, 500, 502, 503, 504]

    /// Codes that say something else than that data is refused.
    static let codes: [Int: PlatformFault.Kind] = [
        // The platform's own errors; 25025 is another change of the same item at the same time.
        25001: .retry, 25025: .retry, 30500: .retry, 33000: .retry, 34900: .retry, 45500: .retry, 46000: .retry,
        62000: .retry,
        105000: .retry, 195000: .retry,
        // An earlier refund is still on its way; the buyer's payment is.
        34922: .retry, 34929: .retry,
        33011: .stale,
        // Of all interfaces: tokens that are not valid or missing, and too many calls.
        1001: .reauthenticate, 1002: .reauthenticate, 2001: .throttled,
        32400: .stop,
        34500: .doneAlready, 34917: .doneAlready, 195012: .doneAlready, 195021: .doneAlready,
    ]

    /// Codes that say that something has to be changed first.
    static let refusals: [ClosedRange<Int>] = [
        // Items, offers and locations.
        25002...25009, 25011...25024, 25026...25026, 25029...25029, 25031...25032, 25034...25036, 25038...25052,
        25076...25081, 25083...25084, 25086...25086, 25088...25095, 25097...25098, 25104...25104, 25106...25116,
        25118...25123, 25501...25503, 25601...25601, 25604...25604, 25701...25710, 25713...25713, 25715...25715,
        25718...25718, 25725...25725, 25727...25735, 25739...25742, 25752...25752, 25754...25764, 25766...25767,
        25800...25806, 25900...25902, 25904...25906,
        // Orders, parcels, disputes and refunds.
        30700...30700, 30800...30800, 30810...30810, 30820...30820, 30830...30830, 30840...30840, 30850...30850,
        30900...30900, 31000...31000, 31100...31100, 32100...32100, 32110...32110, 32200...32200, 32210...32210,
        32300...32300, 32500...32500, 32600...32600, 32800...32800, 33001...33010, 33100...33107, 34100...34100,
        34200...34200, 34300...34300, 34901...34903, 34905...34916, 34918...34921, 34923...34928, 34930...34930,
        // What is allowed where.
        45400...45402, 46001...46003, 46005...46005, 47000...47006, 62002...62006, 62100...62104,
        // Notifications.
        195001...195011, 195013...195020, 195022...195022, 195024...195029, 195031...195033,
    ]

    /// Codes that come with what was done all the same. As an error they are refusals.
    static let warnings: Set<Int> = [
        25028, 25030, 25033, 25037, 25096, 25124, 25401, 25402, 25504, 25753, 46002, 46003, 46004,
    ]

    /// Words that answers of older interfaces have in place of what the tables say.
    static let actions: [String: PlatformFault.Kind] = ["CORRECTINPUTDATA": .refused]

    /// What the token's address answers.
    static let tokenErrors: [String: PlatformFault.Kind] = [
        // The seller has taken back what was granted, or has a new password or name.
        "invalid_grant": .reauthenticate, "invalid_client": .reauthenticate, "unauthorized_client": .reauthenticate,
        "invalid_scope": .refused, "invalid_request": .refused, "unsupported_grant_type": .refused,
        "server_error": .retry, "temporarily_unavailable": .retry,
    ]

    /// A quantity that is not taken, of zero mostly.
    static let invalidQuantity = 25004

    static func kind(ofStatus status: Int) -> PlatformFault.Kind { Self.statuses[status] ?? .unknown }

    /// The kind of a code in an answer with a status.
    static func kind(ofCode code: Int, status: Int) -> PlatformFault.Kind {
        if let kind = Self.codes[code] { return kind }
        if Self.refusals.contains(where: { $0.contains(code) }) || Self.warnings.contains(code) { return .refused }
        return Self.tellingStatuses.contains(status) ? Self.kind(ofStatus: status) : .unknown
    }
}
