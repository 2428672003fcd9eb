internal import GatewayDomain
internal import RPC
internal import Transcoding

/// What of an endpoint is bytes: where they are in its messages, and what goes with them.
struct RawEndpoint: Sendable {
    /// The field of the request that the body fills; `nil`: the request is JSON.
    let body: WireField?
    /// The field of the request that takes what the request says beside its body.
    let requestHead: WireField?
    /// The field of the response that the answer's body is made of; `nil`: the answer is JSON.
    let answer: WireField?
    /// The field of the response that says what the answer is beside its body.
    let answerHead: WireField?
    /// The types that the request's body may have.
    let consumes: [String]
    /// The most bytes of the request's body.
    let maximumBytes: Int
    /// The type of the answer, unless it names another one.
    let produces: String
    /// The headers that are handed over.
    let headers: HeaderSelection

    /// - Throws: ``EndpointError`` where a field is not there, or is not bytes.
    init?(_ route: Route, _ schema: Schema, subject: String) throws(EndpointError) {
        guard let raw = route.raw else { return nil }
        func bytes(_ name: String, of message: MessageType) throws(EndpointError) -> WireField {
            guard let field = schema.field(name, .bytes, of: message) else {
                throw EndpointError(subject: subject, reason: "\(message.fullName) has no bytes \(name)")
            }
            return field
        }
        let (request, response) = (route.method.request, route.method.response)
        self.body = raw.consumes.isEmpty ? nil : try bytes(route.bodyProtoName ?? "", of: request)
        self.answer = raw.answer.isEmpty ? nil : try bytes(raw.answer, of: response)
        self.requestHead = WireField.field(holding: RawBodies.requestHead, of: request, in: schema)
        self.answerHead = WireField.field(holding: RawBodies.answerHead, of: response, in: schema)
        self.consumes = raw.consumes
        self.maximumBytes = raw.maximumBytes
        self.produces = raw.produces
        self.headers = HeaderSelection(raw.headers, hidesAuthorization: route.authentication == .key)
    }
}
