internal import GatewayDomain
internal import HTTPServer
internal import Observability
internal import Synchronization

/// Counts requests by endpoint and status, their time, and what limits and connections do.
final class GatewayMetrics: Sendable {
    /// The requests of one endpoint, or of none, with answers of one class: there are many endpoints and many statuses, and
    /// whoever asks can bring about any pair of them.
    private struct Series: Hashable {
        var route: String
        var statusClass: Int
    }

    private struct Answers {
        var byRoute: [Series: CounterValue] = [:]
        var byStatus: [Int: CounterValue] = [:]
    }

    private let registry: MetricRegistry
    private let seconds: [String: HistogramValue]
    private let answers = Mutex(Answers())
    private let limited: [RouteClass: CounterValue]
    private let leasesGranted: CounterValue?
    private let leasesFailed: CounterValue?
    private let streams: GaugeValue?
    private let transfers: GaugeValue?
    private let connections: GaugeValue?
    private let refusedConnections: CounterValue?

    /// What requests are counted under that lead to no endpoint.
    static let noRoute = "none"

    /// - Parameter routes: The endpoints, as `GET /v1/inventory/{sku}`.
    init(_ registry: MetricRegistry, routes: [String]) {
        self.registry = registry
        var seconds: [String: HistogramValue] = [:]
        for route in routes + [Self.noRoute] {
            seconds[route] = registry.histogram("gateway_request_seconds", [("route", route)])
        }
        self.seconds = seconds
        var limited: [RouteClass: CounterValue] = [:]
        for routeClass in RouteClass.allCases {
            limited[routeClass] = registry.counter("gateway_limited_total", [("class", routeClass.rawValue)])
        }
        self.limited = limited
        self.leasesGranted = registry.counter("gateway_leases_total", [("outcome", "answered")])
        self.leasesFailed = registry.counter("gateway_leases_total", [("outcome", "failed")])
        self.streams = registry.gauge("gateway_streams")
        self.transfers = registry.gauge("gateway_transfers")
        self.connections = registry.gauge("gateway_connections")
        self.refusedConnections = registry.counter("gateway_refused_connections_total")
        registry.describe("gateway_requests_total", "Requests that have ended, by route and class of status.")
        registry.describe(
            "gateway_answers_total", "Requests by status; 499: the client left, or its body was refused.")
        registry.describe("gateway_request_seconds", "From a request's head to its answer.")
        registry.describe("gateway_limited_total", "Requests that came faster than their caller's limit.")
        registry.describe("gateway_leases_total", "Lots of tokens that Redis was asked for; failed: it could not be.")
        registry.describe("gateway_streams", "Streams of events that are open.")
        registry.describe("gateway_transfers", "Files that are sent and fetched.")
        registry.describe("gateway_connections", "Open connections.")
        registry.describe("gateway_refused_connections_total", "Connections beyond the limit.")
        registry.describe("gateway_refusals_total", "Requests that the HTTP server refused before there was a route.")
        registry.describe("gateway_cuts_total", "Connections that were cut in the middle of an answer.")
    }

    /// A request has ended.
    func answered(_ route: String, status: Int, nanoseconds: Int64) {
        self.seconds[route]?.recordNanoseconds(nanoseconds)
        let registry = self.registry
        self.answers.withLock { answers in
            let series = Series(route: route, statusClass: status / 100)
            let byRoute =
                answers.byRoute[series]
                ?? registry.counter("gateway_requests_total", [("route", route), ("class", "\(series.statusClass)xx")])
            answers.byRoute[series] = byRoute
            byRoute?.increment(by: 1)
            let byStatus =
                answers.byStatus[status] ?? registry.counter("gateway_answers_total", [("status", "\(status)")])
            answers.byStatus[status] = byStatus
            byStatus?.increment(by: 1)
        }
    }

    /// A request came too fast.
    func limited(_ routeClass: RouteClass) { self.limited[routeClass]?.increment(by: 1) }

    /// Redis was asked for tokens.
    func leased(isGranted: Bool) { (isGranted ? self.leasesGranted : self.leasesFailed)?.increment(by: 1) }

    /// Sending or fetching a file began or ended.
    func transfersChanged(by change: Int) { self.transfers?.increment(by: Double(change)) }

    /// A stream began or ended.
    func streamsChanged(by change: Int) { self.streams?.increment(by: Double(change)) }
}

extension GatewayMetrics: HTTPServerObserver {
    func connectionsChanged(by change: Int) { self.connections?.increment(by: Double(change)) }

    func connectionRefused() { self.refusedConnections?.increment(by: 1) }

    func refused(_ refusal: HTTPRefusal) {
        self.registry.counter("gateway_refusals_total", [("code", "\(refusal.code)")])?.increment(by: 1)
    }

    func cut(_ reason: HTTPCutReason) {
        self.registry.counter("gateway_cuts_total", [("reason", reason.rawValue)])?.increment(by: 1)
    }
}
