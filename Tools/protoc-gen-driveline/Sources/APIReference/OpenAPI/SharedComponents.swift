/// The components that operations share: headers of requests and answers, and the problem.
enum SharedComponents {
    /// A list of at most 32 entity tags, or a star.
    private static let tagsPattern =
        #"^[ \t,]*(\*|(W/)?"[!#-~]*"([ \t]*,[ \t,]*(W/)?"[!#-~]*"){0,31})[ \t,]*$"#
    private static let keyPattern = #"^[ \t]*("[!#-~]{1,255}"|[!#-~]{1,255})[ \t]*$"#

    /// Headers of requests, by the names of their components.
    static let parameters: JSONObject = [
        "IdempotencyKey": Self.header(
            "Idempotency-Key", isRequired: true,
            "By which a repeat is recognised: 1 to 255 visible ASCII characters of your choice, bare or in quotes. A request "
                + "that is sent again under its key changes nothing more.", pattern: Self.keyPattern, "delivery-1"),
        "IdempotencyKeyOrField": Self.header(
            "Idempotency-Key",
            "By which a repeat is recognised: 1 to 255 visible ASCII characters of your choice, bare or in quotes. A request "
                + "that is sent again under its key changes nothing more. The body's `commandId` may stand for it; one of "
                + "the two must be there.", pattern: Self.keyPattern, "delivery-1"),
        "IfNoneMatch": Self.header(
            "If-None-Match", "Tags that the caller has: where one is that of the answer, it is 304 without a body.",
            pattern: Self.tagsPattern, "\"7\""),
        "IfMatch": Self.header(
            "If-Match", "Tags of the states that the caller asks for: where none is that of the answer, it is 412.",
            pattern: Self.tagsPattern, "\"7\""),
        "IfMatchVersion": Self.header(
            "If-Match", "The tag of the version that the write builds on, as it was read. This, or `If-None-Match`.",
            pattern: Self.tagsPattern, "\"7\""),
        "IfNoneMatchAny": Self.header(
            "If-None-Match", "`*`: the object must be new. This, or `If-Match`.", pattern: #"^[ \t,]*\*[ \t,]*$"#, "*"),
        "LastEventId": Self.header(
            "Last-Event-ID", "The `id` of the last event that the caller has: the stream goes on behind it.", nil),
        "RequestId": Self.header(
            "X-Request-Id",
            "What to call the request: 1 to 128 letters, digits, `.`, `_` and `-`. Anything else is passed "
                + "over.", "order-17-retry-1"),
        "Traceparent": Self.header(
            "traceparent", "The trace that the request belongs to (W3C Trace Context). Without, one begins.",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ]

    /// Headers of answers, by the names of their components.
    static let headers: JSONObject = [
        "ETag": Self.answerHeader(
            "The tag of the state that was answered. That of an answer in gzip ends with `-gzip`.",
            pattern: #"^"[!#-~]*"$"#),
        "ETagIfKnown": Self.answerHeader(
            "The tag of the object's version.", pattern: #"^"[!#-~]*"$"#, isRequired: false),
        "IdempotencyReplayed": [
            "description": "There where the answer is the one to an earlier request under the same key.",
            "schema": ["type": "string", "const": "true"],
        ],
        "RateLimit": Self.answerHeader(
            "How the key's bucket stands: `r` requests are left, and in `t` seconds it is full.",
            pattern: #"^"(read|write)";r=[0-9]+;t=[0-9]+$"#),
        "RateLimitPolicy": Self.answerHeader(
            "The key's bucket: `q` requests at once, and `w` seconds in which it fills.",
            pattern: #"^"(read|write)";q=[0-9]+;w=[0-9]+$"#),
        "RequestId": Self.answerHeader(
            "What the request is called, in logs and in talks about it.", pattern: "^[0-9A-Za-z._-]{1,128}$"),
        "RetryAfter": [
            "description": "After how many seconds a repeat may help.", "required": true,
            "schema": ["type": "integer", "minimum": 1],
        ],
        "RetryAfterIfKnown": [
            "description": "After how many seconds a repeat may help.", "schema": ["type": "integer", "minimum": 1],
        ],
        "Traceparent": Self.answerHeader(
            "The trace that the request belongs to, with the gateway's own span.",
            pattern: "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$"),
        "WwwAuthenticate": Self.answerHeader("How to show a key (RFC 6750).", pattern: "^Bearer realm=\"driveline\"$"),
    ]

    /// The schemas of problems.
    static let schemas: JSONObject = [
        "Problem": [
            "type": "object",
            "description": "Why a request was refused (RFC 9457).",
            "properties": [
                "type": [
                    "type": "string", "format": "uri-reference", "pattern": "^/problems/[a-z0-9-]{1,64}$",
                    "description": .text(
                        "The kind of problem, for programs. Its meaning never changes; new kinds may come, which the status "
                            + "says how to take."),
                    "examples": ["/problems/insufficient-stock"],
                ],
                "title": ["type": "string", "description": "The type in words."],
                "status": ["type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."],
                "detail": ["type": "string", "description": "What happened in this case, for people."],
                "errors": [
                    "type": "array", "minItems": 1, "items": ["$ref": "#/components/schemas/ProblemError"],
                    "description": "What is wrong with each part of the request.",
                ],
                "retryAfter": [
                    "type": "integer", "minimum": 1, "description": "After how many seconds a repeat may help.",
                ],
                "version": [
                    "type": "integer", "format": "uint64", "minimum": 0,
                    "description": "The version that the object has now.",
                ],
                "requestId": ["type": "string", "description": "What the request is called in our logs."],
            ],
            "required": ["type", "title", "status", "detail", "requestId"],
        ],
        "ProblemError": [
            "type": "object",
            "description": "What is wrong with one part of a request.",
            "properties": [
                "in": ["type": "string", "enum": ["body", "path", "query", "header"]],
                "pointer": [
                    "type": "string", "description": "The place in the body (RFC 6901); empty: all of it.",
                    "examples": ["/lines/0/quantity"],
                ],
                "name": ["type": "string", "description": "The parameter or header."],
                "reason": ["type": "string", "description": "What is wrong with it."],
                "expected": ["type": "string", "description": "What would be valid."],
            ],
            "required": ["in", "reason"],
            "oneOf": [
                ["properties": ["in": ["const": "body"]], "required": ["pointer"]],
                ["properties": ["in": ["enum": ["path", "query", "header"]]], "required": ["name"]],
            ],
        ],
    ]

    /// The schema of one event of a stream.
    static func event(data: JSONValue) -> JSONValue {
        [
            "type": "object",
            "description": "One event of the stream, by its fields. A comment comes every 15 s in which there is none.",
            "properties": [
                "id": ["type": "string", "description": "Where the stream stands, for `Last-Event-ID`."],
                "event": [
                    "type": "string", "enum": ["message", "problem"],
                    "description": .text(
                        "`message`, which is not written, or `problem`: then the stream breaks off, and `data` is a Problem."
                    ),
                ],
                "data": [
                    "type": "string", "contentMediaType": "application/json", "contentSchema": data,
                    "description": "JSON on one line.",
                ],
            ],
            "required": ["data"],
        ]
    }

    private static func header(
        _ name: String, isRequired: Bool = false, _ text: String, pattern: String? = nil, _ example: String?
    ) -> JSONValue {
        var schema: JSONObject = ["type": "string"]
        if let pattern { schema["pattern"] = .text(pattern) }
        if let example { schema["examples"] = [.text(example)] }
        var parameter: JSONObject = ["name": .text(name), "in": "header"]
        if isRequired { parameter["required"] = true }
        parameter["description"] = .text(text)
        parameter["schema"] = .object(schema)
        return .object(parameter)
    }

    private static func answerHeader(_ text: String, pattern: String, isRequired: Bool = true) -> JSONValue {
        var header: JSONObject = ["description": .text(text)]
        if isRequired { header["required"] = true }
        header["schema"] = ["type": "string", "pattern": .text(pattern)]
        return .object(header)
    }
}
