public import RPC

/// The settings that services have in common.
public enum StandardSettings {
    /// The address that calls are taken at.
    public static let host = Setting.text(
        "host", default: "127.0.0.1", "The address to take calls at; 0.0.0.0 for all of this host's.")
    /// The port that calls are taken at.
    public static let port = Setting.integer(
        "port", default: 0, in: 0...65_535, "The port to take calls at; 0 takes a free one.")
    /// The address of the admin server.
    public static let adminHost = Setting.text(
        "admin-host", default: "127.0.0.1", "The address of probes and metrics; never one that the world can reach.")
    /// The port of the admin server.
    public static let adminPort = Setting.integer(
        "admin-port", default: 0, in: 0...65_535, "The port of probes and metrics; 0 takes a free one.")
    /// The event loops.
    public static let eventLoops = Setting.integer(
        "event-loops", default: 0, in: 0...1_024, "The event loops; 0 makes one for each processor.")
    /// The connections that may be open at once.
    public static let maximumConnections = Setting.integer(
        "maximum-connections", default: 20_000, in: 1...1_000_000,
        "The connections that may be open at once; one more is closed.")
    /// The deadline of calls that set none.
    public static let defaultTimeout = Setting.integer(
        "default-timeout-ms", default: 30_000, in: 1...600_000, unit: "ms", "The deadline of calls that set none.")
    /// How long calls are still taken after the signal to stop.
    public static let drainDelay = Setting.integer(
        "drain-delay-ms", default: 5_000, in: 0...60_000, unit: "ms",
        "How long calls are still taken after the signal to stop, while probes already say not ready.")
    /// How long the calls that are under way may take then.
    public static let drainTimeout = Setting.integer(
        "drain-timeout-ms", default: 20_000, in: 0...20_000, unit: "ms",
        "How long calls that are under way may take after that, before they are cut off.")
    /// The certificate.
    public static let tlsCertificate = Setting.file(
        "tls-certificate", "The TLS certificate chain (PEM); without one, plain text is spoken.")
    /// The certificate's key.
    public static let tlsKey = Setting.file("tls-key", "The private key of the certificate (PEM).")
    /// Who signs the certificates of peers.
    public static let tlsAuthority = Setting.file(
        "tls-authority",
        "The certificates (PEM) that peers' certificates must be signed by; callers must show one then, and other "
            + "services are called over TLS.")
    /// The certificate names that may act for brands.
    public static let trustedPeers = Setting.list(
        "trusted-peers", "The names in callers' certificates that may act for brands, such as gateway.")
    /// What services prove to each other who they are with.
    public static let serviceToken = Setting.secret(
        "service-token", "What services show each other; a caller that shows it may act for brands.")
    /// The level of the log.
    public static let logLevel = Setting.choice(
        "log-level", default: "info", of: ["trace", "debug", "info", "notice", "warning", "error", "critical"],
        "The level below which nothing is logged.")
    /// The form of the log.
    public static let logFormat = Setting.choice(
        "log-format", default: "auto", of: ["auto", "json", "text"],
        "How log lines look; auto is text on a terminal and else json.")

    /// Where the cache is, for services that use one.
    public static let redisURL = Setting.secret(
        "redis-url", "Where the cache is, as redis://USER:PASSWORD@HOST:PORT/DATABASE; without it, none is used.")

    /// Those that every service has.
    public static let all: [any AnySetting] = [
        host, port, adminHost, adminPort, eventLoops, maximumConnections, defaultTimeout, drainDelay, drainTimeout,
        tlsCertificate, tlsKey, tlsAuthority, trustedPeers, serviceToken, logLevel, logFormat,
    ]

    /// Where the servers of another service are.
    public static func address(of service: String) -> Setting<RPCTarget?> {
        .addresses("\(service)-address", "Where the \(service) service is.")
    }
}
