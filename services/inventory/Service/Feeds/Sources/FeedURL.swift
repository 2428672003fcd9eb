internal import Foundation

/// An address from which a feed may be fetched: https, a host, and no user.
struct FeedURL: Hashable, Sendable {
    /// The whole of it.
    let text: String
    /// The host, an IPv6 address without brackets.
    let host: String
    /// The port.
    let port: Int

    private let url: URL

    /// nil: it may not be fetched.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URL(string: text) else { return nil }
        self.init(url)
    }

    private init?(_ url: URL) {
        guard url.scheme?.lowercased() == "https", url.user == nil, url.password == nil, var host = url.host(),
            !host.isEmpty, (1...65_535).contains(url.port ?? 443)
        else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.url = url
        self.text = url.absoluteString
        self.host = host
        self.port = url.port ?? 443
    }

    /// Where a redirection leads to; nil where that may not be fetched.
    func redirected(to location: String) -> FeedURL? {
        guard location.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let target = URL(string: location, relativeTo: self.url)
        else { return nil }
        return FeedURL(target.absoluteURL)
    }

    /// Whether both have the same host and port: a secret for one may be shown to the other.
    func hasSameOrigin(as other: FeedURL) -> Bool {
        self.host.lowercased() == other.host.lowercased() && self.port == other.port
    }
}
