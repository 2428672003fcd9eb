public import GatewayDomain

/// What a gateway allows and how it answers.
public struct GatewayConfiguration: Sendable {
    /// How many requests each caller may make, by class.
    public var limits: [RouteClass: RateLimit] = [
        .read: RateLimit(perSecond: 1_000, burst: 2_000), .write: RateLimit(perSecond: 200, burst: 1_000),
    ]
    /// How many gateways there are: each takes its share of the limits where Redis cannot be reached.
    public var instances = 1
    /// The bytes of a body of JSON.
    public var maximumBodyBytes = 4_194_304
    /// The streams of events that may be open at once on one event loop; one more is refused.
    public var maximumStreams = 256
    /// The files that may be sent and fetched at once on one event loop; one more is refused.
    public var maximumTransfers = 64
    /// How long sending or fetching a file may take in all.
    public var transferDuration: Duration = .seconds(3_600)
    /// How long a call may take whose method says nothing else.
    public var defaultTimeout: Duration = .seconds(30)
    /// How long a stream of events goes on before the client has to ask anew.
    public var streamDuration: Duration = .seconds(3_600)
    /// How often a stream says that it is alive, and whether its key still is.
    public var streamInterval: Duration = .seconds(15)
    /// The pages of other origins that a browser may let read answers.
    public var crossOrigin = CrossOriginPolicy(origins: [])
    /// Whether each request is logged.
    public var logsRequests = true

    /// The defaults.
    public init() {}
}
