/// Which pages of other origins a browser lets read answers (the Fetch standard's CORS protocol).
///
/// Keys are sent in a header that a page must set itself, and never by the browser, so that no answer needs credentials.
public struct CrossOriginPolicy: Sendable, Hashable {
    /// How long a browser may keep what it was told, in seconds.
    static let preflightSeconds = 600
    /// The headers that a page may send.
    static let requestHeaders = [
        "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID",
        "X-Request-Id", "traceparent",
    ]
    /// The headers of answers that a page may read.
    static let responseHeaders = [
        "Content-Disposition", "Deprecation", "ETag", "Idempotency-Replayed", "Link", "RateLimit", "RateLimit-Policy",
        "Retry-After", "Sunset", "X-Request-Id", "traceparent",
    ]

    private let origins: Set<String>
    private let allowsAll: Bool

    /// - Parameter origins: Such as `https://shop.example`; `*` for all. None: no other origin.
    public init(origins: [String]) {
        self.origins = Set(origins)
        self.allowsAll = origins.contains("*")
    }

    /// What an answer says to the page that asked.
    ///
    /// - Parameter origin: The request's `Origin`; `nil` where no page asked.
    public func fields(origin: String?) -> [HeaderField] {
        if self.allowsAll {
            return origin == nil
                ? [] : [HeaderField("Access-Control-Allow-Origin", "*"), self.exposedHeaders]
        }
        guard !self.origins.isEmpty else { return [] }
        // Caches must not give one origin's answer to another.
        let vary = HeaderField("Vary", "Origin")
        guard let origin, self.origins.contains(origin) else { return [vary] }
        return [HeaderField("Access-Control-Allow-Origin", origin), self.exposedHeaders, vary]
    }

    private var exposedHeaders: HeaderField {
        HeaderField("Access-Control-Expose-Headers", Self.responseHeaders.joined(separator: ", "))
    }

    /// What a preflight is answered beside ``fields(origin:)``.
    ///
    /// - Parameter verbs: What the path takes.
    public func preflightFields(origin: String, verbs: [String]) -> [HeaderField] {
        guard self.allowsAll || self.origins.contains(origin) else { return [] }
        return [
            HeaderField("Access-Control-Allow-Methods", verbs.joined(separator: ", ")),
            HeaderField("Access-Control-Allow-Headers", Self.requestHeaders.joined(separator: ", ")),
            HeaderField("Access-Control-Max-Age", String(Self.preflightSeconds)),
        ]
    }
}
