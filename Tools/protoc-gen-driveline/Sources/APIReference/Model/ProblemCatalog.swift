/// The problems that the gateway itself answers, by what an operation is: docs/gateway.md has the same list.
struct ProblemCatalog {
    private let operation: APIOperation

    init(_ operation: APIOperation) { self.operation = operation }

    /// All problems that a request may be answered with, by status.
    var problems: [APIProblem] {
        let all =
            self.requestProblems + self.callerProblems + self.bodyProblems + self.stateProblems + Self.serverProblems
            + self.serviceProblems + self.operation.refusals
        var seen: Set<String> = []
        return all.filter { seen.insert("\($0.status) \($0.type)").inserted }
            .enumerated().sorted { ($0.element.status, $0.offset) < ($1.element.status, $1.offset) }.map(\.element)
    }

    /// Whether the path names an object, which may not be there.
    private var namesObject: Bool { !self.operation.pathParameters.isEmpty }

    private var isPage: Bool {
        if case .page = self.operation.answer { true } else { false }
    }

    /// What is wrong with the request as it came.
    private var requestProblems: [APIProblem] {
        var problems = [
            APIProblem(
                400, "field-invalid", "Fields of body, path or query are not as they should be: `errors` names each."),
            APIProblem(400, "header-invalid", "A header is not as it should be."),
            APIProblem(400, "request-malformed", "What came is no HTTP request."),
        ]
        if case .none = self.operation.precondition {
            problems.append(
                APIProblem(400, "condition-unsupported", "This does not know `If-Match` and `If-None-Match`."))
        }
        if case .required = self.operation.idempotencyKey { problems.append(Self.keyRequired) }
        if case .headerOrField = self.operation.idempotencyKey { problems.append(Self.keyRequired) }
        // What a file is, only its answer says.
        if case .bytes = self.operation.answer {
        } else {
            problems.append(APIProblem(406, "not-acceptable", "`Accept` leaves out what the answer is."))
        }
        return problems + [
            APIProblem(408, "request-timeout", "The request came too slowly."),
            APIProblem(414, "target-too-long", "Path and query have more than 8 KiB."),
            APIProblem(417, "expectation-unknown", "`Expect` is not `100-continue`."),
            APIProblem(431, "header-too-large", "The header has more than 16 KiB, or 100 fields."),
        ]
    }

    private static let keyRequired = APIProblem(
        400, "idempotency-key-required", "This changes something, and the request has no idempotency key.")

    /// What is wrong with the caller.
    private var callerProblems: [APIProblem] {
        let limited = APIProblem(429, "rate-limited", "Requests come faster than the limit of their key.")
        guard case .key(let scope) = self.operation.authentication else { return self.isPage ? [] : [limited] }
        var problems = [
            APIProblem(401, "credential-missing", "The request shows no API key."),
            APIProblem(401, "credential-invalid", "The credential is not of the form `Bearer KEY`."),
            APIProblem(401, "key-malformed", "The key is none of ours, or mistyped."),
            APIProblem(401, "key-unknown", "There is no such key."),
            APIProblem(401, "key-expired", "The key has expired."),
            APIProblem(401, "key-revoked", "The key was revoked."),
            APIProblem(401, "brand-suspended", "The key's brand is suspended."),
        ]
        if scope.isEmpty {
            problems.append(APIProblem(403, "scope-missing", "The key does not have the scope of what is asked for."))
        } else {
            problems.append(APIProblem(403, "scope-missing", "The key does not have the scope `\(scope)`."))
        }
        return problems + [
            APIProblem(403, "permission-denied", "The key may not do this."),
            limited,
            APIProblem(429, "quota-exhausted", "A quota of the brand is used up."),
            APIProblem(503, "identity-unavailable", "It cannot be found out now whose key this is."),
        ]
    }

    /// What is wrong with the body.
    private var bodyProblems: [APIProblem] {
        let coding = APIProblem(415, "content-encoding-unsupported", "The body is coded otherwise than by gzip.")
        guard let body = self.operation.body else { return [coding] }
        if case .bytes(let types, _) = body.content {
            let list = types.map { "`\($0)`" }.joined(separator: ", ")
            return [
                APIProblem(413, "content-too-large", "The body is larger than this takes."),
                APIProblem(415, "content-type-unsupported", "The body is none of \(list)."), coding,
            ]
        }
        return [
            APIProblem(400, "json-malformed", "The body is no JSON."),
            APIProblem(413, "content-too-large", "The body is larger than this takes."),
            APIProblem(415, "content-type-unsupported", "The body is said to be something else than JSON."), coding,
        ]
    }

    /// What the state of things does not allow.
    private var stateProblems: [APIProblem] {
        var problems: [APIProblem] = []
        if self.namesObject {
            problems.append(APIProblem(404, "not-found", "There is no such object, or it is another brand's."))
            problems.append(APIProblem(404, "path-unknown", "There is nothing at the path: a part of it is empty."))
        }
        switch self.operation.precondition {
        case .read:
            problems.append(
                APIProblem(412, "version-conflict", "The object is not in the state that `If-Match` names."))
        case .write(let isRequired):
            problems.append(APIProblem(412, "version-conflict", "The object has another version."))
            problems.append(APIProblem(412, "version-mismatch", "The object has another version."))
            let when =
                isRequired
                ? "The write does not say which version it builds on." : "`If-Match: *` does not say which version."
            problems.append(APIProblem(428, "version-required", when))
        case .none, .ignored: break
        }
        if !self.operation.isRead, !self.isPage {
            problems.append(APIProblem(409, "conflict", "The object's state does not allow this."))
            problems.append(APIProblem(409, "already-exists", "There is an object of this name already."))
        }
        if self.operation.idempotencyKey != .none {
            problems += [
                APIProblem(409, "call-in-flight", "A request under the same idempotency key is under way."),
                APIProblem(422, "idempotency-key-reused", "The idempotency key was used with another request."),
                APIProblem(422, "command-id-reused", "The idempotency key was used with another request."),
            ]
        }
        return problems
    }

    /// What is not the request's fault.
    private static let serverProblems = [
        APIProblem(500, "internal", "A fault of ours."),
        APIProblem(503, "overloaded", "Too much is under way."),
        APIProblem(504, "deadline-exceeded", "No answer came in time; a write may have been carried out all the same."),
    ]

    /// What the service behind the gateway answers, and the way to it.
    private var serviceProblems: [APIProblem] {
        guard !self.isPage else { return [] }
        return [
            APIProblem(400, "request-invalid", "The service refuses the request as a whole."),
            APIProblem(400, "message-malformed", "The service cannot read the request."),
            APIProblem(413, "message-too-large", "The request or its answer is larger than a message may be."),
            APIProblem(501, "not-implemented", "This is not available at the moment."),
            APIProblem(503, "unavailable", "The service that answers this cannot be reached now."),
        ]
    }
}

extension APIOperation {
    /// The problems that a request may be answered with, in the order of their statuses.
    public var problems: [APIProblem] { ProblemCatalog(self).problems }
}

extension APIProblem {
    /// Words of types that are written in capitals in titles.
    private static let abbreviations: Set<Substring> = ["api", "http", "json", "sku"]

    /// The type in words.
    var title: String {
        let words = self.type.split(separator: "-").map {
            Self.abbreviations.contains($0) ? $0.uppercased() : String($0)
        }
        let title = words.joined(separator: " ")
        return title.prefix(1).uppercased() + title.dropFirst()
    }

    /// The problem as it is answered.
    var example: JSONValue {
        var example: JSONObject = [
            "type": .text("/problems/" + self.type), "title": .text(self.title),
            "status": .integer(Int128(self.status)),
            "detail": .text(self.text.replacing("`", with: "")),
        ]
        if self.status == 429 || self.status == 503 || self.type == "call-in-flight" { example["retryAfter"] = 1 }
        example["requestId"] = "0af7651916cd43dd8448eb211c80319c"
        return .object(example)
    }
}

/// What the statuses are called.
enum StatusName {
    /// The reason phrase of a status (RFC 9110).
    static func name(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Status \(status)"
        }
    }
}
