internal import GatewayDomain
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1

extension GatewayRequest {
    /// Answers with a page.
    ///
    /// - Throws: The refusal of a request that is none for a page.
    func answer(_ page: GatewayPage) throws(ProblemDocument) {
        guard self.request.method == .GET || self.request.method == .HEAD else {
            throw .verbNotAllowed(allowed: GatewayPage.verbs)
        }
        let type = page.mediaType.prefix { $0 != ";" }
        guard MediaTypes.isAccepted(String(type), by: self.head.accept) else { throw .notAcceptable(String(type)) }
        guard self.request.contentLength == 0 else { throw .bodyUnexpected }
        let conditions = try Preconditions(ifMatch: self.head.ifMatch, ifNoneMatch: self.head.ifNoneMatch)
        let codings = self.request.headers[canonicalForm: "Accept-Encoding"].joined(separator: ",")
        let compressed = HTTPCompression.takesGzip(codings) ? page.compressedBody : nil
        let tag = HeaderField("ETag", compressed == nil ? page.tag.text : page.tag.compressed.text)
        switch conditions.verdict(on: page.tag) {
        case .notModified: return self.answer(.notModified, [tag, HeaderField("Vary", "Accept-Encoding")])
        case .failed: throw .conditionFailed(page.tag)
        case .send: break
        }
        var fields = page.fields + [tag, HeaderField("Content-Type", page.mediaType)]
        if compressed != nil {
            fields += [HeaderField("Content-Encoding", "gzip"), HeaderField("Vary", "Accept-Encoding")]
        }
        self.answer(.ok, fields, compressed ?? page.body)
    }
}
