internal import OrderedCollections
public import SandboxJSON

/// What a shop is asked over HTTP.
public struct AmazonRequest: Sendable {
    /// Such as `GET`.
    public var method: String
    /// The parts of the path behind the shop's address, decoded.
    public var path: [String]
    /// What follows the question mark, as it was written.
    public var query: String
    /// The header `x-amz-access-token`.
    public var accessToken: String?
    /// The header `Content-Type`.
    public var contentType: String
    /// The body.
    public var body: [UInt8]
    /// The shop's address, without a slash at the end: addresses of documents begin with it.
    public var base: String

    /// A request.
    public init(
        method: String, path: [String], query: String, accessToken: String?, contentType: String, body: [UInt8],
        base: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.accessToken = accessToken
        self.contentType = contentType
        self.body = body
        self.base = base
    }
}

/// An answer of the Selling Partner API.
public struct AmazonAnswer: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The body, in JSON; `nil` for none.
    public var body: JSONValue?
    /// A body that is a file.
    public var file: [UInt8]?
    /// The header `x-amzn-RateLimit-Limit`, where the answer has it.
    public var rateLimit: String?

    /// An answer.
    public init(status: Int = 200, body: JSONValue? = nil, file: [UInt8]? = nil) {
        self.status = status
        self.body = body
        self.file = file
    }

    static func refusal(_ refusal: AmazonRefusal) -> AmazonAnswer {
        AmazonAnswer(
            status: refusal.status,
            body: [
                "errors": [
                    [
                        "code": .string(refusal.code), "message": .string(refusal.message),
                        "details": .string(refusal.details),
                    ]
                ]
            ])
    }
}

/// Why a call as a whole is not done.
struct AmazonRefusal: Error, Hashable {
    var status: Int
    var code: String
    var message: String
    var details = ""

    static func invalid(_ message: String, _ details: String = "") -> AmazonRefusal {
        AmazonRefusal(status: 400, code: "InvalidInput", message: message, details: details)
    }

    static func notFound(_ message: String) -> AmazonRefusal {
        AmazonRefusal(status: 404, code: "NOT_FOUND", message: message)
    }

    static func unauthorized(_ fault: AccessTokens.Fault) -> AmazonRefusal {
        switch fault {
        case .missing:
            AmazonRefusal(
                status: 403, code: "Unauthorized", message: "Access to requested resource is denied.",
                details: "Access token is missing in the request header.")
        case .expired:
            AmazonRefusal(
                status: 403, code: "Unauthorized", message: "Access to requested resource is denied.",
                details: "The access token you provided has expired.")
        case .unknown:
            AmazonRefusal(
                status: 403, code: "Unauthorized", message: "Access to requested resource is denied.",
                details: "The access token you provided is revoked, malformed or invalid.")
        case .unrestricted:
            AmazonRefusal(
                status: 403, code: "Unauthorized", message: "Access to requested resource is denied.",
                details: "The resource needs a restricted data token that was asked for with it.")
        }
    }

    static let throttled = AmazonRefusal(
        status: 429, code: "QuotaExceeded", message: "You exceeded your quota for the requested resource.")
}

/// The query of a request: each name once, and lists by commas.
struct AmazonQuery {
    private let values: [String: [String]]

    init(_ text: String) throws(AmazonRefusal) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // A comma that is part of a value is escaped, so the list is taken apart first.
            let parts = sides.count == 2 ? sides[1].split(separator: ",").map { Self.decoded($0) } : []
            guard values.updateValue(parts, forKey: String(sides[0])) == nil else {
                throw .invalid("The parameter \(sides[0]) stands twice.")
            }
        }
        self.values = values
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var names: Set<String> { Set(self.values.keys) }

    func list(_ name: String) -> [String]? { self.values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func text(_ name: String) -> String? { self.list(name)?.joined(separator: ",") }

    /// A list of words, each of which must be known.
    func words(_ name: String, _ known: [String]) throws(AmazonRefusal) -> [String]? {
        guard let words = self.list(name) else { return nil }
        if let stranger = words.first(where: { !known.contains($0) }) {
            throw .invalid("Invalid value '\(stranger)' of parameter \(name).")
        }
        return words
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(AmazonRefusal) -> Int? {
        guard let text = self.text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid("\(name) must be from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Everything but some names, as one text that is the same for the same query.
    func digest(without names: Set<String>) -> String {
        let rest = self.values.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
        let text = rest.map { $0.key + "=" + $0.value.joined(separator: ",") }.joined(separator: "&")
        return String(AmazonAccount.hash(text), radix: 36)
    }
}
