extension APIOperation {
    /// The names of the components of the headers that it takes.
    var headerComponents: [String] {
        var names: [String] = []
        switch self.idempotencyKey {
        case .none: break
        case .headerOrField: names.append("IdempotencyKeyOrField")
        case .required: names.append("IdempotencyKey")
        }
        switch self.precondition {
        case .none, .ignored: break
        case .read: names += ["IfNoneMatch", "IfMatch"]
        case .write: names += ["IfMatchVersion", "IfNoneMatchAny"]
        }
        if self.isResumable { names.append("LastEventId") }
        return names + ["RequestId", "Traceparent"]
    }

    /// What is said of it behind its summary.
    var openAPIDescription: String {
        var parts = [self.details]
        if case .key(let scope) = self.authentication, !scope.isEmpty { parts.append("Scope: `\(scope)`.") }
        if case .signature = self.authentication { parts.append("No key: the body is signed.") }
        if !self.deprecatedOn.isEmpty { parts.append("Deprecated since \(self.deprecatedOn).") }
        if !self.sunsetOn.isEmpty { parts.append("It goes away on \(self.sunsetOn).") }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Whether a service answers with any status of its own: pushes are answered in the words of who pushes.
    var answersAsItLikes: Bool {
        if case .key = self.authentication { return false }
        if case .bytes = self.answer { return true }
        return false
    }

    /// Whether requests are counted against a limit.
    var isLimited: Bool {
        if case .page = self.answer { false } else { true }
    }

    /// The scope that the caller's key must have. OpenAPI 3.1 lets any scheme name what it asks for.
    var security: JSONValue {
        switch self.authentication {
        case .key(let scope): [["key": scope.isEmpty ? [] : [.text(scope)]]]
        case .none, .signature: []
        }
    }

    /// What the answer to a request that was carried out is called.
    var answerText: String {
        switch self.answer {
        case .json: "The answer."
        case .events: "A stream of events, without an end."
        case .bytes: "The file."
        case .page: "The page."
        }
    }

    /// The headers of an answer that is no problem.
    var answerHeaders: JSONObject {
        var headers = JSONObject()
        func add(_ name: String, _ component: String) {
            headers[name] = ["$ref": .text("#/components/headers/" + component)]
        }
        add("X-Request-Id", "RequestId")
        add("traceparent", "Traceparent")
        if self.isLimited {
            add("RateLimit-Policy", "RateLimitPolicy")
            add("RateLimit", "RateLimit")
        }
        if case .read = self.precondition {
            add("ETag", "ETag")
        } else if self.hasVersionTag {
            add("ETag", "ETagIfKnown")
        }
        if self.saysReplay { add("Idempotency-Replayed", "IdempotencyReplayed") }
        if let cache = self.cache { headers.merge(Self.headers(cache)) }
        if !self.deprecatedOn.isEmpty {
            headers["Deprecation"] = [
                "description": .text("Not to be used since \(self.deprecatedOn) (RFC 9745)."), "required": true,
                "schema": ["type": "string", "pattern": "^@[0-9]+$"],
            ]
        }
        if !self.sunsetOn.isEmpty {
            headers["Sunset"] = [
                "description": .text("It goes away on \(self.sunsetOn) (RFC 8594)."), "required": true,
                "schema": ["type": "string"],
            ]
        }
        return headers
    }
    private static func headers(_ cache: CachePolicy) -> JSONObject {
        var headers: JSONObject = [
            "Cache-Control": [
                "description": "How long a client may use the answer without asking again.", "required": true,
                "schema": ["type": "string", "const": .text(cache.cacheControl)],
            ]
        ]
        guard cache.sharedSeconds > 0 else { return headers }
        let keys = cache.keys.map { "`brand-BRAND/\($0)`" }.joined(separator: ", ")
        headers["Surrogate-Control"] = [
            "description": "How long a cache in front may keep the answer that can be told to drop it.",
            "required": true,
            "schema": ["type": "string", "const": .text("max-age=\(cache.sharedSeconds)")],
        ]
        headers["Surrogate-Key"] = [
            "description": .text("By what such a cache is told: \(keys). Values are percent-encoded."),
            "required": true,
            "schema": ["type": "string", "pattern": "^brand-[!-~]+( brand-[!-~]+)*$"],
        ]
        return headers
    }
}
