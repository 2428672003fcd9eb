internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import SandboxJSON

/// An answer that is whole.
struct Response {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders = [:]
    var body = ByteBuffer()

    static func json(
        _ value: JSONValue, status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:]
    ) -> Response {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json; charset=utf-8")
        return Response(status: status, headers: headers, body: ByteBuffer(bytes: value.jsonBytes))
    }

    static func text(_ text: String, type: String, status: HTTPResponseStatus = .ok) -> Response {
        Response(status: status, headers: ["Content-Type": type], body: ByteBuffer(string: text))
    }

    /// What is wrong with a request to the sandbox itself, not to a platform.
    static func refusal(_ status: HTTPResponseStatus, _ code: String, _ detail: String) -> Response {
        .json(["error": ["code": .string(code), "message": .string(detail)]], status: status)
    }

    func send(to exchange: HTTPExchange) { exchange.respond(self.status, headers: self.headers, body: self.body) }
}

/// The path of a request, taken apart.
struct RequestPath {
    /// Its parts, decoded; a slash within one was `%2F`.
    var parts: [String]
    /// What follows the question mark.
    var query: String

    /// - Returns: `nil` where an escape is broken.
    init?(_ target: String) {
        let ends = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.query = ends.count == 2 ? String(ends[1]) : ""
        var parts: [String] = []
        for part in ends[0].split(separator: "/") {
            guard let text = Self.decoded(part) else { return nil }
            parts.append(text)
        }
        self.parts = parts
    }

    private static func decoded(_ part: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

extension HTTPHeaders {
    /// What follows `Bearer` in `Authorization`.
    var bearerToken: String? { self.credential(of: "bearer") }

    /// Name and password of `Authorization: Basic`.
    var basicCredential: String? { self.credential(of: "basic") }

    private func credential(of scheme: String) -> String? {
        guard let field = self.first(name: "Authorization") else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == scheme else { return nil }
        return String(parts[1])
    }
}
