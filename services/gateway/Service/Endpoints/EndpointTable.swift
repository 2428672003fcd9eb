internal import GatewayDomain
internal import ProtobufC
internal import RPC
internal import RPCMessages
internal import ServiceKit
internal import Transcoding

/// All endpoints, compiled from the descriptors of the services once.
struct EndpointTable: Sendable {
    /// The bytes of a path for which the nearest endpoint is looked for; longer ones are not near any.
    static let maximumNearBytes = 128

    let transcoder: Transcoder
    let routes: RouteTable
    let statuses: ProblemStatuses
    /// The endpoints by the index of their routes.
    let endpoints: [Endpoint]

    /// - Throws: ``EndpointError`` where the proto files ask for what the gateway cannot do.
    init(_ services: [PublicService], limits: TranscodingLimits) throws(EndpointError) {
        let schema: Schema
        do throws(SchemaError) {
            schema = try Schema(services.map(\.fileDescriptorSet) + [RPCDescriptors.fileDescriptorSet])
            self.routes = try RouteTable(schema)
        } catch {
            throw EndpointError(subject: error.subject, reason: error.reason)
        }
        var methods: [String: (method: MethodDescriptor, servers: [(owner: String, client: RPCClient)])] = [:]
        for service in services {
            for method in service.methods {
                methods[method.name, default: (method, [])].servers.append((service.name, service.client))
            }
        }
        var endpoints: [Endpoint] = []
        for route in self.routes.routes {
            guard let (method, offers) = methods[route.method.name] else {
                throw EndpointError(subject: route.method.name, reason: "is bound, but no service given has it")
            }
            let servers = try EndpointServers(offers, route.method, schema)
            endpoints.append(try Endpoint(route, method, servers, schema))
        }
        self.transcoder = Transcoder(schema, limits: limits)
        self.statuses = ProblemStatuses(schema.problemStatuses)
        self.endpoints = endpoints
    }

    /// What a request leads to.
    enum Match {
        case found(Endpoint, PathParameters)
        case verbNotAllowed([String])
        case notFound
    }

    /// Finds the endpoint of a request.
    func match(verb: String, path: RawSpan) -> Match {
        switch self.routes.match(verb: verb, path: path) {
        case .found(let route, let parameters): .found(self.endpoints[route.index], parameters)
        case .verbNotAllowed(let allowed): .verbNotAllowed(Self.verbs(allowed))
        case .notFound: .notFound
        }
    }

    /// The verbs that a path takes, those that every path takes among them; none where it leads nowhere.
    func verbs(path: RawSpan) -> [String] {
        let verbs = self.routes.allowedVerbs(path: path)
        return verbs.isEmpty ? [] : Self.verbs(verbs)
    }

    private static func verbs(_ bound: [String]) -> [String] {
        (bound + (bound.contains("GET") ? ["HEAD"] : []) + ["OPTIONS"]).sorted()
    }

    /// The template of the endpoint that is most like a path, by its segments; `nil` where none is.
    func nearest(to path: String) -> String? {
        guard path.utf8.count <= Self.maximumNearBytes else { return nil }
        let segments = path.split(separator: "/")
        var best: (template: String, distance: Int)?
        for endpoint in self.endpoints {
            let template = endpoint.route.template
            guard let distance = Self.distance(segments, template.split(separator: "/")) else { continue }
            if distance < best?.distance ?? Int.max { best = (template, distance) }
        }
        return best?.template
    }

    /// How many changes turn a path into one of a template; `nil` where that is far.
    private static func distance(_ path: [Substring], _ template: [Substring]) -> Int? {
        guard path.count == template.count, !path.isEmpty else { return nil }
        var distance = 0
        for (given, wanted) in zip(path, template) where given != wanted && !wanted.hasPrefix("{") {
            guard EditDistance.nearest(to: String(given), among: [String(wanted)]) != nil else { return nil }
            distance += EditDistance.between(String(given), String(wanted))
        }
        return distance
    }
}
