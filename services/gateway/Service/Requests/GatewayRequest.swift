internal import Authentication
internal import GatewayDomain
internal import HTTPServer
internal import NIOCore
internal import NIOHTTP1
internal import ProtobufC
internal import RPC
internal import Transcoding

/// One request on its way through the gateway. Each step calls the next; the first that refuses answers.
///
/// `@unchecked`: everything that changes is touched on the exchange's event loop only.
final class GatewayRequest: @unchecked Sendable {
    let gateway: Gateway
    let loop: GatewayLoop
    let request: HTTPRequest
    let exchange: HTTPExchange
    let head: RequestHead
    let trace: TraceParent
    /// The trace as it stands in the answer's header, and in the call's.
    let traceText: String
    let requestID: String
    let began = NIODeadline.now()
    private(set) var endpoint: Endpoint?
    /// The page that is asked for, where it is no endpoint.
    private(set) var page: GatewayPage?
    private(set) var caller: CallerIdentity?
    /// What an answer that is carried out says to caches, where it may be kept.
    private(set) var cacheFields: [HeaderField] = []
    /// What a read asks of the state that is found.
    private(set) var conditions: Preconditions?
    /// What the caller is told of its limit.
    private(set) var limitFields: [HeaderField] = []
    private var pathParameters: PathParameters?
    private var isOver = false

    init(_ gateway: Gateway, _ loop: GatewayLoop, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        let head = RequestHead(request.headers)
        let trace = loop.trace(head.traceparent)
        self.gateway = gateway
        self.loop = loop
        self.request = request
        self.exchange = exchange
        self.head = head
        self.trace = trace
        self.traceText = trace.text
        self.requestID = RequestID.chosen(head.requestID) ?? trace.traceID
    }

    /// Ends the request.
    ///
    /// - Returns: Whether it had not ended before.
    func end() -> Bool {
        defer { self.isOver = true }
        return !self.isOver
    }

    /// Whether the request was answered, by the server perhaps, or its client has gone.
    var hasEnded: Bool { self.isOver }

    /// The query as it came, without the question mark.
    private var query: Substring {
        let target = self.request.target.utf8
        return target.firstIndex(of: UInt8(ascii: "?")).map { Substring(target[$0...].dropFirst()) } ?? ""
    }

    /// The path as it came.
    private var path: Substring { Substring(self.request.target.utf8.prefix { $0 != UInt8(ascii: "?") }) }
}

// MARK: - Before the body

extension GatewayRequest {
    /// Finds the endpoint and who asks.
    func begin() {
        do throws(ProblemDocument) {
            if self.request.method == .OPTIONS { return try self.answerOptions() }
            guard let endpoint = try self.findEndpoint() else { return }
            self.endpoint = endpoint
            try self.checkTypes(endpoint)
            switch endpoint.route.authentication {
            case .key: self.verify(try BearerCredential(authorization: self.head.authorization).key)
            // Nobody is known yet who asks: what comes from one address counts together.
            case .none, .signature: self.admit(endpoint, as: "peer \(self.request.peer)")
            }
        } catch {
            self.refuse(error)
        }
    }

    /// - Returns: `nil` where there is a page instead, which has been answered.
    private func findEndpoint() throws(ProblemDocument) -> Endpoint? {
        let verb = self.request.method == .HEAD ? "GET" : self.request.method.rawValue
        let path = String(self.path)
        switch self.gateway.endpoints.match(verb: verb, path: path.utf8.span.bytes) {
        case .found(let endpoint, let parameters):
            self.pathParameters = parameters
            return endpoint
        case .verbNotAllowed(let allowed): throw .verbNotAllowed(allowed: allowed)
        case .notFound:
            guard let page = self.gateway.pages[path] else {
                throw .pathUnknown(nearest: self.gateway.endpoints.nearest(to: path))
            }
            self.page = page
            try self.answer(page)
            return nil
        }
    }

    private func checkTypes(_ endpoint: Endpoint) throws(ProblemDocument) {
        if let type = endpoint.contentType, !MediaTypes.isAccepted(type, by: self.head.accept) {
            throw .notAcceptable(type)
        }
        if let raw = endpoint.raw, raw.body != nil { return try self.checkRawBody(raw, endpoint) }
        guard self.request.contentLength != 0 else { return }
        guard endpoint.route.body != .none else { throw .bodyUnexpected }
        guard MediaTypes.isJSON(self.head.contentType) else { throw .contentTypeUnsupported }
    }

    /// Says what a path takes, to a browser that asks for a page of another origin too.
    private func answerOptions() throws(ProblemDocument) {
        let path = String(self.path)
        var verbs = path == "*" ? Gateway.allVerbs : self.gateway.endpoints.verbs(path: path.utf8.span.bytes)
        if verbs.isEmpty, self.gateway.pages[path] != nil { verbs = GatewayPage.verbs }
        guard !verbs.isEmpty else { throw .pathUnknown(nearest: self.gateway.endpoints.nearest(to: path)) }
        var fields = [HeaderField("Allow", verbs.joined(separator: ", "))]
        if let origin = self.head.origin, self.head.preflightMethod != nil {
            fields += self.gateway.configuration.crossOrigin.preflightFields(origin: origin, verbs: verbs)
        }
        self.answer(.noContent, fields)
    }

    /// Finds out whose key was shown: mostly from what is known already.
    private func verify(_ key: String) {
        if let known = self.gateway.verifier.known(key) { return self.verified(known) }
        Task {
            let outcome: Result<CallerIdentity, RPCError>
            do throws(RPCError) {
                outcome = .success(try await self.gateway.verifier.caller(of: key))
            } catch {
                outcome = .failure(error)
            }
            self.exchange.eventLoop.execute { self.verified(outcome) }
        }
    }

    private func verified(_ outcome: Result<CallerIdentity, RPCError>) {
        switch outcome {
        case .failure(let error): self.refuse(ProblemDocument(verifying: error))
        case .success(let caller):
            guard let endpoint = self.endpoint else { return }
            self.caller = caller
            self.admit(endpoint, as: caller.principal)
        }
    }

    /// Lets a request in as its sender's limit allows.
    private func admit(_ endpoint: Endpoint, as sender: String) {
        let key = RateLimiter.Key(caller: sender, routeClass: endpoint.routeClass)
        if let decision = self.loop.limiter.request(key, orLater: { self.limited($0, endpoint) }) {
            self.limited(decision, endpoint)
        }
    }

    private func limited(_ decision: LeasedBucket.Decision, _ endpoint: Endpoint) {
        switch decision {
        case .waits: return
        case .admitted(let standing): self.limitFields = self.loop.limiter.fields(standing, endpoint.routeClass)
        case .refused(let standing, let seconds):
            self.limitFields = self.loop.limiter.fields(standing, endpoint.routeClass)
            self.gateway.metrics.limited(endpoint.routeClass)
            return self.refuse(.rateLimited(retryAfterSeconds: seconds))
        }
        let scope = endpoint.method.scope
        guard scope.isEmpty || self.caller?.scopes.contains(scope) == true else {
            return self.refuse(.scopeMissing(scope))
        }
        self.takeBody(endpoint)
    }

    private func takeBody(_ endpoint: Endpoint) {
        if endpoint.form == .upload { return self.beginUpload(endpoint) }
        guard self.request.contentLength != 0 else { return self.call(endpoint, ByteBuffer()) }
        // A body that the server refuses in our place is accounted for too.
        self.exchange.onDisconnect { self.left() }
        let limit = endpoint.raw?.body == nil ? self.gateway.configuration.maximumBodyBytes : endpoint.raw?.maximumBytes
        self.exchange.collectBody(limit: limit) { body in self.call(endpoint, body) }
    }
}

// MARK: - The call

extension GatewayRequest {
    private func call(_ endpoint: Endpoint, _ body: ByteBuffer) {
        do throws(ProblemDocument) {
            let message = try self.message(endpoint, body)
            let options = try self.options(endpoint)
            if let cache = endpoint.cache, let caller = self.caller {
                self.cacheFields = cache.fields(of: message, brand: caller.brand)
            }
            switch endpoint.form {
            case .call, .upload: self.makeCall(endpoint, message, options)
            case .events: try self.beginStream(endpoint, message, options)
            case .download: try self.beginDownload(endpoint, message, options)
            }
        } catch {
            self.refuse(error)
        }
    }

    private func makeCall(_ endpoint: Endpoint, _ message: ByteBuffer, _ options: CallOptions) {
        let cancel: @Sendable () -> Void
        if case .all(let merge) = endpoint.servers.choice {
            let call = MergedCall(message, merge) { self.called($0, endpoint) }
            call.start(endpoint.servers.all, endpoint.method, options, on: self.exchange.eventLoop)
            cancel = { call.cancel() }
        } else {
            let client = endpoint.servers.client(for: message)
            let call = client.unary(
                endpoint.method, encoded: message, options: options, on: self.exchange.eventLoop
            ) { self.called($0, endpoint) }
            cancel = { call.cancel() }
        }
        self.exchange.onDisconnect {
            // A write goes on to its end: whoever sends it again under its key is told what became of it.
            if endpoint.method.idempotency == .natural { cancel() }
            self.left()
        }
    }

    /// The request message as wire bytes: path, query and body, and what the headers add.
    func message(_ endpoint: Endpoint, _ body: ByteBuffer) throws(ProblemDocument) -> ByteBuffer {
        let output = self.loop.output
        output.removeAll()
        guard let pathParameters = self.pathParameters else { throw .fault }
        let query = String(self.query)
        let json = endpoint.raw?.body == nil ? body : ByteBuffer()
        do throws(TranscodingError) {
            try self.gateway.endpoints.transcoder.appendWire(
                route: endpoint.route, path: pathParameters, query: query.utf8.span.bytes,
                body: json.readableBytesSpan, to: output)
        } catch {
            throw ProblemDocument(error)
        }
        try self.addVersion(endpoint, output)
        try self.checkIdempotencyKey(endpoint, output)
        if let position = self.head.lastEventID, !position.isEmpty {
            endpoint.cursors?.request.append(position, to: output)
        }
        if let raw = endpoint.raw { try self.addRaw(raw, body, output) }
        return output.withBytes { ByteBuffer(bytes: $0) }
    }

    /// Adds the version that the conditions name, or keeps the conditions for the answer.
    private func addVersion(_ endpoint: Endpoint, _ output: OutputBytes) throws(ProblemDocument) {
        let conditions = try Preconditions(ifMatch: self.head.ifMatch, ifNoneMatch: self.head.ifNoneMatch)
        if endpoint.route.verb == "GET" {
            self.conditions = conditions.isEmpty || endpoint.contentType != MediaTypes.json ? nil : conditions
            return
        }
        guard let field = endpoint.expectedVersion else {
            guard conditions.isEmpty else {
                throw .conditionUnsupported(self.head.ifMatch == nil ? "If-None-Match" : "If-Match")
            }
            return
        }
        let given = output.withBytes { field.unsigned(in: $0.bytes) }
        switch (try conditions.expectedVersion(), given) {
        case (nil, nil): if endpoint.needsVersion { throw .versionRequired }
        case (nil, _?): break
        case (let wanted?, nil): field.append(wanted, to: output)
        case (let wanted?, let given?): if wanted != given { throw .versionTwice }
        }
    }

    /// Sees that a request that needs an idempotency key has one, in the header or, where it has such a field, in the
    /// message; there the service has the last word, since each row of a list may have its own.
    private func checkIdempotencyKey(_ endpoint: Endpoint, _ output: OutputBytes) throws(ProblemDocument) {
        guard endpoint.method.idempotency == .keyRequired else { return }
        guard self.head.idempotencyKey.isEmpty, endpoint.commandID == nil else { return }
        throw .idempotencyKeyRequired
    }

    func options(_ endpoint: Endpoint) throws(ProblemDocument) -> CallOptions {
        let key = try IdempotencyKeyHeader.key(self.head.idempotencyKey)
        var options = CallOptions(
            // Without a caller of its own a call would be the gateway's.
            timeout: self.timeout(endpoint, self.gateway.configuration), caller: self.caller ?? .anonymous,
            trace: TraceContext(traceparent: self.traceText, tracestate: self.tracestate))
        do throws(RPCError) {
            if let key { try options.metadata.append(Metadata.idempotencyKey, key) }
            if self.requestID != self.trace.traceID { try options.metadata.append("request-id", self.requestID) }
        } catch {
            throw .fault
        }
        return options
    }

    private func timeout(_ endpoint: Endpoint, _ configuration: GatewayConfiguration) -> Duration {
        let own = endpoint.method.timeoutMilliseconds
        switch endpoint.form {
        case .events: return configuration.streamDuration
        case .upload, .download: return own > 0 ? .milliseconds(own) : configuration.transferDuration
        case .call: break
        }
        let left = Duration.nanoseconds((self.exchange.deadline - .now()).nanoseconds)
        return min(own > 0 ? .milliseconds(own) : configuration.defaultTimeout, left)
    }

    /// What other systems say of the trace, where it is a trace that goes on.
    private var tracestate: String {
        guard TraceParent(self.head.traceparent) != nil, let text = self.head.tracestate, text.utf8.count <= 512 else {
            return ""
        }
        return text
    }
}
