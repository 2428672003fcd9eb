internal import GatewayDomain
internal import RPC
internal import Transcoding

/// A route with all that is known of it before a request comes.
final class Endpoint: Sendable {
    /// How requests become calls, and answers answers.
    enum Form: Sendable {
        /// One message, and one back.
        case call
        /// One message, and a stream of events back.
        case events
        /// A body of bytes, piece by piece, and one message back.
        case upload
        /// One message, and bytes back, piece by piece.
        case download
    }

    /// Such as `GET /v1/inventory/{sku}`: what requests are counted and logged under.
    let name: String
    let route: Route
    let method: MethodDescriptor
    let servers: EndpointServers
    let form: Form
    /// What of it is bytes; `nil`: all is JSON.
    let raw: RawEndpoint?
    let routeClass: RouteClass
    /// The version in the response, which is behind the ETag.
    let version: WirePath?
    /// The field of the request that takes the version that a write builds on.
    let expectedVersion: WireField?
    /// The field of the request that may hold the idempotency key as well.
    let commandID: WireField?
    /// The field of the response that says that it is the answer to an earlier request.
    let repeatedAnswer: WireField?
    /// Where a stream is to go on, and where it stands; both or none.
    let cursors: (request: WireField, response: WireField)?
    let places: FieldPlaces
    /// What the JSON of an answer is made of: the whole response, or a message in it.
    let answer: AnswerContent
    /// How caches may keep an answer; `nil`: they may not.
    let cache: EndpointCache?
    /// What every answer says of the endpoint's end.
    let retirement: [HeaderField]

    /// - Throws: ``EndpointError`` where the proto file asks for what the gateway cannot do.
    init(
        _ route: Route, _ method: MethodDescriptor, _ servers: EndpointServers, _ schema: Schema
    ) throws(EndpointError) {
        let subject = "\(route.verb) \(route.template)"
        let raw = try RawEndpoint(route, schema, subject: subject)
        self.form = try Self.form(method, raw, route, subject: subject)
        guard route.authentication == .key || (method.kind == .unary && method.isAnonymous) else {
            throw EndpointError(subject: subject, reason: "\(method.name) is not for callers without a key")
        }
        guard let retirement = Retirement(deprecatedOn: method.deprecatedOn, sunsetOn: method.sunsetOn) else {
            throw EndpointError(subject: method.name, reason: "deprecated_on or sunset_on is no date")
        }
        let (request, response) = (route.method.request, route.method.response)
        self.name = subject
        self.route = route
        self.method = method
        self.servers = servers
        self.raw = raw
        let isRead = method.scope.hasSuffix(":read") || (method.scope.isEmpty && route.verb == "GET")
        self.routeClass = method.idempotency == .natural && isRead ? .read : .write
        self.version = WirePath(method.versionField, .unsigned, of: response, in: schema)
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
        self.answer = try AnswerContent(route, schema, subject: subject)
        self.cache = try EndpointCache(route, method, schema, subject: subject)
        self.retirement = retirement.fields
    }

    /// Whether writes must say which version they build on.
    var needsVersion: Bool { self.expectedVersion != nil && ["PUT", "PATCH", "DELETE"].contains(self.route.verb) }

    /// The type of its answers; `nil` where only the answer says it.
    var contentType: String? {
        if self.form == .events { return MediaTypes.eventStream }
        return self.raw?.answer == nil ? MediaTypes.json : nil
    }

    private static func form(
        _ method: MethodDescriptor, _ raw: RawEndpoint?, _ route: Route, subject: String
    ) throws(EndpointError) -> Form {
        switch method.kind {
        case .unary: return .call
        case .serverStreaming where raw?.answer != nil: return .download
        case .serverStreaming where raw == nil && route.verb == "GET": return .events
        case .clientStreaming where raw?.body != nil: return .upload
        case .serverStreaming:
            throw EndpointError(subject: subject, reason: "a stream of events is to be had by GET only")
        case .clientStreaming, .bidirectional:
            throw EndpointError(
                subject: subject, reason: "\(method.name) takes a stream of requests that is no raw body")
        }
    }
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
