internal import NIOHTTP1

/// What a request line asks for (RFC 9112, 3.2).
struct RequestTarget {
    /// Path and query, or `*`.
    var pathAndQuery: String
    /// The authority of an absolute target, which takes the place of `Host`.
    var authority: String?

    /// - Throws: 400 or 414.
    init(_ text: String, _ method: HTTPMethod, _ limits: HTTPServerLimits) throws(HTTPRefusal) {
        let bytes = text.utf8
        guard bytes.count <= limits.maximumTargetBytes else { throw .targetTooLong(limits) }
        // A fragment is for the client only: with it, two readers may take two different paths.
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            throw .malformed("the target must be visible ASCII without a fragment; percent-encode everything else")
        }
        if bytes.first == UInt8(ascii: "/") || (text == "*" && method == .OPTIONS) {
            self.pathAndQuery = text
        } else {
            (self.authority, self.pathAndQuery) = try Self.split(absolute: text)
        }
    }

    private static func split(
        absolute text: String
    ) throws(HTTPRefusal) -> (authority: String, pathAndQuery: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw .malformed("the target must begin with a slash")
        }
        let scheme = String(text[..<colon])
        let rest = text[text.utf8.index(after: colon)...]
        guard scheme.equalsIgnoringCase("http") || scheme.equalsIgnoringCase("https"), rest.hasPrefix("//") else {
            throw .malformed("the target must begin with a slash, or with http:// or https://")
        }
        let afterSlashes = rest.dropFirst(2)
        let end = afterSlashes.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = String(afterSlashes[..<(end ?? afterSlashes.endIndex)])
        guard Self.isAuthority(authority) else { throw .malformed("the target's host is none") }
        let pathAndQuery = end.map { String(afterSlashes[$0...]) } ?? ""
        return (authority, pathAndQuery.utf8.first == UInt8(ascii: "/") ? pathAndQuery : "/" + pathAndQuery)
    }

    /// Whether a text can be a host with or without a port. Its form alone is looked at: names are not looked up.
    static func isAuthority(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: ":") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"): true
            case UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
            default: false
            }
        }
    }
}
