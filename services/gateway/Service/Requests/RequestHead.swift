internal import NIOHTTP1

/// The header fields of a request that mean something to the gateway, found in one pass.
struct RequestHead: Sendable {
    private(set) var accept: String?
    private(set) var authorization: [String] = []
    private(set) var contentType: String?
    private(set) var idempotencyKey: [String] = []
    private(set) var ifMatch: String?
    private(set) var ifNoneMatch: String?
    private(set) var lastEventID: String?
    private(set) var origin: String?
    private(set) var preflightMethod: String?
    private(set) var requestID: String?
    private(set) var traceparent: String?
    private(set) var tracestate: String?

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers { self.take(name, value) }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name.utf8.count {
        case 6 where name.isNamed("accept"): Self.join(&self.accept, value)
        case 6 where name.isNamed("origin"): self.origin = value
        case 8 where name.isNamed("if-match"): Self.join(&self.ifMatch, value)
        case 10 where name.isNamed("tracestate"): Self.join(&self.tracestate, value)
        case 11 where name.isNamed("traceparent"): Self.join(&self.traceparent, value)
        case 12 where name.isNamed("content-type"): Self.join(&self.contentType, value)
        case 12 where name.isNamed("x-request-id"): Self.join(&self.requestID, value)
        case 13 where name.isNamed("authorization"): self.authorization.append(value)
        case 13 where name.isNamed("if-none-match"): Self.join(&self.ifNoneMatch, value)
        case 13 where name.isNamed("last-event-id"): self.lastEventID = value
        case 15 where name.isNamed("idempotency-key"): self.idempotencyKey.append(value)
        case 29 where name.isNamed("access-control-request-method"): self.preflightMethod = value
        default: break
        }
    }

    /// Fields of one name are one list (RFC 9110, 5.3). What must stand there once is no list, and so is refused.
    private static func join(_ field: inout String?, _ value: String) {
        field = field.map { "\($0), \(value)" } ?? value
    }
}

extension String {
    /// Whether this is a header's name, whose small letters are given.
    fileprivate func isNamed(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            zip(self.utf8, name).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && (0x61...0x7A).contains($1)) }
        }
    }
}
