/// What the answer of a raw binding is beside its body, checked: a service says it, and the gateway answers for it.
public struct RawAnswerHead: Sendable, Hashable {
    /// The longest name of a file, in bytes.
    public static let maximumFileNameBytes = 255
    /// The most headers that a service can add.
    public static let maximumHeaders = 32
    /// What the gateway or the connection says, and no service.
    static let reservedNames: Set<String> = HeaderSelection.connectionNames.union([
        "access-control-allow-origin", "access-control-expose-headers", "cache-control", "content-disposition",
        "content-encoding", "content-type", "date", "deprecation", "ratelimit", "ratelimit-policy", "server",
        "set-cookie", "sunset", "traceparent", "vary", "www-authenticate", "x-content-type-options", "x-request-id",
    ])

    /// 200 to 599.
    public let status: Int
    /// Content-Type, Content-Disposition and what the service adds.
    public let fields: [HeaderField]

    /// A head.
    ///
    /// - Parameters:
    ///   - status: 0 for 200.
    ///   - contentType: Empty: `produces`.
    ///   - fileName: Empty: the body is no file.
    /// - Throws: ``Fault``, where the service asks for what cannot be sent.
    public init(
        status: UInt32 = 0, contentType: String = "", fileName: String = "", headers: [HeaderField] = [],
        produces: String
    ) throws(Fault) {
        guard status == 0 || (200...599).contains(status) else { throw Fault("the status \(status)") }
        guard headers.count <= Self.maximumHeaders else { throw Fault("\(headers.count) headers") }
        guard Self.isValue(contentType) else { throw Fault("a Content-Type that cannot be sent") }
        guard fileName.utf8.count <= Self.maximumFileNameBytes else { throw Fault("a file's name that is too long") }
        var fields = [HeaderField("Content-Type", contentType.isEmpty ? produces : contentType)]
        if !fileName.isEmpty { fields.append(HeaderField("Content-Disposition", Self.disposition(fileName))) }
        for header in headers {
            guard Self.isName(header.name), !Self.reservedNames.contains(header.name), Self.isValue(header.value) else {
                throw Fault("the header \(header.name.prefix(64).debugDescription)")
            }
            fields.append(header)
        }
        self.status = status == 0 ? 200 : Int(status)
        self.fields = fields
    }

    /// What a service asked for.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        /// For the log.
        public let description: String

        init(_ what: String) { self.description = what + " cannot be answered" }
    }

    /// A file's name for clients of ASCII, and in full (RFC 6266).
    static func disposition(_ fileName: String) -> String {
        let plain = String(
            fileName.unicodeScalars.map { scalar in
                let isPlain = (0x20...0x7E).contains(scalar.value) && !["\"", "\\", "%", "/"].contains(scalar)
                return isPlain ? Character(scalar) : "_"
            })
        let quoted = "attachment; filename=\"\(plain)\""
        guard plain != fileName else { return quoted }
        return quoted + "; filename*=UTF-8''" + Self.percentEncoded(fileName)
    }

    /// As RFC 8187 has it.
    private static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    private static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == UInt8(ascii: "\t") }
    }
}
