internal import ChannelAdapter
internal import Foundation

/// Where a call goes: https, or plain http where that is allowed, a host, and no user.
struct PlatformURL: Hashable, Sendable {
    /// The whole of it.
    let text: String
    /// The host, an IPv6 address without brackets.
    let host: String
    /// The port.
    let port: Int

    /// nil: it may not be called.
    init?(_ text: String, allowsPlain: Bool) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URL(string: text),
            let scheme = url.scheme?.lowercased(), scheme == "https" || allowsPlain && scheme == "http",
            url.user == nil, url.password == nil, var host = url.host(), !host.isEmpty
        else { return nil }
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.text = url.absoluteString
        self.host = host.lowercased()
        self.port = port
    }
}
