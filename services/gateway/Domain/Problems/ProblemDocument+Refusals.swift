// What the gateway refuses by itself. docs/gateway.md lists the types.

extension ProblemDocument {
    static let credentialMissing = ProblemDocument(
        401, "credential-missing", "the request shows no API key; send it as Authorization: Bearer KEY")

    static let credentialRepeated = ProblemDocument(
        401, "credential-invalid", "the request has more than one Authorization header")

    static let credentialSchemeUnknown = ProblemDocument(
        401, "credential-invalid", "the Authorization header is not of the form Bearer KEY")

    /// There is nothing at the path.
    ///
    /// - Parameter nearest: The path of an endpoint that is much like it.
    public static func pathUnknown(nearest: String?) -> ProblemDocument {
        let hint = nearest.map { "; did you mean \($0)?" } ?? ""
        return ProblemDocument(404, "path-unknown", "there is nothing at this path" + hint)
    }

    /// The path does not take the verb.
    ///
    /// - Parameter allowed: The verbs that it takes.
    public static func verbNotAllowed(allowed: [String]) -> ProblemDocument {
        let verbs = allowed.joined(separator: ", ")
        return ProblemDocument(
            405, "method-not-allowed", "this path takes \(verbs)", fields: [HeaderField("Allow", verbs)])
    }

    /// The client takes no type of content that there is.
    public static func notAcceptable(_ type: String) -> ProblemDocument {
        ProblemDocument(
            406, "not-acceptable", "the answer is \(type), which the request does not accept",
            errors: [ProblemError(.header("Accept"), "leaves it out", expected: type)])
    }

    /// The body is said to be something else than JSON.
    public static let contentTypeUnsupported = ProblemDocument(
        415, "content-type-unsupported", "the body is to be JSON; send Content-Type: application/json",
        errors: [ProblemError(.header("Content-Type"), "is not JSON in UTF-8", expected: MediaTypes.json)],
        fields: [HeaderField("Accept", MediaTypes.bodies.joined(separator: ", "))])

    /// The body is of none of the types that a raw binding takes.
    public static func contentTypeUnsupported(taking types: [String]) -> ProblemDocument {
        let list = types.joined(separator: ", ")
        return ProblemDocument(
            415, "content-type-unsupported", "the body is to be one of \(list); say which in Content-Type",
            errors: [ProblemError(.header("Content-Type"), "is none of those that are taken", expected: list)],
            fields: [HeaderField("Accept", list)])
    }

    /// The bytes of the body count as they are, and so must not be coded.
    public static let contentEncodingUnsupported = ProblemDocument(
        415, "content-encoding-unsupported",
        "the bytes of this body count as they are sent; send them without a coding",
        errors: [ProblemError(.header("Content-Encoding"), "is given", expected: "no such header")])

    /// As many files are sent or fetched as there may be.
    public static let tooManyTransfers = ProblemDocument(
        503, "overloaded", "too many files are sent and fetched; try again later", retryAfterSeconds: 5)

    /// The endpoint takes no body.
    public static let bodyUnexpected = ProblemDocument(
        400, "field-invalid", "this takes no body",
        errors: [ProblemError(.body(pointer: ""), "is given", expected: "no body")])

    /// As many streams are open as there may be.
    public static let tooManyStreams = ProblemDocument(
        503, "overloaded", "too many streams are open; try again later", retryAfterSeconds: 5)

    /// A header is not as it should be.
    public static func headerInvalid(_ name: String, _ reason: String, expected: String) -> ProblemDocument {
        ProblemDocument(
            400, "header-invalid", "\(name) \(reason)",
            errors: [ProblemError(.header(name), reason, expected: expected)])
    }

    /// The method needs an idempotency key.
    public static let idempotencyKeyRequired = ProblemDocument(
        400, "idempotency-key-required",
        "this changes something, so that a repeat must be recognised; send an Idempotency-Key of your own choice",
        errors: [
            ProblemError(
                .header(IdempotencyKeyHeader.name), "is missing",
                expected: "1 to \(IdempotencyKeyHeader.maximumLength) visible ASCII characters")
        ])

    /// The write names no version that it builds on.
    public static let versionRequired = ProblemDocument(
        428, "version-required",
        "say which version this builds on, by If-Match with the ETag that you read, or by If-None-Match: * for a new one",
        errors: [ProblemError(.header("If-Match"), "is missing", expected: "the ETag of what you read")])

    static let versionUnnamed = ProblemDocument(
        428, "version-required", "If-Match: * does not say which version this builds on",
        errors: [ProblemError(.header("If-Match"), "names no version", expected: "the ETag of what you read")])

    static let versionAmbiguous = ProblemDocument.headerInvalid(
        "If-Match", "names more than one version", expected: "the ETag of what you read")

    static let tagUnknown = ProblemDocument(
        412, "version-conflict", "the object has no version of that tag; read it again",
        errors: [
            ProblemError(
                .header("If-Match"), "is stale, weak, or no tag of ours", expected: "the ETag of what you read")
        ])

    static let writeConditionInvalid = ProblemDocument.headerInvalid(
        "If-None-Match", "is given with tags, or beside If-Match",
        expected: "* by itself, for an object that must be new")

    /// The header and the message name different versions.
    public static let versionTwice = ProblemDocument.headerInvalid(
        "If-Match", "names another version than the request's expectedVersion", expected: "one of the two")

    /// The endpoint cannot see to a condition, which must not be passed over.
    public static func conditionUnsupported(_ name: String) -> ProblemDocument {
        ProblemDocument(
            400, "condition-unsupported", "this endpoint does not know \(name)",
            errors: [ProblemError(.header(name), "is given", expected: "no such header")])
    }

    /// The state that was read is not the one that the request asks for.
    public static func conditionFailed(_ tag: EntityTag) -> ProblemDocument {
        ProblemDocument(
            412, "version-conflict", "the object is not in the state that If-Match names",
            fields: [HeaderField("ETag", tag.text)])
    }

    /// The caller lacks the scope.
    public static func scopeMissing(_ scope: String) -> ProblemDocument {
        ProblemDocument(403, "scope-missing", "the API key does not have the scope \(scope)")
    }

    /// Too much is under way.
    public static let overloaded = ProblemDocument(
        503, "overloaded", "too many requests are under way; try again", retryAfterSeconds: 1)

    /// The caller's quota is used up.
    public static func rateLimited(retryAfterSeconds: Int) -> ProblemDocument {
        ProblemDocument(
            429, "rate-limited", "the API key's requests come faster than its limit; wait before the next",
            retryAfterSeconds: retryAfterSeconds)
    }

    /// A fault of ours.
    public static let fault = ProblemDocument(
        500, "internal", "something went wrong on our side; tell us the request id if it stays so")

    /// The service behind an endpoint cannot be reached.
    public static let serviceUnavailable = ProblemDocument(
        503, "unavailable", "the service that answers this cannot be reached now; try again", retryAfterSeconds: 1)
}
