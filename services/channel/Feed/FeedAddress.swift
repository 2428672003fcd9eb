/// An address of a partner's, and those that are found from it, all of them at the same host: nobody else is shown the
/// partner's credentials.
struct FeedAddress {
    /// Scheme, host and port.
    private let origin: String
    private let path: String

    init(_ url: String) {
        let hostStart = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let hostEnd = url[hostStart...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        self.origin = String(url[..<hostEnd])
        self.path = String(url[hostEnd...].prefix { $0 != "?" && $0 != "#" })
    }

    /// A file that lies at it.
    func file(_ name: String) -> String {
        self.origin + self.path + (self.path.hasSuffix("/") ? "" : "/") + Self.escaped(name)
    }

    /// What a partner refers to: a query, a path, or a whole address; nil: it is none of these, or elsewhere.
    func following(_ reference: String) -> String? {
        guard reference.utf8.count <= 2_000, reference.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        if reference.hasPrefix("?") { return self.origin + self.path + reference }
        if reference.hasPrefix("/") { return reference.hasPrefix("//") ? nil : self.origin + reference }
        let isHere = ["/", "?"].contains { reference.hasPrefix(self.origin + $0) }
        return isHere ? reference : nil
    }

    /// Without a character that has a meaning in an address.
    private static func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            if FeedNames.isPlain(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~") {
                return String(Unicode.Scalar(byte))
            }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
