internal import GatewayDomain
internal import NIOCore
internal import RPC
internal import Transcoding

/// How caches may keep an endpoint's answers, and by which keys they are told to drop them.
struct EndpointCache: Sendable {
    /// A part of a key.
    private enum Part: Sendable {
        case text(String)
        case field(WireField)
    }

    private let lifetime: CacheLifetime
    private let keys: [[Part]]

    /// - Returns: `nil` where the proto file says nothing of caches.
    /// - Throws: ``EndpointError`` where it says what the gateway cannot do.
    init?(
        _ route: Route, _ method: MethodDescriptor, _ schema: Schema, subject: String
    ) throws(EndpointError) {
        guard let policy = route.method.cache else { return nil }
        guard route.verb == "GET", method.kind == .unary, route.authentication == .key, route.raw == nil else {
            throw EndpointError(
                subject: subject, reason: "caches keep answers of JSON to a GET with a key, and nothing else")
        }
        self.lifetime = CacheLifetime(
            clientSeconds: policy.maximumAgeSeconds, sharedSeconds: policy.sharedAgeSeconds)
        var keys: [[Part]] = []
        for key in policy.keys { keys.append(try Self.parts(of: key, route, schema, subject: subject)) }
        self.keys = keys
    }

    private static func parts(
        of key: String, _ route: Route, _ schema: Schema, subject: String
    ) throws(EndpointError) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(key)
        while let open = rest.firstIndex(of: "{") {
            if rest.startIndex < open { parts.append(.text(String(rest[..<open]))) }
            let name = rest[open...].dropFirst().prefix { $0 != "}" }
            let request = route.method.request
            guard name.endIndex < rest.endIndex,
                let field = schema.field(String(name), .text, of: request)
                    ?? schema.field(String(name), .unsigned, of: request)
            else {
                throw EndpointError(
                    subject: subject, reason: "the cache key \(key) names no text or number of \(request.fullName)")
            }
            parts.append(.field(field))
            rest = rest[name.endIndex...].dropFirst()
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        return parts
    }

    /// What an answer to a request says to caches.
    ///
    /// - Parameters:
    ///   - request: The request message.
    ///   - brand: Whose answer it is.
    func fields(of request: ByteBuffer, brand: String) -> [HeaderField] {
        let keys = self.keys.map { parts in
            parts.map { part in
                switch part {
                case .text(let text): text
                case .field(let field): SurrogateKeys.encoded(field.words(in: request.readableBytesSpan))
                }
            }.joined()
        }
        return self.lifetime.fields + SurrogateKeys.fields(keys, brand: brand, self.lifetime)
    }
}

extension WireField {
    /// The text or number that the field holds, as text; of one that is absent, the value that it has then.
    fileprivate func words(in message: RawSpan) -> String {
        self.kind == .text ? self.text(in: message) ?? "" : String(self.unsigned(in: message) ?? 0)
    }
}
