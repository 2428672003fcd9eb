public import Authentication
internal import GatewayDomain
public import HTTPServer
public import Logging
public import NIOCore
public import NIOHTTP1
public import Observability
internal import RPC
public import Redis
internal import Transcoding

/// REST outside, RPC inside: answers HTTP requests by the calls that the services' proto files bind them to.
///
/// It knows no endpoint by name and holds no rule of the business: routes, fields, scopes, versions and statuses all come
/// from the descriptors. A request is handled on its connection's event loop from end to end, with the calls and the cache
/// of that loop; only a key that is not known yet, and a stream, take a task.
public final class Gateway: HTTPHandler {
    static let allVerbs = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

    let configuration: GatewayConfiguration
    let endpoints: EndpointTable
    /// What there is beside the endpoints.
    let pages = GatewayPages()
    let verifier: KeyVerifier
    let metrics: GatewayMetrics
    let logger: Logger
    private let loops: [GatewayLoop]

    /// A gateway.
    ///
    /// - Parameters:
    ///   - services: What it offers.
    ///   - verifier: Says whose keys are shown.
    ///   - redis: Holds the limits that all gateways share, with connections on `group`; `nil`: each keeps to its share.
    ///   - group: The event loops of the HTTP server and the services' clients.
    /// - Throws: ``EndpointError`` where the proto files ask for what the gateway cannot do.
    public init(
        _ services: [PublicService], verifier: KeyVerifier,
        configuration: GatewayConfiguration = GatewayConfiguration(),
        redis: RedisClient? = nil, metrics registry: MetricRegistry, logger: Logger, group: any EventLoopGroup
    ) throws(EndpointError) {
        let endpoints = try EndpointTable(
            services, limits: TranscodingLimits(maximumInputBytes: configuration.maximumBodyBytes))
        let metrics = GatewayMetrics(
            registry, routes: endpoints.endpoints.map(\.name) + self.pages.names)
        let eventLoops = group.makeIterator().map { $0 }
        self.configuration = configuration
        self.endpoints = endpoints
        self.verifier = verifier
        self.metrics = metrics
        self.logger = logger
        self.loops = eventLoops.map { eventLoop in
            let limiter = RateLimiter(
                configuration.limits, sharers: eventLoops.count * configuration.instances,
                redis: redis?.connection(on: eventLoop), metrics)
            return GatewayLoop(eventLoop, limiter)
        }
    }

    /// Counts what the HTTP server does.
    public var observer: any HTTPServerObserver { self.metrics }

    /// Takes a request.
    public func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard let loop = self.loops.first(where: { $0.eventLoop === exchange.eventLoop }) else {
            preconditionFailure("a request came on an event loop that is none of the gateway's")
        }
        GatewayRequest(self, loop, request, exchange).begin()
    }

    /// Ends the streams of events, whose clients come back to another gateway.
    public func drain() {
        for loop in self.loops { loop.eventLoop.execute { loop.drain() } }
    }

    /// What a request is answered that the HTTP server refuses before there is a route.
    public static func refusalContent(_ refusal: HTTPRefusal) -> HTTPRefusalContent {
        var generator = SystemRandomNumberGenerator()
        let requestID = TraceParent(using: &generator).traceID
        let problem = ProblemDocument(refusal)
        return HTTPRefusalContent(
            headers: [
                "Content-Type": MediaTypes.problem, RequestID.name: requestID,
                CacheLifetime.headerName: CacheLifetime.none.clientText,
            ],
            body: ByteBuffer(string: problem.json(requestID: requestID)))
    }

    /// What every answer carries.
    public static let commonHeaders: HTTPHeaders = [
        // What a browser takes for something else than it is said to be could be made to run.
        "X-Content-Type-Options": "nosniff"
    ]
}

extension ProblemDocument {
    init(_ refusal: HTTPRefusal) {
        let type =
            switch refusal.code {
            case .tooSlow: "request-timeout"
            case .bodyTooLarge: "content-too-large"
            case .targetTooLong: "target-too-long"
            case .codingUnsupported: "content-encoding-unsupported"
            case .expectationUnknown: "expectation-unknown"
            case .headersTooLarge: "header-too-large"
            case .answerInvalid: "internal"
            case .overloaded: "overloaded"
            case .notAnswered: "deadline-exceeded"
            default: "request-malformed"
            }
        self.init(Int(refusal.status.code), type, refusal.detail, retryAfterSeconds: refusal.retryAfterSeconds)
    }
}
