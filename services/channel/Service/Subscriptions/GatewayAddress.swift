internal import ServiceKit

/// Where the world reaches the gateway: the base of the addresses that platforms send their notifications to.
struct GatewayAddress: Hashable, Sendable {
    static let setting = Setting.text(
        "public-url", default: "",
        "The base of the address under which marketplaces reach the gateway, such as https://api.example.com; their "
            + "notifications are asked for there. Empty: none are asked for, and orders come by polling alone.")

    private let base: String

    /// - Throws: `StartupError` where the text is no base of an address.
    init(_ text: String) throws(StartupError) {
        guard PlatformURL(text, allowsPlain: true) != nil, !text.contains("?"), !text.contains("#") else {
            throw StartupError(
                "the setting public-url is no base of an address: give https://, a host, perhaps a port and a path, or "
                    + "leave it out", exitCode: StartupError.configurationExitCode)
        }
        self.base = text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// The address that a setting has; nil: it is empty.
    static func configured(_ text: String) throws(StartupError) -> GatewayAddress? {
        text.isEmpty ? nil : try GatewayAddress(text)
    }

    /// The address of one of the gateway's paths.
    func address(of path: String) -> String { self.base + path }
}
