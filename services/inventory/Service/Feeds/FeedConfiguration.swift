internal import NIOSSL
public import ServiceKit

/// How feeds are reached.
public struct FeedConfiguration: Sendable {
    /// The folder that holds a folder for each brand, with the drop folders of its feeds; nil: there are none.
    public var dropRoot: String?
    /// The folder that holds a folder for each brand, with a file for each of its secrets; nil: there are none.
    public var secretsRoot: String?
    /// Whether feeds may be fetched from addresses that are not of the open internet.
    public var allowsPrivateNetworks = false
    /// The file of certificates to trust instead of the system's; nil: the system's.
    public var authorityFile: String?
    var limits = FeedLimits()

    /// Nothing is configured: feeds may be fetched by HTTPS from the open internet, without secrets.
    public init() {}
}

extension FeedConfiguration {
    static let dropRootSetting = Setting.optionalText(
        "feed-folder", "The folder of the feeds' drop folders, as BRAND_ID/FOLDER below it; without it there are none.")
    static let secretsRootSetting = Setting.optionalText(
        "feed-secrets-folder", "The folder of the feeds' secrets, as BRAND_ID/NAME below it; without it there are none."
    )
    static let privateNetworksSetting = Setting.boolean(
        "feed-private-networks", default: false,
        "Whether feeds may be fetched from private and local addresses, which brands could use to look around there.")
    static let authoritySetting = Setting.file(
        "feed-tls-ca", "The certificates (PEM) to trust when feeds are fetched, instead of the system's.")

    /// The settings of feeds.
    public static let settings: [any AnySetting] = [
        dropRootSetting, secretsRootSetting, privateNetworksSetting, authoritySetting,
    ]

    /// What a service is configured with.
    public init(_ configuration: ServiceConfiguration) {
        self.dropRoot = configuration[Self.dropRootSetting]
        self.secretsRoot = configuration[Self.secretsRootSetting]
        self.allowsPrivateNetworks = configuration[Self.privateNetworksSetting]
        self.authorityFile = configuration[Self.authoritySetting]
    }
}
