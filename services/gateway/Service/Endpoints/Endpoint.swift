internal import GatewayDomain
internal import RPC
internal import Transcoding

/// A route with all that is known of it before a request comes.
final class Endpoint: Sendable {
    /// Such as `GET /v1/inventory/{sku}`: what requests are counted and logged under.
    let name: String
    let route: Route
    let method: MethodDescriptor
    let client: RPCClient
    let routeClass: RouteClass
    /// The version in the response, which is behind the ETag.
    let version: WireField?
    /// The field of the request that takes the version that a write builds on.
    let expectedVersion: WireField?
    /// The field of the request that may hold the idempotency key as well.
    let commandID: WireField?
    /// The field of the response that says that it is the answer to an earlier request.
    let repeatedAnswer: WireField?
    /// Where a stream is to go on, and where it stands; both or none.
    let cursors: (request: WireField, response: WireField)?
    let places: FieldPlaces
    /// What every answer says of the endpoint's end.
    let retirement: [HeaderField]

    /// - Throws: ``EndpointError`` where the proto file asks for what the gateway cannot do.
    init(_ route: Route, _ method: MethodDescriptor, _ client: RPCClient, _ schema: Schema) throws(EndpointError) {
        let subject = "\(route.verb) \(route.template)"
        guard method.kind == .unary || method.kind == .serverStreaming, !route.isRaw else {
            throw EndpointError(subject: subject, reason: "\(method.name) sends bytes or a stream of requests")
        }
        guard method.kind == .unary || route.verb == "GET" else {
            throw EndpointError(subject: subject, reason: "a stream of events is to be had by GET only")
        }
        guard let retirement = Retirement(deprecatedOn: method.deprecatedOn, sunsetOn: method.sunsetOn) else {
            throw EndpointError(subject: method.name, reason: "deprecated_on or sunset_on is no date")
        }
        let (request, response) = (route.method.request, route.method.response)
        self.name = subject
        self.route = route
        self.method = method
        self.client = client
        self.routeClass =
            method.idempotency == .natural && method.scope.hasSuffix(":read") ? .read : .write
        self.version = schema.field(method.versionField, .unsigned, of: response)
        guard method.versionField.isEmpty || self.version != nil else {
            throw EndpointError(subject: method.name, reason: "its response has no number \(method.versionField)")
        }
        self.expectedVersion = schema.field("expected_version", .unsigned, of: request)
        self.commandID = schema.field("command_id", .text, of: request)
        self.repeatedAnswer = schema.field("repeated_answer", .bool, of: response)
        if let request = schema.field("cursor", .text, of: request),
            let response = schema.field("cursor", .text, of: response)
        {
            self.cursors = (request, response)
        } else {
            self.cursors = nil
        }
        self.places = FieldPlaces(pathParameters: route.pathParameterNames, body: FieldPlaces.Body(route.body))
        self.retirement = retirement.fields
    }

    /// Whether writes must say which version they build on.
    var needsVersion: Bool { self.expectedVersion != nil && ["PUT", "PATCH", "DELETE"].contains(self.route.verb) }

    /// Whether it answers with a stream of events.
    var isStream: Bool { self.method.kind == .serverStreaming }

    /// The type of its answers.
    var contentType: String { self.isStream ? MediaTypes.eventStream : MediaTypes.json }
}

extension FieldPlaces.Body {
    init(_ body: Route.Body) {
        switch body {
        case .none: self = .none
        case .message: self = .message
        case .field(let name): self = .field(name)
        }
    }
}
