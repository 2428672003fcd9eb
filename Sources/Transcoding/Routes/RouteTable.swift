internal import ProtobufC

/// The REST bindings of a schema's services, and which of them takes a request.
///
/// It is made of the `(driveline.http)` options alone: a new method with a binding needs nothing else. Matching takes
/// time in the length of the path, however many routes there are.
///
///     let routes = try RouteTable(schema)
///     routes.match(verb: "GET", path: "/v1/inventory/AB%2F1".utf8.span.bytes)
///     // .found: the route of GetStock, and the parameter "AB/1"
public struct RouteTable: Sendable {
    /// The segments that a path may have.
    public static let maximumSegments = 32

    /// What a path leads to.
    public enum Match: Sendable {
        /// A route, and what the path says.
        case found(Route, PathParameters)
        /// Routes of other verbs only; these, in alphabetical order.
        case verbNotAllowed(allowed: [String])
        /// Nothing.
        case notFound
    }

    /// All routes, in the order of the services.
    public let routes: [Route]
    private var nodes = [Node()]

    /// A place between two segments.
    private struct Node {
        var literals: [[UInt8]: Int] = [:]
        var parameter: Int?
        /// The routes that end here, by verb.
        var routes: [String: Int] = [:]
    }

    /// Takes the bindings of all services of a schema.
    ///
    /// - Throws: ``SchemaError`` where a binding names a field that does not exist, or two take the same requests.
    public init(_ schema: Schema) throws(SchemaError) {
        var routes: [Route] = []
        for service in schema.services {
            for method in service.methods {
                for binding in method.bindings {
                    var route = try Route(binding, of: method, schema)
                    route.index = routes.count
                    routes.append(route)
                }
            }
        }
        self.routes = routes
        for index in routes.indices { try self.add(index) }
    }

    private mutating func add(_ index: Int) throws(SchemaError) {
        let route = self.routes[index]
        var node = 0
        for segment in route.segments {
            let known =
                if let text = segment.literal { self.nodes[node].literals[text] } else { self.nodes[node].parameter }
            let next = known ?? self.nodes.count
            if known == nil { self.nodes.append(Node()) }
            if let text = segment.literal {
                self.nodes[node].literals[text] = next
            } else {
                self.nodes[node].parameter = next
            }
            node = next
        }
        if let other = self.nodes[node].routes[route.verb] {
            throw SchemaError(
                subject: "\(route.verb) \(route.template)",
                reason: "\(self.routes[other].method.name) takes the same requests as \(route.method.name)")
        }
        self.nodes[node].routes[route.verb] = index
    }

    /// Finds the route of a request.
    ///
    /// Text in a template goes before a parameter: of `/v1/inventory/lookup` and `/v1/inventory/{sku}` the first takes
    /// what both could, if it has the verb.
    ///
    /// - Parameters:
    ///   - verb: `GET`, `POST` and so on; `HEAD` is asked for as `GET`.
    ///   - path: The path of the URL as it came: percent-encoded, without the query.
    public func match(verb: String, path: RawSpan) -> Match {
        guard let segments = Self.segments(path) else { return .notFound }
        if let route = self.search(segments, verb, 0, 0) {
            return .found(self.routes[route], PathParameters(self.routes[route], segments))
        }
        let allowed = self.allowedVerbs(segments, 0, 0)
        return allowed.isEmpty ? .notFound : .verbNotAllowed(allowed: allowed.sorted())
    }

    /// The verbs that a path takes, in alphabetical order; none where it leads nowhere.
    public func allowedVerbs(path: RawSpan) -> [String] {
        guard let segments = Self.segments(path) else { return [] }
        return self.allowedVerbs(segments, 0, 0).sorted()
    }

    /// A segment of a path; the text is `nil` where it is not percent-encoded text.
    struct PathSegment {
        var text: [UInt8]?
    }

    private static func segments(_ path: RawSpan) -> [PathSegment]? {
        guard path.byteCount > 0, path.byte(at: 0) == UInt8(ascii: "/") else { return nil }
        var segments: [PathSegment] = []
        var start = 1
        for position in 1...path.byteCount {
            guard position == path.byteCount || path.byte(at: position) == UInt8(ascii: "/") else { continue }
            // No parameter is empty, and no template ends with a slash.
            guard start < position, segments.count < Self.maximumSegments else { return nil }
            segments.append(PathSegment(text: percentDecoded(path, start..<position, plusIsSpace: false)))
            start = position + 1
        }
        return segments
    }

    /// The route that ends behind the last segment. Each segment can lead two ways, but only along routes that exist.
    private func search(_ segments: [PathSegment], _ verb: String, _ index: Int, _ node: Int) -> Int? {
        guard index < segments.count else { return self.nodes[node].routes[verb] }
        if let text = segments[index].text, let next = self.nodes[node].literals[text],
            let found = self.search(segments, verb, index + 1, next)
        {
            return found
        }
        return self.nodes[node].parameter.flatMap { self.search(segments, verb, index + 1, $0) }
    }

    private func allowedVerbs(_ segments: [PathSegment], _ index: Int, _ node: Int) -> Set<String> {
        guard index < segments.count else { return Set(self.nodes[node].routes.keys) }
        var verbs: Set<String> = []
        if let text = segments[index].text, let next = self.nodes[node].literals[text] {
            verbs.formUnion(self.allowedVerbs(segments, index + 1, next))
        }
        if let next = self.nodes[node].parameter {
            verbs.formUnion(self.allowedVerbs(segments, index + 1, next))
        }
        return verbs
    }
}

/// What a path says for the parameters of its route.
public struct PathParameters: Sendable {
    /// The values in the order of the template; `nil` where one is not percent-encoded text.
    let values: [[UInt8]?]

    init(_ route: Route, _ segments: [RouteTable.PathSegment]) {
        self.values = zip(route.segments, segments).compactMap { part, segment -> [UInt8]?? in
            part.literal == nil ? .some(segment.text) : nil
        }
    }
}
