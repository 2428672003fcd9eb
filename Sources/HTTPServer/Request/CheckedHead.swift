internal import NIOCore
internal import NIOHTTP1

/// A request's head that can mean only one thing.
///
/// The parser has refused broken lines, folded lines, spaces around names, control characters, and lengths that are
/// no numbers or stand twice. Here is what it lets through or leaves to its user (RFC 9110 and RFC 9112).
struct CheckedHead {
    var method: HTTPMethod
    var target: String
    var headers: HTTPHeaders
    var framing: BodyFraming
    var coding: BodyCoding
    var keepsAlive: Bool
    var expectsContinue: Bool
    var isHTTP10: Bool
    var acceptEncoding: String?

    /// - Throws: 400, 414, 415, 417 or 431.
    init(_ head: HTTPRequestHead, _ limits: HTTPServerLimits) throws(HTTPRefusal) {
        guard head.version.major == 1, head.version.minor <= 1 else {
            throw .malformed("the version must be HTTP/1.0 or HTTP/1.1")
        }
        guard head.method != .CONNECT else { throw .malformed("CONNECT is for proxies, and this is none") }
        let fields = try Fields(head.headers, limits)
        let isHTTP10 = head.version.minor == 0
        self.method = head.method
        self.headers = head.headers
        self.isHTTP10 = isHTTP10
        self.framing = try fields.framing(isHTTP10: isHTTP10)
        self.coding = try fields.coding()
        self.expectsContinue = try fields.expectsContinue() && !isHTTP10 && self.framing != .length(0)
        self.acceptEncoding = fields.acceptEncoding
        // The parser stops where an upgrade would begin, so nothing can follow on the connection.
        self.keepsAlive = !fields.hasUpgrade && head.isKeepAlive
        let target = try RequestTarget(head.uri, head.method, limits)
        self.target = target.pathAndQuery
        try fields.checkHost(isHTTP10: isHTTP10)
        if let authority = target.authority { self.headers.replaceOrAdd(name: "Host", value: authority) }
    }
}

/// How the end of a request's body is found.
enum BodyFraming: Equatable {
    case length(Int)
    case chunked
}

/// What has been done to a request's body.
enum BodyCoding: Equatable {
    case identity
    case gzip
}

/// The header fields that say something to the server itself.
private struct Fields {
    private var host: String?
    private var contentLength: String?
    private var transferEncoding: String?
    private var contentEncoding: String?
    private var expect: String?
    private(set) var acceptEncoding: String?
    private(set) var hasUpgrade = false

    init(_ headers: HTTPHeaders, _ limits: HTTPServerLimits) throws(HTTPRefusal) {
        var count = 0
        var bytes = 0
        for (name, value) in headers {
            count += 1
            bytes += name.utf8.count + value.utf8.count
            try self.take(name, value)
        }
        guard count <= limits.maximumHeaderFields, bytes <= limits.maximumHeaderBytes else {
            throw .headersTooLarge(limits)
        }
    }

    private mutating func take(_ name: String, _ value: String) throws(HTTPRefusal) {
        switch name.utf8.count {
        case 4 where name.equalsIgnoringCase("host"): try Self.set(&self.host, name, value)
        case 6 where name.equalsIgnoringCase("expect"): try Self.set(&self.expect, name, value)
        case 7 where name.equalsIgnoringCase("upgrade"): self.hasUpgrade = true
        case 14 where name.equalsIgnoringCase("content-length"): try Self.set(&self.contentLength, name, value)
        case 15 where name.equalsIgnoringCase("accept-encoding"):
            self.acceptEncoding = self.acceptEncoding.map { "\($0),\(value)" } ?? value
        case 16 where name.equalsIgnoringCase("content-encoding"): try Self.set(&self.contentEncoding, name, value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"): try Self.set(&self.transferEncoding, name, value)
        default: break
        }
    }

    private static func set(_ field: inout String?, _ name: String, _ value: String) throws(HTTPRefusal) {
        guard field == nil else { throw .malformed("\(name) must not stand twice") }
        field = value
    }

    func framing(isHTTP10: Bool) throws(HTTPRefusal) -> BodyFraming {
        guard let transferEncoding = self.transferEncoding else { return .length(try self.length()) }
        guard self.contentLength == nil else {
            throw .malformed("Content-Length and Transfer-Encoding exclude each other")
        }
        guard !isHTTP10 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
        guard transferEncoding.equalsIgnoringCase("chunked") else {
            throw .malformed("the only Transfer-Encoding is chunked")
        }
        return .chunked
    }

    private func length() throws(HTTPRefusal) -> Int {
        guard let text = self.contentLength else { return 0 }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else {
            throw .malformed("Content-Length must be a number of bytes, in digits only")
        }
        return length
    }

    func coding() throws(HTTPRefusal) -> BodyCoding {
        guard let name = self.contentEncoding, !name.equalsIgnoringCase("identity") else { return .identity }
        guard name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") else {
            throw HTTPRefusal(
                .codingUnsupported, .unsupportedMediaType, "the only Content-Encoding that is understood is gzip")
        }
        return .gzip
    }

    func expectsContinue() throws(HTTPRefusal) -> Bool {
        guard let expectation = self.expect else { return false }
        guard expectation.equalsIgnoringCase("100-continue") else {
            throw HTTPRefusal(
                .expectationUnknown, .expectationFailed, "the only expectation that can be met is 100-continue")
        }
        return true
    }

    func checkHost(isHTTP10: Bool) throws(HTTPRefusal) {
        guard let host = self.host else {
            if isHTTP10 { return }
            throw .malformed("HTTP/1.1 requires a Host header")
        }
        guard RequestTarget.isAuthority(host) else {
            throw .malformed("Host must be a name or an address, and a port if there is one")
        }
    }
}

extension HTTPRefusal {
    static func headersTooLarge(_ limits: HTTPServerLimits) -> HTTPRefusal {
        HTTPRefusal(
            .headersTooLarge, .requestHeaderFieldsTooLarge,
            "at most \(limits.maximumHeaderFields) header fields of together \(limits.maximumHeaderBytes) bytes are taken"
        )
    }

    static func targetTooLong(_ limits: HTTPServerLimits) -> HTTPRefusal {
        HTTPRefusal(
            .targetTooLong, .uriTooLong, "at most \(limits.maximumTargetBytes) bytes of path and query are taken")
    }

    static func bodyTooLarge(_ limit: Int) -> HTTPRefusal {
        HTTPRefusal(.bodyTooLarge, .payloadTooLarge, "at most \(limit) bytes of body are taken here")
    }
}

extension String {
    /// Whether two texts are the same but for the case of ASCII letters.
    func equalsIgnoringCase(_ other: StaticString) -> Bool {
        guard self.utf8.count == other.utf8CodeUnitCount else { return false }
        return other.withUTF8Buffer { other in
            zip(self.utf8, other).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && (0x61...0x7A).contains($1)) }
        }
    }
}
