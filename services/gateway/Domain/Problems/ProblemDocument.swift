/// Why a request was refused, as RFC 9457 has it: the body of every answer that is no success.
public struct ProblemDocument: Error, Sendable, Hashable {
    /// What the `type` of every problem begins with; behind it is the type's name.
    public static let typePrefix = "/problems/"
    /// Words of types that are written in capitals in titles.
    private static let abbreviations: Set<Substring> = ["api", "http", "json", "sku"]
    /// The most characters of a type's name.
    static let maximumTypeLength = 64

    /// The HTTP status.
    public var status: Int
    /// The kind of problem: small letters, digits and hyphens. Programs may go by it: it never changes its meaning.
    public var type: String
    /// What happened in this case, for people.
    public var detail: String
    /// What is wrong with each part of the request.
    public var errors: [ProblemError]
    /// After how many seconds a repeat may help; at least 1.
    public var retryAfterSeconds: Int?
    /// The version that the object has now, where another was expected.
    public var version: UInt64?
    /// What the answer's header says beside what follows from the other properties.
    public var fields: [HeaderField]

    /// A problem.
    public init(
        _ status: Int, _ type: String, _ detail: String, errors: [ProblemError] = [], retryAfterSeconds: Int? = nil,
        version: UInt64? = nil, fields: [HeaderField] = []
    ) {
        self.status = status
        self.type = type
        self.detail = detail
        self.errors = errors
        self.retryAfterSeconds = retryAfterSeconds
        self.version = version
        self.fields = fields
    }

    /// The type in words.
    public var title: String {
        let words = self.type.split(separator: "-").map {
            Self.abbreviations.contains($0) ? $0.uppercased() : String($0)
        }
        let title = words.joined(separator: " ")
        return title.prefix(1).uppercased() + title.dropFirst()
    }

    /// The header of the answer, but for the content's type.
    public var headerFields: [HeaderField] {
        var fields = self.fields
        if let seconds = self.retryAfterSeconds { fields.append(HeaderField("Retry-After", String(seconds))) }
        if let version = self.version { fields.append(HeaderField("ETag", EntityTag(version: version).text)) }
        if self.status == 401 { fields.append(HeaderField("WWW-Authenticate", "Bearer realm=\"driveline\"")) }
        return fields
    }

    /// The body, on one line.
    ///
    /// - Parameter requestID: What the request is called in the logs.
    public func json(requestID: String) -> String {
        var json = "{\"type\":"
        json.appendJSON(Self.typePrefix + self.type)
        json += ",\"title\":"
        json.appendJSON(self.title)
        json += ",\"status\":\(self.status),\"detail\":"
        json.appendJSON(self.detail)
        if !self.errors.isEmpty {
            json += ",\"errors\":["
            for (index, error) in self.errors.enumerated() {
                if index > 0 { json += "," }
                error.appendJSON(to: &json)
            }
            json += "]"
        }
        if let seconds = self.retryAfterSeconds { json += ",\"retryAfter\":\(seconds)" }
        if let version = self.version { json += ",\"version\":\(version)" }
        json += ",\"requestId\":"
        json.appendJSON(requestID)
        json += "}"
        return json
    }
}

/// What is wrong with one part of a request.
public struct ProblemError: Sendable, Hashable {
    /// Which part.
    public enum Place: Sendable, Hashable {
        /// A place in the body's JSON (RFC 6901); empty: all of it.
        case body(pointer: String)
        /// A parameter of the path.
        case path(String)
        /// A parameter of the query; empty: all of it.
        case query(String)
        /// A header.
        case header(String)
    }

    /// Which part.
    public var place: Place
    /// What is wrong with it.
    public var reason: String
    /// What would be valid; empty: that cannot be said.
    public var expected: String

    /// A fault.
    public init(_ place: Place, _ reason: String, expected: String) {
        self.place = place
        self.reason = reason
        self.expected = expected
    }

    func appendJSON(to json: inout String) {
        let (part, name, value) =
            switch self.place {
            case .body(let pointer): ("body", "pointer", pointer)
            case .path(let parameter): ("path", "name", parameter)
            case .query(let parameter): ("query", "name", parameter)
            case .header(let header): ("header", "name", header)
            }
        json += "{\"in\":\"\(part)\",\"\(name)\":"
        json.appendJSON(value)
        json += ",\"reason\":"
        json.appendJSON(self.reason)
        if !self.expected.isEmpty {
            json += ",\"expected\":"
            json.appendJSON(self.expected)
        }
        json += "}"
    }
}

extension String {
    /// Appends a text as JSON has it (RFC 8259, 7).
    mutating func appendJSON(_ text: String) {
        self += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": self += "\\\""
            case "\\": self += "\\\\"
            case "\n": self += "\\n"
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                self += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: self.unicodeScalars.append(scalar)
            }
        }
        self += "\""
    }
}
