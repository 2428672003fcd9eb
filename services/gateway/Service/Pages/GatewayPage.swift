internal import CGatewayDocuments
internal import GatewayDomain
internal import HTTPServer
internal import NIOCore

/// A page of the gateway's own: what its API is, for programs and for people. It needs no key and has no limit.
struct GatewayPage: Sendable {
    /// What its path takes.
    static let verbs = ["GET", "HEAD", "OPTIONS"]

    /// Such as `GET /docs`: what requests are counted and logged under.
    let name: String
    let path: String
    let mediaType: String
    let body: ByteBuffer
    /// The body in gzip, made once; `nil`: it would be no smaller.
    let compressedBody: ByteBuffer?
    /// The tag of ``body``.
    let tag: EntityTag
    /// What the header of an answer says beside its type, coding and tag.
    let fields: [HeaderField]

    init(path: String, mediaType: String, fields: [HeaderField] = [], _ body: ByteBuffer) {
        self.name = "GET \(path)"
        self.path = path
        self.mediaType = mediaType
        self.body = body
        self.compressedBody = HTTPCompression.gzip(body)
        self.tag = EntityTag(body: body.readableBytesSpan)
        self.fields = fields
    }
}

/// All pages of the gateway's own, which are part of the executable.
struct GatewayPages: Sendable {
    /// Nothing from elsewhere is loaded, nothing is sent, and no other page shows this one in a frame.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    private let pages: [String: GatewayPage]

    /// All of them, compressed; takes some milliseconds.
    init() {
        let html = [
            HeaderField("Content-Security-Policy", Self.contentSecurityPolicy),
            HeaderField("Referrer-Policy", "no-referrer"),
        ]
        let pages = [
            GatewayPage(path: "/openapi.json", mediaType: MediaTypes.json, Self.bytes(gateway_openapi)),
            GatewayPage(
                path: "/docs", mediaType: "text/html; charset=utf-8", fields: html, Self.bytes(gateway_reference)),
            GatewayPage(
                path: "/docs/reference.css", mediaType: "text/css; charset=utf-8", Self.bytes(gateway_reference_style)),
            GatewayPage(
                path: "/docs/reference.js", mediaType: "text/javascript; charset=utf-8",
                Self.bytes(gateway_reference_script)),
        ]
        self.pages = Dictionary(uniqueKeysWithValues: pages.map { ($0.path, $0) })
    }

    /// The pages' names.
    var names: [String] { self.pages.values.map(\.name).sorted() }

    /// The page at a path; `nil`: there is none.
    subscript(path: some StringProtocol) -> GatewayPage? { self.pages[String(path)] }

    /// The bytes live as long as the process: they are constants of the executable.
    private static func bytes(_ constant: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?) -> ByteBuffer {
        var length = 0
        let start = constant(&length)
        return ByteBuffer(bytes: UnsafeBufferPointer(start: start, count: length))
    }
}
