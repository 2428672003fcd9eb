internal import GatewayDomain
internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import ProtobufC
internal import RPC
internal import RawMessages
internal import Transcoding

// Bodies that are passed through as bytes.

extension GatewayRequest {
    /// Sees that a raw body is of a type that the binding takes, and not coded where its bytes count.
    func checkRawBody(_ raw: RawEndpoint, _ endpoint: Endpoint) throws(ProblemDocument) {
        guard MediaTypes.rawType(self.head.contentType, among: raw.consumes) != nil else {
            throw .contentTypeUnsupported(taking: raw.consumes)
        }
        guard endpoint.route.authentication != .key else { return }
        // The server would inflate it, and the signature is over what was sent.
        let coding = self.request.headers.first(name: "Content-Encoding")?.lowercased()
        guard coding == nil || coding == "identity" else { throw .contentEncodingUnsupported }
    }

    /// Adds what the request says beside its body, and a body that is not streamed.
    func addRaw(_ raw: RawEndpoint, _ body: ByteBuffer, _ output: OutputBytes) throws(ProblemDocument) {
        if let field = raw.requestHead {
            let head = RawMessages.RequestHead(
                target: self.request.target,
                contentType: MediaTypes.rawType(self.head.contentType, among: raw.consumes) ?? "",
                headers: raw.headers.select(self.request.headers).map { Header(name: $0.name, value: $0.value) })
            do throws(EncodingError) {
                let bytes = try head.encodedBytes()
                bytes.withUnsafeBytes { field.append(bytes: $0, to: output) }
            } catch {
                throw .headerInvalid("The header", "has text that cannot be passed on", expected: "UTF-8")
            }
        }
        if let field = raw.body, body.readableBytes > 0 {
            body.withUnsafeReadableBytes { field.append(bytes: $0, to: output) }
        }
    }

    /// Answers with the bytes of one message.
    func answerRaw(_ message: ByteBuffer, _ raw: RawEndpoint, _ endpoint: Endpoint) throws(ProblemDocument) {
        let head = try self.rawHead(of: message, raw, endpoint)
        self.answer(HTTPResponseStatus(statusCode: head.status), head.fields, raw.bytes(of: message) ?? ByteBuffer())
    }

    /// What a message says that the answer is beside its body.
    func rawHead(
        of message: ByteBuffer?, _ raw: RawEndpoint, _ endpoint: Endpoint
    ) throws(ProblemDocument) -> RawAnswerHead {
        do {
            let head = try message.flatMap { try raw.head(of: $0) } ?? RawMessages.AnswerHead()
            return try RawAnswerHead(
                status: head.status, contentType: head.contentType, fileName: head.fileName,
                headers: head.headers.map { HeaderField($0.name, $0.value) }, produces: raw.produces)
        } catch {
            self.gateway.logger.error("\(endpoint.method.name) answered what is no answer: \(error)")
            throw .fault
        }
    }
}

extension RawEndpoint {
    /// The head in a message; `nil` where it has none.
    fileprivate func head(of message: ByteBuffer) throws(DecodingError) -> RawMessages.AnswerHead? {
        guard let place = self.answerHead?.places(in: message.readableBytesSpan)?.last else { return nil }
        return try RawMessages.AnswerHead(decoding: Array(message.readableBytesView[place.shifted(message)]))
    }

    /// The bytes of the answer in a message, without copying them; `nil` where it has none.
    func bytes(of message: ByteBuffer) -> ByteBuffer? {
        guard let place = self.answer?.places(in: message.readableBytesSpan)?.last else { return nil }
        return message.getSlice(at: message.readerIndex + place.lowerBound, length: place.count)
    }
}

extension Range<Int> {
    /// As indexes of a buffer's view.
    fileprivate func shifted(_ buffer: ByteBuffer) -> Self {
        self.lowerBound + buffer.readerIndex..<self.upperBound + buffer.readerIndex
    }
}
