internal import ServiceKit

/// How platforms are reached.
struct PlatformClientConfiguration: Sendable {
    static let allowsPrivateSetting = Setting.boolean(
        "channel-allow-private", default: false,
        "Whether connections may be to platforms at private and local addresses and without TLS, which brands could use to "
            + "look around there: for the stand-in marketplaces of a development system.")

    /// Whether addresses may be called that are not of the open internet, and plain HTTP may be spoken.
    var allowsPrivate = false
    /// How long a connection may take to be made, in milliseconds.
    var connectMilliseconds: Int64 = 10_000
    /// How long a looked-up address counts, in milliseconds.
    var addressMilliseconds: Int64 = 60_000
    /// How many hosts are kept in mind, with the connections to them.
    var hosts = 1_000
    /// The connections to one host.
    var connectionsOfHost = 16
}
