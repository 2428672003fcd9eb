internal import GatewayDomain
public import ServiceKit

/// The settings of a gateway beside those that all services have.
public enum GatewaySettings {
    /// The address that requests are taken at.
    static let host = Setting.text(
        "http-host", default: "127.0.0.1", "The address to take HTTP requests at; 0.0.0.0 for all of this host's.")
    /// The port that requests are taken at.
    static let port = Setting.integer(
        "http-port", default: 0, in: 0...65_535, "The port to take HTTP requests at; 0 takes a free one.")
    /// The certificate.
    static let certificate = Setting.file(
        "http-certificate",
        "The TLS certificate chain (PEM) that HTTP clients are shown, read again when it changes; without one, plain text "
            + "is spoken.")
    /// The certificate's key.
    static let key = Setting.file("http-key", "The private key of the certificate (PEM).")
    /// The connections.
    static let connections = Setting.integer(
        "http-connections", default: 4_096, in: 1...1_000_000,
        "The HTTP connections that may be open at once; for one more the one that is idle for longest is closed.")
    /// The connections of one address.
    static let connectionsPerAddress = Setting.integer(
        "http-connections-per-address", default: 1_024, in: 0...1_000_000,
        "The HTTP connections of one address, or IPv6 network of 64 bits, that may be open at once; one more is closed. "
            + "0 for no such limit, as behind a proxy, whose connections are all of one address.")
    /// The requests at once.
    static let requests = Setting.integer(
        "http-requests", default: 1_024, in: 1...100_000,
        "The HTTP requests that may be under way at once, streams of events among them; one more is answered 503.")
    /// The bytes of a body.
    static let bodyBytes = Setting.integer(
        "http-body-bytes", default: 4_194_304, in: 1_024...16_777_216, unit: "bytes", "The most that a body may have.")
    /// The rate of reads.
    static let readRate = Setting.integer(
        "read-rate", default: 1_000, in: 1...RateLimit.maximum, unit: "requests/s",
        "The reads of one API key in the long run.")
    /// The burst of reads.
    static let readBurst = Setting.integer(
        "read-burst", default: 2_000, in: 1...RateLimit.maximum, unit: "requests",
        "The reads of one API key that may come at once.")
    /// The rate of writes.
    static let writeRate = Setting.integer(
        "write-rate", default: 200, in: 1...RateLimit.maximum, unit: "requests/s",
        "The writes of one API key in the long run.")
    /// The burst of writes.
    static let writeBurst = Setting.integer(
        "write-burst", default: 1_000, in: 1...RateLimit.maximum, unit: "requests",
        "The writes of one API key that may come at once.")
    /// The gateways.
    static let instances = Setting.integer(
        "gateway-instances", default: 1, in: 1...1_000,
        "How many gateways there are; each keeps to its share of the limits while Redis cannot be reached.")
    /// The origins.
    static let origins = Setting.list(
        "cors-origins", "The pages that browsers let read answers, such as https://shop.example; * for all.")
    /// The log of requests.
    static let requestLog = Setting.boolean(
        "request-log", default: true, "Whether each HTTP request is logged in one line.")

    /// All of them.
    public static let all: [any AnySetting] = [
        host, port, certificate, key, connections, connectionsPerAddress, requests, bodyBytes, readRate, readBurst,
        writeRate, writeBurst,
        instances, origins, requestLog,
    ]
}

extension GatewayConfiguration {
    init(_ settings: ServiceConfiguration) {
        self.init()
        self.limits = [
            .read: RateLimit(
                perSecond: settings[GatewaySettings.readRate], burst: settings[GatewaySettings.readBurst]),
            .write: RateLimit(
                perSecond: settings[GatewaySettings.writeRate], burst: settings[GatewaySettings.writeBurst]),
        ]
        self.instances = settings[GatewaySettings.instances]
        self.maximumBodyBytes = settings[GatewaySettings.bodyBytes]
        self.crossOrigin = CrossOriginPolicy(origins: settings[GatewaySettings.origins])
        self.logsRequests = settings[GatewaySettings.requestLog]
    }
}
