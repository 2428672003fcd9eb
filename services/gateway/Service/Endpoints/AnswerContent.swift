internal import GatewayDomain
internal import NIOCore
internal import Transcoding

/// What of a response the JSON of an answer is made of, and which status it has.
struct AnswerContent: Sendable {
    /// The message that is written.
    let type: MessageType
    /// Where it stands in the response; `nil`: it is the response.
    private let body: WireField?
    /// Says whether something was made.
    private let created: WireField?

    /// - Throws: ``EndpointError`` where a field is not there, or is of another type.
    init(_ route: Route, _ schema: Schema, subject: String) throws(EndpointError) {
        let response = route.method.response
        if route.responseBody.isEmpty {
            (self.body, self.type) = (nil, response)
        } else if let (field, type) = WireField.message(route.responseBody, of: response, in: schema) {
            (self.body, self.type) = (field, type)
        } else {
            throw EndpointError(subject: subject, reason: "\(response.fullName) has no message \(route.responseBody)")
        }
        self.created = route.created.isEmpty ? nil : schema.field(route.created, .bool, of: response)
        guard route.created.isEmpty || self.created != nil else {
            throw EndpointError(subject: subject, reason: "\(response.fullName) has no bool \(route.created)")
        }
    }

    /// The bytes of the message that is written; `nil` where the response lacks it.
    func bytes(of response: ByteBuffer) -> ByteBuffer? {
        guard let body = self.body else { return response }
        guard let place = body.places(in: response.readableBytesSpan)?.last else { return nil }
        return response.getSlice(at: response.readerIndex + place.lowerBound, length: place.count)
    }

    /// Whether the response says that something was made.
    func isCreated(_ response: ByteBuffer) -> Bool { self.created?.isTrue(in: response.readableBytesSpan) == true }
}
