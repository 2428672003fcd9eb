internal import GatewayDomain
internal import HTTPServer
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import ProtobufC
internal import RPC
internal import Transcoding

extension GatewayRequest {
    /// The service has answered.
    func called(_ result: Result<ByteBuffer, RPCError>, _ endpoint: Endpoint) {
        switch result {
        case .failure(let error): self.refuse(self.problem(error, endpoint))
        case .success(let message):
            do throws(ProblemDocument) {
                try self.answer(message, endpoint)
            } catch {
                self.refuse(error)
            }
        }
    }

    /// What the caller is told of a call that failed; what it is not told goes into the log.
    func problem(_ error: RPCError, _ endpoint: Endpoint) -> ProblemDocument {
        let problem = ProblemDocument(
            error.code, error.message, error.problem, statuses: self.gateway.endpoints.statuses,
            place: endpoint.places.place(of:))
        if problem.status >= 500 {
            self.gateway.logger.error(
                "\(endpoint.method.name) failed: \(error)", metadata: self.logMetadata(status: problem.status))
        }
        return problem
    }

    private func answer(_ message: ByteBuffer, _ endpoint: Endpoint) throws(ProblemDocument) {
        if let raw = endpoint.raw, raw.answer != nil { return try self.answerRaw(message, raw, endpoint) }
        guard let body = endpoint.answer.bytes(of: message) else {
            self.gateway.logger.error("\(endpoint.method.name) answered without \(endpoint.route.responseBody)")
            throw .fault
        }
        let output = self.loop.output
        output.removeAll()
        do throws(TranscodingError) {
            try self.gateway.endpoints.transcoder.appendJSON(
                wire: body.readableBytesSpan, of: endpoint.answer.type, to: output)
        } catch {
            self.gateway.logger.error("\(endpoint.method.name) answered what is no answer: \(error)")
            throw .fault
        }
        var fields = self.cacheFields
        if let tag = self.tag(message, endpoint, output) {
            fields.append(HeaderField("ETag", tag.text))
            switch self.conditions?.verdict(on: tag) {
            case .notModified?: return self.answer(.notModified, fields)
            case .failed?: throw .conditionFailed(tag)
            case .send?, nil: break
            }
        }
        if endpoint.repeatedAnswer?.isTrue(in: message.readableBytesSpan) == true {
            fields.append(HeaderField("Idempotency-Replayed", "true"))
        }
        fields.append(HeaderField("Content-Type", MediaTypes.json))
        let status: HTTPResponseStatus = endpoint.answer.isCreated(message) ? .created : .ok
        self.answer(status, fields, output.withBytes { ByteBuffer(bytes: $0) })
    }

    /// The tag of the object by its version, or of what was read by its bytes; `nil` for what a write without a version
    /// answers.
    private func tag(_ message: ByteBuffer, _ endpoint: Endpoint, _ output: OutputBytes) -> EntityTag? {
        if let version = endpoint.version?.unsigned(in: message.readableBytesSpan) {
            return EntityTag(version: version)
        }
        guard endpoint.route.verb == "GET" else { return nil }
        return output.withBytes { EntityTag(body: $0.bytes) }
    }
}

// MARK: - Ending

extension GatewayRequest {
    /// Answers with a problem.
    func refuse(_ problem: ProblemDocument) {
        var fields = problem.headerFields
        fields.append(HeaderField("Content-Type", MediaTypes.problem))
        self.answer(
            HTTPResponseStatus(statusCode: problem.status), fields,
            ByteBuffer(string: problem.json(requestID: self.requestID)), problemType: problem.type)
    }

    /// Answers, once.
    func answer(
        _ status: HTTPResponseStatus, _ fields: [HeaderField], _ body: ByteBuffer = ByteBuffer(),
        problemType: String? = nil
    ) {
        guard self.end() else { return }
        // First, so that whoever has the answer finds it accounted for.
        self.account(Int(status.code), bytes: body.readableBytes, problemType: problemType)
        self.exchange.respond(status, headers: self.headers(fields), body: body)
    }

    /// The header of an answer: what is given, and what all of them carry.
    func headers(_ fields: [HeaderField]) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserveCapacity(16)
        headers.add(name: RequestID.name, value: self.requestID)
        headers.add(name: "traceparent", value: self.traceText)
        for field in fields { headers.add(name: field.name, value: field.value) }
        if !fields.contains(where: { $0.name == CacheLifetime.headerName }) {
            headers.add(name: CacheLifetime.headerName, value: CacheLifetime.none.clientText)
        }
        for field in self.limitFields { headers.add(name: field.name, value: field.value) }
        if let endpoint = self.endpoint {
            for field in endpoint.retirement { headers.add(name: field.name, value: field.value) }
        }
        for field in self.gateway.configuration.crossOrigin.fields(origin: self.head.origin) {
            headers.add(name: field.name, value: field.value)
        }
        return headers
    }

    /// The client has gone, or the server has answered in our place.
    func left() {
        guard self.end() else { return }
        self.account(499, bytes: 0, problemType: nil)
    }
}
