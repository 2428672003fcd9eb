internal import ChannelAdapter
internal import FileFormats

/// What the platform's codes mean for what is to be done. Tables only: a code that none of them has is
/// ``PlatformFault/Kind/unknown``, tried again a bounded number of times and reported.
enum AmazonFaults {
    /// HTTP statuses of answers that name no code.
    static let statuses: [Int: PlatformFault.Kind] = [
        400: .refused, 401: .reauthenticate, 403: .reauthenticate, 404: .refused, 405: .refused, 408: .retry,
        409: .stale, 413: .refused, 414: .refused, 415: .refused, 422: .refused, 429: .throttled, 500: .retry,
        501: .refused, 502: .retry, 503: .retry, 504: .retry,
    ]

    /// Codes of the member `errors`, which stand for a call as a whole.
    static let errors: [String: PlatformFault.Kind] = [
        "QuotaExceeded": .throttled, "RequestThrottled": .throttled, "TooManyRequests": .throttled,
        "Unauthorized": .reauthenticate, "AccessDenied": .reauthenticate, "MissingAuthenticationToken": .reauthenticate,
        "ExpiredToken": .reauthenticate, "InvalidAccessToken": .reauthenticate,
        "InternalFailure": .retry, "InternalError": .retry, "InternalServerError": .retry,
        "ServiceUnavailable": .retry, "TemporarilyUnavailable": .retry, "RequestTimeout": .retry,
        "400": .refused, "BAD_REQUEST": .refused, "BadRequest": .refused, "Invalid Input": .refused,
        "InvalidInput": .refused, "InvalidRequest": .refused, "InvalidParameterValue": .refused,
        "MissingParameter": .refused, "NOT_FOUND": .refused, "NotFound": .refused, "ResourceNotFound": .refused,
        "404": .refused, "RequestTooLarge": .refused, "UnsupportedMediaType": .refused,
    ]

    /// Codes of the host that gives access tokens: RFC 6749, with what the platform adds.
    static let tokenErrors: [String: PlatformFault.Kind] = [
        // The seller's consent has ended or was taken back, or the secret was changed: new credentials may be on their
        // way, and without them the connection stops.
        "invalid_grant": .reauthenticate, "invalid_client": .reauthenticate, "unauthorized_client": .reauthenticate,
        "access_denied": .reauthenticate,
        "invalid_request": .refused, "unsupported_grant_type": .refused, "invalid_scope": .refused,
        "server_error": .retry, "temporarily_unavailable": .retry, "too_many_requests": .throttled,
        "slow_down": .throttled,
    ]

    /// Codes of issues of a listing that the platform publishes in its models and samples.
    static let issues: [String: PlatformFault.Kind] = [
        "90220": .refused, "99022": .refused, "18027": .refused, "18448": .refused,
    ]

    /// Categories of issues, where the code stands in no table: the platform asks for them to be used so.
    static let issueCategories: [String: PlatformFault.Kind] = [
        "INVALID_ATTRIBUTE": .refused, "MISSING_ATTRIBUTE": .refused, "INVALID_IMAGE": .refused,
        "MISSING_IMAGE": .refused, "INVALID_PRICE": .refused, "MISSING_PRICE": .refused, "DUPLICATE": .refused,
        "QUALIFICATION_REQUIRED": .refused,
    ]

    /// Codes of an answer that says that what was asked for is not there.
    static let missing: Set<String> = ["NOT_FOUND", "NotFound", "ResourceNotFound", "404", "http-404"]

    /// What a call as a whole came to. A status that speaks of the moment says more than any code; a code that is known
    /// says more than any other status.
    static func kind(status: Int, code: String?) -> PlatformFault.Kind {
        let byStatus = Self.statuses[status]
        if byStatus == .throttled || byStatus == .retry || status > 500 { return byStatus ?? .retry }
        guard let code else { return byStatus ?? .unknown }
        return Self.errors[code] ?? .unknown
    }

    static func kind(ofTokenError code: String) -> PlatformFault.Kind { Self.tokenErrors[code] ?? .unknown }

    static func kind(ofIssue code: String, categories: [String]) -> PlatformFault.Kind {
        Self.issues[code] ?? categories.lazy.compactMap { Self.issueCategories[$0] }.first ?? .unknown
    }

    /// A listing that the platform does not have.
    static func listingMissing(_ sku: String) -> PlatformFault {
        PlatformFault(.refused, code: "listing-missing", "the seller has no listing \(sku.debugDescription)")
    }
}

extension PlatformFault {
    /// An answer that is not what the platform promises.
    static func unreadable(_ what: String, isChange: Bool = false) -> PlatformFault {
        PlatformFault(.retry, code: "answer-unreadable", what, isOutcomeUnknown: isChange)
    }

    /// A row that the answer says nothing of.
    static let notAnswered = PlatformFault(
        .retry, code: "not-answered", "the answer says nothing of the row", isOutcomeUnknown: true)

    /// A body that is not what the platform promises.
    static func notUnderstood(_ field: String, _ what: String) -> PlatformFault {
        PlatformFault(.refused, code: "not-understood", "\(field) \(what)")
    }
}

/// What the platform says of a listing: in answers to submissions, with the listing, and in reports on feeds.
struct AmazonIssue: Hashable, Sendable {
    let code: String
    let message: String
    /// "ERROR", "WARNING" or "INFO".
    let severity: String
    /// The attributes that it is about.
    let attributes: [String]
    let categories: [String]

    init(_ json: JSONValue) {
        self.code = json["code"]?.digits ?? ""
        self.message = json["message"]?.text ?? ""
        self.severity = json["severity"]?.text ?? ""
        // Reports have one name where answers have a list.
        self.attributes =
            json["attributeNames"]?.elements.compactMap(\.text) ?? [json["attributeName"]?.text].compactMap { $0 }
        self.categories = json["categories"]?.elements.compactMap(\.text) ?? []
    }

    var isError: Bool { self.severity.uppercased() == "ERROR" }

    var fault: PlatformFault {
        let names = self.attributes.isEmpty ? "" : " (\(self.attributes.joined(separator: ", ")))"
        return PlatformFault(
            AmazonFaults.kind(ofIssue: self.code, categories: self.categories),
            code: self.code.isEmpty ? "issue" : AmazonText.shortened(self.code, toBytes: 64),
            AmazonText.shortened(self.message + names))
    }

    /// The fault of data with which the platform finds something wrong.
    ///
    /// - Returns: Of the errors, the first whose kind says that something has to be changed, else the first; without
    ///   errors one of an unknown kind.
    static func fault(of issues: [AmazonIssue], status: String) -> PlatformFault {
        let faults = issues.filter(\.isError).map(\.fault)
        return faults.first { $0.kind == .refused } ?? faults.first
            ?? PlatformFault(
                .unknown, code: status.isEmpty ? "status-missing" : AmazonText.shortened(status, toBytes: 64),
                "the platform did not take it, and names no error")
    }
}

/// Texts of the platform, to be kept.
enum AmazonText {
    /// Its beginning, of at most so many bytes, without half a character.
    static func shortened(_ text: String, toBytes maximum: Int = AmazonLimits.messageBytes) -> String {
        guard text.utf8.count > maximum else { return text }
        var shortened = ""
        var count = 0
        for character in text {
            count += character.utf8.count
            guard count <= maximum else { break }
            shortened.append(character)
        }
        return shortened
    }

    /// A part of a path or a query, with all but letters, digits and "-._~" percent-encoded.
    static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension AmazonText {
    /// Bytes as lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
