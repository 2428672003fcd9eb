internal import NIOCore
internal import NIOHTTP1

extension HTTPLoop {
    /// Inflates a body that came whole.
    func inflate(_ body: ByteBuffer, limit: Int, _ limits: HTTPServerLimits) throws(HTTPRefusal) -> ByteBuffer {
        let inflater = try self.borrowInflater()
        inflater.reset()
        let whole = try inflater.inflate(body, limit: limit, limits)
        guard inflater.isAtEnd else { throw .gzipBroken }
        return whole
    }

    /// Compresses an answer's body where that is worth it and wanted, and says so in the headers; a strong `ETag` gets
    /// `-gzip` behind it.
    func compressed(
        _ body: ByteBuffer, for exchange: HTTPExchange, _ status: HTTPResponseStatus, _ headers: inout HTTPHeaders,
        _ limits: HTTPServerLimits
    ) -> ByteBuffer {
        guard limits.compressedAnswerBytes.contains(body.readableBytes), status.hasBody, status != .partialContent,
            !headers.contains(name: "Content-Encoding"), headers.isText
        else { return body }
        // Caches must not give one client's coding to another.
        headers.add(name: "Vary", value: "Accept-Encoding")
        guard let acceptEncoding = exchange.acceptEncoding, AcceptEncoding.takesGzip(acceptEncoding),
            let smaller = self.borrowDeflater()?.deflate(body)
        else { return body }
        headers.add(name: "Content-Encoding", value: "gzip")
        // Other bytes are another representation, which a strong tag must tell apart (RFC 9110, 8.8.3).
        if let tag = headers.first(name: "ETag"), tag.hasPrefix("\""), tag.hasSuffix("\""), tag.utf8.count >= 2 {
            headers.replaceOrAdd(name: "ETag", value: "\(tag.dropLast())-gzip\"")
        }
        return smaller
    }
}

extension HTTPHeaders {
    /// Whether the content type is one of text.
    fileprivate var isText: Bool {
        guard let value = self.first(name: "Content-Type") else { return false }
        let type = value.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        let name = String(decoding: type, as: UTF8.self).lowercased()
        return name.hasPrefix("text/") && name != "text/event-stream" || name.hasSuffix("json")
            || name.hasSuffix("xml") || name == "application/javascript" || name == "application/yaml"
    }
}

/// What a client says about codings (RFC 9110, 12.5.3).
enum AcceptEncoding {
    /// Whether gzip may be sent.
    static func takesGzip(_ value: String) -> Bool {
        var takesAny = false
        for member in value.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            guard let first = parts.first else { continue }
            let name = Self.trimmed(first)
            let isTaken = !parts.dropFirst().contains { Self.isZeroWeight(Self.trimmed($0)) }
            if name == "gzip" || name == "x-gzip" { return isTaken }
            if name == "*" { takesAny = isTaken }
        }
        return takesAny
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        String(decoding: text.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }, as: UTF8.self)
            .lowercased()
    }

    private static func isZeroWeight(_ parameter: String) -> Bool {
        guard parameter.hasPrefix("q=") else { return false }
        return parameter.dropFirst(2).utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
    }
}
